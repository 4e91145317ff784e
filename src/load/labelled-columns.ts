import type { Columns } from '../recording/columns.ts';
import type { RequestLabels } from './prepare.ts';
import type { RowColumns } from './rows.ts';

/** Joins what a generator measured with what the recording says of each request. @throws RangeError for too many names */
export function labelledColumns(rows: RowColumns, labels: (n: number) => RequestLabels): Columns {
  const { n, ...measured } = rows;
  const name = new Uint16Array(rows.length);
  const names = new Map<string, number>();
  const key: (string | undefined)[] = [];
  const value: (string | undefined)[] = [];
  for (let row = 0; row < rows.length; row++) {
    const label = labels(n[row] as number);
    name[row] = codeOf(names, label.name);
    key.push(label.key);
    value.push(label.value);
  }
  return { ...measured, name, names: [...names.keys()], key, value };
}

/** Most names that fit the column of a recording. */
const mostNames = 2 ** 16;

function codeOf(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size === mostNames) {
    throw new RangeError(
      `a recording holds at most ${mostNames} names of operations, and '${name}' is one more; give requests with ids in their path a name of their kind`,
    );
  }
  names.set(name, names.size);
  return names.size - 1;
}
