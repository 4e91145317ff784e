import type { RecordingData, Series, StateRow } from '../recording.ts';
import { encodeTexts, PackedTexts } from '../texts.ts';

/** Everything of a recording but its operations. */
type Data = Omit<RecordingData, 'columns'>;

/** Sizes of some rows in the file: the number of rows, and the bytes of their keys and of their values. */
type RowsSize = readonly [rows: number, keyBytes: number, valueBytes: number];

/** What lies behind the operations, because a line of JSON could not hold it, in this order. */
export interface Attached {
  /** The chunks of the final state's rows as they were before the load, and after it. */
  readonly before: readonly RowsSize[];
  readonly after: readonly RowsSize[];
  /** How many instants and values each series has. */
  readonly series: readonly (readonly [instants: number, values: number])[];
}

/** Rows of the final state, or values of all series, that the first line holds. */
const mostInLine = 10_000;

/** Rows, and characters, of a chunk of rows. */
const [rowsInChunk, charactersInChunk] = [65_536, 2 ** 25];

/**
 * Takes out of a recording's data what is too long for a line of JSON. JavaScript's texts end at about 500 MB; nine
 * million rows are longer.
 * @param most rows, or values of series, that stay in the line
 */
export function detach(
  data: Data,
  most = mostInLine,
): { readonly line: Data; readonly attached: Attached | undefined; readonly parts: () => Iterable<Uint8Array> } {
  const { finalState, series } = data;
  const rows = finalState ? finalState.before.length + finalState.after.length : 0;
  const state = rows > most ? finalState : undefined;
  const values = series.reduce((sum, { at }) => sum + at.length, 0);
  const detached = values > most ? series : [];
  if (!state && detached.length === 0) return { line: data, attached: undefined, parts: () => [] };
  const { before = [], after = [] } = state ?? {};
  return {
    line: {
      ...data,
      ...(state && { finalState: { ...state, before: [], after: [] } }),
      ...(detached.length > 0 && { series: series.map((one) => ({ ...one, at: [], values: [] })) }),
    },
    attached: {
      before: [...chunksOf(before)].map((chunk) => encodeRows(chunk).size),
      after: [...chunksOf(after)].map((chunk) => encodeRows(chunk).size),
      series: detached.map(({ at, values: seen }) => [at.length, seen.length]),
    },
    *parts() {
      for (const list of [before, after]) for (const chunk of chunksOf(list)) yield* encodeRows(chunk).parts;
      for (const { at, values: seen } of detached) {
        yield new Uint8Array(Float64Array.from(at).buffer);
        yield new Uint8Array(Float64Array.from(seen).buffer);
      }
    },
  };
}

/** Bytes of what is attached. */
export function attachedBytes(attached: Attached | undefined): number {
  if (!attached) return 0;
  const rows = [...attached.before, ...attached.after].reduce((sum, [n, keys, values]) => sum + n + keys + values, 0);
  return rows + 8 * attached.series.reduce((sum, [instants, values]) => sum + instants + values, 0);
}

/**
 * Puts back what was taken out by {@link detach}.
 * @param read gives the next bytes of what lies behind the operations, from the start of a buffer of their own
 */
export function attach(line: Data, attached: Attached, read: (length: number) => Uint8Array<ArrayBuffer>): Data {
  const before = readRows(attached.before, read);
  const after = readRows(attached.after, read);
  const series = line.series.map((one, index): Series => {
    const lengths = attached.series[index];
    if (!lengths) return one;
    const numbers = (length: number) => Array.from(new Float64Array(read(length * 8).buffer, 0, length));
    return { ...one, at: numbers(lengths[0]), values: numbers(lengths[1]) };
  });
  const isDetached = attached.before.length + attached.after.length > 0;
  return {
    ...line,
    ...(line.finalState && isDetached && { finalState: { ...line.finalState, before, after } }),
    series,
  };
}

function* chunksOf(rows: readonly StateRow[]): Generator<readonly StateRow[]> {
  let [from, characters] = [0, 0];
  for (let row = 0; row < rows.length; row++) {
    const { key, value } = rows[row] as StateRow;
    characters += key.length + (value?.length ?? 0);
    if (row + 1 < rows.length && row + 1 - from < rowsInChunk && characters < charactersInChunk) continue;
    yield rows.slice(from, row + 1);
    [from, characters] = [row + 1, 0];
  }
}

/**
 * Encodes rows: one byte per row says whether its value is null; then come the keys and the values, see {@link
 * encodeTexts}.
 */
function encodeRows(rows: readonly StateRow[]): { readonly size: RowsSize; readonly parts: readonly Uint8Array[] } {
  const nulls = Uint8Array.from(rows, ({ value }) => (value === null ? 1 : 0));
  const keys = encodeTexts(rows.map(({ key }) => key));
  const values = encodeTexts(rows.map(({ value }) => value ?? undefined));
  return { size: [rows.length, keys.length, values.length], parts: [nulls, keys, values] };
}

function readRows(sizes: readonly RowsSize[], read: (length: number) => Uint8Array<ArrayBuffer>): StateRow[] {
  const rows: StateRow[] = [];
  for (const [length, keyBytes, valueBytes] of sizes) {
    const nulls = read(length);
    const keys = new PackedTexts(read(keyBytes), length);
    const values = new PackedTexts(read(valueBytes), length);
    for (let row = 0; row < length; row++) {
      rows.push({ key: keys.at(row) as string, value: nulls[row] === 1 ? null : values.at(row) });
    }
  }
  return rows;
}
