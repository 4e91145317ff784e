import type { Columns } from './columns.ts';
import { encodeTexts } from './texts.ts';

/** The columns that are written as raw numbers, widest first so that each starts at a multiple of its width. */
const numeric = {
  dueAt: Float64Array,
  startedAt: Float64Array,
  endedAt: Float64Array,
  category: Uint16Array,
  name: Uint16Array,
  outcome: Uint8Array,
} as const;

export type NumericName = keyof typeof numeric;

/** Names of the columns that are numbers. */
export const numericNames = Object.keys(numeric) as NumericName[];

/** Bytes of an operation without its key and value. */
export const bytesPerOperation = numericNames.reduce((sum, name) => sum + numeric[name].BYTES_PER_ELEMENT, 0);

/** Operations in a chunk that is written: about 2 MB of numbers. */
export const chunkLength = 65_536;

/** How long the parts of a written chunk are: its operations, and the bytes of its keys and values. */
export type ChunkSize = readonly [length: number, keyBytes: number, valueBytes: number];

/** What the codes in the columns of numbers stand for. */
export type Dictionaries = Pick<Columns, 'categories' | 'names' | 'kinds'>;

/** Bytes of a chunk as it is written. */
export function bytesOf([length, keyBytes, valueBytes]: ChunkSize): number {
  return length * bytesPerOperation + keyBytes + valueBytes;
}

/**
 * A chunk as bytes: the numbers column by column, little-endian and without gaps, then the keys and the values as {@link encodeTexts} has it.
 */
export function encodeChunk(columns: Columns): { readonly size: ChunkSize; readonly parts: readonly Uint8Array[] } {
  const key = encodeTexts(columns.key);
  const value = encodeTexts(columns.value);
  const numbers = numericNames.map((name) => {
    const { buffer, byteOffset, byteLength } = columns[name];
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  return { size: [columns.length, key.length, value.length], parts: [...numbers, key, value] };
}

/** The rows `from` to the one before `to` of columns, as views. */
export function sliceOf(columns: Columns, from: number, to: number): Columns {
  return {
    length: Math.min(to, columns.length) - from,
    dueAt: columns.dueAt.subarray(from, to),
    startedAt: columns.startedAt.subarray(from, to),
    endedAt: columns.endedAt.subarray(from, to),
    outcome: columns.outcome.subarray(from, to),
    category: columns.category.subarray(from, to),
    categories: columns.categories,
    name: columns.name.subarray(from, to),
    names: columns.names,
    ...(columns.kinds && { kinds: columns.kinds }),
    key: columns.key.slice(from, to),
    value: columns.value.slice(from, to),
  };
}

/** One column of numbers, of all chunks. */
export function wholeNumbers<Name extends NumericName>(
  chunks: Iterable<Columns>,
  name: Name,
  length: number,
): Columns[Name] {
  const whole = new numeric[name](length);
  let row = 0;
  for (const chunk of chunks) {
    whole.set(chunk[name], row);
    row += chunk.length;
  }
  return whole as Columns[Name];
}

/** One column of texts, of all chunks. */
export function wholeTexts(chunks: Iterable<Columns>, name: 'key' | 'value'): (string | undefined)[] {
  const whole: (string | undefined)[] = [];
  for (const chunk of chunks) for (const text of chunk[name]) whole.push(text);
  return whole;
}

/** One set of columns out of several that share their dictionaries. */
export function joined(chunks: readonly Columns[], { categories, names, kinds }: Dictionaries): Columns {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    length,
    dueAt: wholeNumbers(chunks, 'dueAt', length),
    startedAt: wholeNumbers(chunks, 'startedAt', length),
    endedAt: wholeNumbers(chunks, 'endedAt', length),
    outcome: wholeNumbers(chunks, 'outcome', length),
    category: wholeNumbers(chunks, 'category', length),
    categories,
    name: wholeNumbers(chunks, 'name', length),
    names,
    ...(kinds && { kinds }),
    key: wholeTexts(chunks, 'key'),
    value: wholeTexts(chunks, 'value'),
  };
}
