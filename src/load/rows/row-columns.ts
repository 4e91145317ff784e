import { type ColumnName, type Columns, columnNames, type NumberColumns, table } from '../../recording/columns.ts';
import { Dictionary } from '../../recording/dictionary.ts';
import { joinNumbers, orderBy, pickNumbers, sliceNumbers } from '../../recording/file/arrange.ts';
import { KindsOfNames } from '../../recording/kinds.ts';
import type { RequestLabels } from '../requests/prepare.ts';

/** A column that a generator measures: all but the name of the operation. */
type RowColumnName = Exclude<ColumnName, 'name'>;
export const rowColumnNames = columnNames.filter((name): name is RowColumnName => name !== 'name');
const shiftedNames = rowColumnNames.filter((name) => table[name].holds === 'instant');

/**
 * What a generator measured, one row an operation, on its way to the test's thread. Instants are milliseconds since
 * zero.
 */
export interface RowColumns extends Pick<NumberColumns, RowColumnName> {
  readonly length: number;
  /** Which request of the load it was. */
  readonly n: Float64Array;
  readonly categories: readonly string[];
  /** What the answers of reads said, one for each row; absent where none said anything. */
  readonly read?: readonly (string | undefined)[];
}

/** The rows `from` to the one before `to`, as views. */
export function sliceRows({ n, read, categories, ...rows }: RowColumns, from: number, to: number): RowColumns {
  return {
    length: Math.min(to, rows.length) - from,
    n: n.subarray(from, to),
    ...sliceNumbers(rows, rowColumnNames, from, to),
    categories,
    ...(read && { read: read.slice(from, to) }),
  };
}

/** Adds milliseconds to the instants of the rows that come before request 0. */
export function shiftWarmUp(rows: RowColumns, by: number): void {
  if (by === 0) return;
  for (let row = 0; row < rows.length && (rows.n[row] as number) < 0; row++) {
    for (const name of shiftedNames) rows[name][row] = (rows[name][row] as number) + by;
  }
}

/**
 * The rows of several processes as one, in the order of their numbers, which is the order in which they were due. Those
 * of one process stay in the order in which it told them.
 * @param processes the parts of each
 */
export function mergeRows(processes: readonly (readonly RowColumns[])[]): RowColumns {
  const rows = joinRows(processes.flat());
  if (processes.filter(({ length }) => length > 0).length < 2) return rows;
  const order = orderBy(rows.n);
  return {
    ...rows,
    n: Float64Array.from(order, (row) => rows.n[row] as number),
    ...pickNumbers(rows, rowColumnNames, order),
    ...(rows.read && { read: Array.from(order, (row) => rows.read?.[row]) }),
  };
}

/** The rows of several parts, one after the other. */
export function joinRows(parts: readonly RowColumns[]): RowColumns {
  const categories = new Dictionary('categories');
  const recoded = parts.map((part) => ({ ...part, category: categories.recode(part.category, part.categories) }));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const n = new Float64Array(length);
  let from = 0;
  for (const part of parts) {
    n.set(part.n, from);
    from += part.length;
  }
  const read = parts.some((part) => part.read)
    ? parts.flatMap((part) => part.read ?? Array.from<undefined>({ length: part.length }))
    : undefined;
  return { length, n, ...joinNumbers(recoded, rowColumnNames), categories: categories.texts, ...(read && { read }) };
}

/**
 * Joins what a generator measured with what the recording says of each request. The value of a read is what its answer
 * said.
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
