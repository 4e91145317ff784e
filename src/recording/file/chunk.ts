import { type ColumnName, type Columns, columnNames, namesOf, newestVersion, widthOf } from '../columns.ts';
import { encodeTexts } from '../texts.ts';

/** Operations in a chunk that is written: about 2.5 MB of numbers. */
export const chunkLength = 65_536;

/** How long the parts of a written chunk are: its operations, and the bytes of its keys and values. */
export type ChunkSize = readonly [length: number, keyBytes: number, valueBytes: number];

/** Where each column of numbers lies in a written chunk. */
export interface Layout {
  /**
   * Bytes of an operation in the columns before each. Multiplied by the operations they are the offset of the column.
   */
  readonly before: Readonly<Partial<Record<ColumnName, number>>>;
  /** Bytes of an operation in all columns of numbers. */
  readonly width: number;
}

/** The layout of a chunk in a file of some version. */
export function layoutOf(version: number): Layout {
  const before: Partial<Record<ColumnName, number>> = {};
  let width = 0;
  for (const name of namesOf(version)) {
    before[name] = width;
    width += widthOf(name);
  }
  return { before, width };
}

/** The layout of what is written today. */
export const newestLayout = layoutOf(newestVersion);

/** Bytes of a chunk as it is written. */
export function bytesOf([length, keyBytes, valueBytes]: ChunkSize, { width } = newestLayout): number {
  return length * width + keyBytes + valueBytes;
}

/**
 * A chunk as bytes: the numbers column by column, little-endian and without gaps, then the keys and the values as
 * {@link encodeTexts} has it.
 */
export function encodeChunk(columns: Columns): { readonly size: ChunkSize; readonly parts: readonly Uint8Array[] } {
  const key = encodeTexts(columns.key);
  const value = encodeTexts(columns.value);
  const numbers = columnNames.map((name) => {
    const { buffer, byteOffset, byteLength } = columns[name];
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  return { size: [columns.length, key.length, value.length], parts: [...numbers, key, value] };
}
