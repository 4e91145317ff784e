import { type ColumnName, type Columns, columnOver, complete, makeColumns, namesOf, widthOf } from '../columns.ts';
import { layoutOf } from './chunk.ts';

/**
 * What a file of version 1 says of its columns: their numbers lie behind the first line at these offsets, all else is
 * here.
 */
export interface Version1 {
  readonly offsets: Readonly<Record<ColumnName, number>>;
  readonly columns: Pick<Columns, 'length' | 'categories' | 'names' | 'key' | 'value'>;
}

/** Bytes behind the first line of a file of version 1. */
export function version1Bytes({ columns }: Version1): number {
  return columns.length * layoutOf(1).width;
}

/**
 * The columns of a file of version 1.
 * @param body what follows the first line
 */
export function version1Columns({ columns, offsets }: Version1, body: Uint8Array): Columns {
  const { length } = columns;
  const numbers = makeColumns(namesOf(1), (name) => {
    const bytes = Uint8Array.from(body.subarray(offsets[name], offsets[name] + length * widthOf(name)));
    return columnOver(name, bytes.buffer, length);
  });
  return complete({ ...columns, ...numbers });
}
