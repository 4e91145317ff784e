import {
  type ColumnName,
  type Columns,
  columnNames,
  type Dictionaries,
  emptyColumn,
  makeColumns,
  type NumberColumns,
} from '../columns.ts';

/** What slices, joins and orders need of columns: those of numbers, or some of them. */
type NumbersPiece<Name extends ColumnName> = Pick<NumberColumns, Name> & { readonly length: number };

/** The rows `from` to the one before `to` of columns, as views. */
export function slice(columns: Columns, from: number, to: number): Columns {
  const { categories, names, kinds } = columns;
  return {
    length: Math.min(to, columns.length) - from,
    ...sliceNumbers(columns, columnNames, from, to),
    ...{ categories, names },
    ...(kinds && { kinds }),
    key: columns.key.slice(from, to),
    value: columns.value.slice(from, to),
  };
}

/** The same of some columns of numbers. */
export function sliceNumbers<Name extends ColumnName>(
  columns: Pick<NumberColumns, Name>,
  names: readonly Name[],
  from: number,
  to: number,
): Pick<NumberColumns, Name> {
  return makeColumns(names, (name) => columns[name].subarray(from, to));
}

/** One set of columns out of several that share their dictionaries. */
export function join(chunks: readonly Columns[], { categories, names, kinds }: Dictionaries): Columns {
  return {
    length: lengthOf(chunks),
    ...joinNumbers(chunks, columnNames),
    ...{ categories, names },
    ...(kinds && { kinds }),
    key: joinTexts(chunks, 'key'),
    value: joinTexts(chunks, 'value'),
  };
}

/** The same of some columns of numbers. */
export function joinNumbers<Name extends ColumnName>(
  chunks: readonly NumbersPiece<Name>[],
  names: readonly Name[],
): Pick<NumberColumns, Name> {
  const length = lengthOf(chunks);
  return makeColumns(names, (name) => joinColumn(chunks, name, length));
}

/** One column of numbers, of all chunks, which have `length` rows together. */
export function joinColumn<Name extends ColumnName>(
  chunks: Iterable<NumbersPiece<Name>>,
  name: Name,
  length: number,
): NumberColumns[Name] {
  const whole = emptyColumn(name, length);
  let row = 0;
  for (const chunk of chunks) {
    whole.set(chunk[name], row);
    row += chunk.length;
  }
  return whole;
}

/** One column of texts, of all chunks. */
export function joinTexts(chunks: Iterable<Columns>, name: 'key' | 'value'): (string | undefined)[] {
  const whole: (string | undefined)[] = [];
  for (const chunk of chunks) for (const text of chunk[name]) whole.push(text);
  return whole;
}

/** The rows of columns in another order. */
export function pick(columns: Columns, order: Uint32Array): Columns {
  return {
    ...columns,
    ...pickNumbers(columns, columnNames, order),
    key: Array.from(order, (row) => columns.key[row]),
    value: Array.from(order, (row) => columns.value[row]),
  };
}

/** The same of some columns of numbers. */
export function pickNumbers<Name extends ColumnName>(
  columns: Pick<NumberColumns, Name>,
  names: readonly Name[],
  order: Uint32Array,
): Pick<NumberColumns, Name> {
  return makeColumns(names, (name) => {
    const [from, to] = [columns[name], emptyColumn(name, order.length)];
    for (let row = 0; row < order.length; row++) to[row] = from[order[row] as number] as number;
    return to;
  });
}

/** The rows in the order of a column; equal ones in the order that they have. */
export function orderBy(column: Float64Array): Uint32Array {
  return Uint32Array.from(column.keys()).sort((a, b) => (column[a] as number) - (column[b] as number) || a - b);
}

function lengthOf(chunks: readonly { readonly length: number }[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
