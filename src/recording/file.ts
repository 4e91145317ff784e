import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { writeAtomically } from './atomic.ts';
import type { Columns } from './columns.ts';
import { exactParse, exactStringify } from './json.ts';
import { Recording, type RecordingData } from './recording.ts';

const format = 'breaking-point recording';
const version = 1;
const start = Buffer.from(`{"format":"${format}",`);

/** The columns that are written as raw numbers, widest first so that each starts at a multiple of its width. */
const numeric = {
  dueAt: Float64Array,
  startedAt: Float64Array,
  endedAt: Float64Array,
  category: Uint16Array,
  name: Uint16Array,
  outcome: Uint8Array,
} as const;

const numericNames = Object.keys(numeric) as (keyof typeof numeric)[];

/** The first line of the file. */
interface Header {
  readonly format: string;
  readonly version: number;
  /** Bytes after the first line. */
  readonly bytes: number;
  /** Where each numeric column begins, in bytes after the first line. */
  readonly offsets: Readonly<Record<keyof typeof numeric, number>>;
  /** Everything of the columns but their numbers. */
  readonly columns: Omit<Columns, keyof typeof numeric>;
  /** Everything else of the recording. */
  readonly data: Omit<RecordingData, 'columns'>;
}

/**
 * Writes a recording to one file, under a temporary name that is then renamed, so that no reader sees half of it.
 *
 * The format, version 1: a first line of JSON (UTF-8, ended by a newline), `{format, version, bytes, offsets, columns, data}`,
 * then the numbers of the operations, little-endian and without gaps: `dueAt`, `startedAt`, `endedAt` as float64, `category`, `name`
 * as uint16, `outcome` as uint8, each `columns.length` long and beginning `offsets[column]` bytes after the first line, which `bytes`
 * bytes follow. `columns` has the keys, values and dictionaries, `data` the rest. In the JSON, null stands for undefined, and NaN,
 * the infinities, -0 and null are `{"$": "NaN"}`, `{"$": "-0"}` and so on.
 * @throws RangeError when a column is not as long as `columns.length`
 * @throws Error of the file system, or on a big-endian machine
 */
export async function saveRecording(recording: Recording, path: string): Promise<void> {
  refuseBigEndian(endianness());
  const { columns } = recording;
  for (const name of [...numericNames, 'key', 'value'] as const) {
    const { length } = columns[name];
    if (length === columns.length) continue;
    throw new RangeError(
      `${path}: column ${name} must have ${columns.length} rows like the recording; it has ${length}`,
    );
  }
  const parts = numericNames.map((name) => {
    const { buffer, byteOffset, byteLength } = columns[name];
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  const header: Header = {
    format,
    version,
    bytes: layout(columns.length).bytes,
    offsets: layout(columns.length).offsets,
    columns: {
      length: columns.length,
      categories: columns.categories,
      names: columns.names,
      key: columns.key,
      value: columns.value,
    },
    data: {
      generator: recording.generator,
      duration: recording.duration,
      faults: recording.faults,
      finalState: recording.finalState,
      exits: recording.exits,
      series: recording.series,
      seed: recording.seed,
      startedAt: recording.startedAt,
    },
  };
  await writeAtomically(path, [Buffer.from(`${exactStringify(header)}\n`), ...parts]);
}

/**
 * Reads a file of {@link saveRecording}: the same numbers, keys and events, to the last bit, so that every assertion on it comes
 * to what it came to on the day of the run.
 * @throws Error when the file is not a recording, is of a newer version, is truncated or damaged, or on a big-endian machine
 */
export async function loadRecording(path: string): Promise<Recording> {
  refuseBigEndian(endianness());
  const file = await readFile(path);
  if (!file.subarray(0, start.length).equals(start)) {
    throw new Error(
      `${path} is not a recording: it does not begin as a file of saveRecording() does (${file.length} bytes)`,
    );
  }
  const newline = file.indexOf('\n');
  if (newline === -1)
    throw new Error(`${path} is truncated: it ends within its first line, after ${file.length} bytes`);
  const header = parsedHeader(file.toString('utf8', 0, newline), path);
  const body = file.subarray(newline + 1);
  if (body.length !== header.bytes) {
    const found = body.length < header.bytes ? 'is truncated' : 'has more bytes than it should';
    throw new Error(`${path} ${found}: its size must be ${newline + 1 + header.bytes} bytes, and is ${file.length}`);
  }
  const { length } = header.columns;
  const { offsets } = header;
  const bytesOf = (name: keyof typeof numeric): ArrayBuffer =>
    Uint8Array.from(body.subarray(offsets[name], offsets[name] + length * numeric[name].BYTES_PER_ELEMENT)).buffer;
  const columns: Columns = {
    ...header.columns,
    dueAt: new Float64Array(bytesOf('dueAt')),
    startedAt: new Float64Array(bytesOf('startedAt')),
    endedAt: new Float64Array(bytesOf('endedAt')),
    outcome: new Uint8Array(bytesOf('outcome')),
    category: new Uint16Array(bytesOf('category')),
    name: new Uint16Array(bytesOf('name')),
  };
  // A recording of an earlier breaking-point has no series.
  return new Recording({ ...header.data, series: header.data.series ?? [], columns });
}

/** The numbers are copied as they lie in memory. @throws Error unless that is little-endian */
export function refuseBigEndian(order: 'BE' | 'LE'): void {
  if (order === 'LE') return;
  throw new Error(
    'recordings are little-endian files, and this machine is big-endian: read and write them on another one',
  );
}

function parsedHeader(line: string, path: string): Header {
  let header: Header;
  try {
    header = exactParse(line) as Header;
  } catch (cause) {
    throw new Error(`${path} is damaged: its first line is not JSON`, { cause });
  }
  if (header.version > version) {
    throw new Error(
      `${path} is a recording of version ${header.version}; this breaking-point reads up to ${version}: update the package`,
    );
  }
  const expected = layout(header.columns?.length);
  if (header.version !== version || header.bytes !== expected.bytes) {
    throw new Error(`${path} is damaged: its first line does not describe columns of version ${version}`);
  }
  return header;
}

/** Where each numeric column lies for so many operations. */
function layout(length: number): Pick<Header, 'bytes' | 'offsets'> {
  let bytes = 0;
  const offsets = { dueAt: 0, startedAt: 0, endedAt: 0, category: 0, name: 0, outcome: 0 };
  for (const name of numericNames) {
    offsets[name] = bytes;
    bytes += length * numeric[name].BYTES_PER_ELEMENT;
  }
  return { bytes, offsets };
}
