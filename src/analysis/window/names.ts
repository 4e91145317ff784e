import type { Recording } from '../../recording/recording.ts';
import { readParts } from './window.ts';

/** The names of a run's operations, without the warm-up, that occur at least so often, most frequent first. */
export function findCommonNames(recording: Recording, atLeast: number): string[] {
  const { names } = recording.columns;
  const counts = new Float64Array(names.length);
  for (const { columns, rows } of readParts(recording)) {
    for (const row of rows) counts[columns.name[row] as number] = (counts[columns.name[row] as number] as number) + 1;
  }
  return names
    .map((name, code) => ({ name, count: counts[code] as number }))
    .filter(({ count }) => count >= atLeast)
    .sort((a, b) => b.count - a.count)
    .map(({ name }) => name);
}
