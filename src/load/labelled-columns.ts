import type { Columns } from '../recording/columns.ts';
import { Names } from './names.ts';
import type { RequestLabels } from './prepare.ts';
import type { RowColumns } from './rows.ts';

/** Joins what a generator measured with what the recording says of each request. @throws RangeError for too many names */
export function labelledColumns(rows: RowColumns, labels: (n: number) => RequestLabels): Columns {
  const { n, ...measured } = rows;
  const name = new Uint16Array(rows.length);
  const names = new Names();
  const key: (string | undefined)[] = [];
  const value: (string | undefined)[] = [];
  for (let row = 0; row < rows.length; row++) {
    const label = labels(n[row] as number);
    name[row] = names.codeOf(label.name);
    key.push(label.key);
    value.push(label.value);
  }
  return { ...measured, name, names: names.all, key, value };
}
