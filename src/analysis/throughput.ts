import { chunksOf, outcomes } from '../recording/columns.ts';
import type { Window } from '../recording/recording.ts';
import { oncePerWindow } from './memo.ts';
import { named } from './window.ts';

/** What was done in a window. */
export interface Throughput {
  /** Ok operations completed per second; NaN for a window without length. */
  readonly rps: number;
  /** Ok operations that ended in the window. */
  readonly completed: number;
  /** Length of the window; 0 if it has none. */
  readonly seconds: number;
}

const okCode = outcomes.indexOf('ok');

/**
 * Ok operations that ended in [from, to), per second: by completion, wherever they were due. What the warm-up left behind is
 * not counted, so that working off its backlog is not taken for capacity.
 */
export const throughput: (window: Window) => Throughput = oncePerWindow((window) => {
  const { from, to, recording } = window;
  let completed = 0;
  for (const columns of chunksOf(recording.columns)) {
    const { dueAt, endedAt, outcome, length } = columns;
    const isNamed = named(window, columns);
    for (let row = 0; row < length; row++) {
      const end = endedAt[row] as number;
      if (!(end >= from && end < to && (outcome[row] as number) === okCode)) continue;
      if ((dueAt[row] as number) >= 0 && isNamed(row)) completed++;
    }
  }
  const seconds = to > from ? (to - from) / 1_000 : 0;
  return { rps: completed / seconds, completed, seconds };
});
