import type { Columns } from '../../recording/columns.ts';
import { Dictionary } from '../../recording/dictionary.ts';
import { KindsOfNames } from '../../recording/kinds.ts';
import type { RequestLabels } from '../requests/prepare.ts';
import type { RowColumns } from './row-columns.ts';

/**
 * Joins what a generator measured with what the recording says of each request. The value of a read is what its answer said.
 * @param labels of request `n`, which is in `row`
 * @param kinds what the names of earlier rows do
 * @throws RangeError for too many names
 */
export function labelRows(
  rows: RowColumns,
  labels: (n: number, row: number) => RequestLabels,
  kinds = new KindsOfNames(),
): Columns {
  const { n, read, ...measured } = rows;
  const name = new Uint16Array(rows.length);
  const names = new Dictionary('names');
  const key: (string | undefined)[] = [];
  const value: (string | undefined)[] = [];
  for (let row = 0; row < rows.length; row++) {
    const label = labels(n[row] as number, row);
    name[row] = names.codeOf(kinds.apart(label.name, label.kind));
    key.push(label.key);
    value.push(read?.[row] ?? label.value);
  }
  const { others } = kinds;
  return { ...measured, name, names: names.texts, ...(others && { kinds: others }), key, value };
}
