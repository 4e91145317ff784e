import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { writeAtomically } from '../atomic.ts';
import { type Columns, chunksOf, columnNames, newestVersion } from '../columns.ts';
import { exactParse, exactStringify } from '../json.ts';
import { Recording, type RecordingData } from '../recording.ts';
import { join, slice } from './arrange.ts';
import { type Attached, attach, attachedBytes, detach } from './attached.ts';
import { bytesOf, type ChunkSize, chunkLength, encodeChunk, layoutOf } from './chunk.ts';
import { mostInMemory } from './spool.ts';
import { StoredColumns } from './stored.ts';
import { type Version1, version1Bytes, version1Columns } from './version-1.ts';

const format = 'breaking-point recording';
const start = Buffer.from(`{"format":"${format}",`);

/** The first line of every version. */
interface AnyHeader {
  readonly format: string;
  readonly version: number;
  /** Bytes after the first line. */
  readonly bytes: number;
  /** Everything of the recording but its columns. */
  readonly data: Omit<RecordingData, 'columns'>;
}

/** The first line since version 2. */
interface Header extends AnyHeader {
  readonly columns: Pick<Columns, 'length' | 'categories' | 'names' | 'kinds'>;
  readonly chunks: readonly ChunkSize[];
  /** Absent where the line holds everything. */
  readonly attached?: Attached | undefined;
}

/**
 * Writes a recording to one file, under a temporary name that is then renamed, so that no reader sees half of it.
 * Operations that lie on disk are copied chunk by chunk.
 *
 * The format, since version 2: a first line of JSON (UTF-8, ended by a newline),
 * `{format, version, bytes, columns, chunks, data}`, then the operations in chunks of at most 65,536, without gaps,
 * `bytes` bytes in all. `columns` has the number of operations, the dictionaries and, by name, what does not write.
 * `data` has the rest of the recording. `chunks` has for each chunk `[length, keyBytes, valueBytes]`. A chunk consists
 * of its numbers, its keys and its values. The numbers are those columns of `table` in columns.ts that the version has,
 * in the order and with the types of that table, little-endian, each `length` long. Keys and values take `keyBytes` and
 * `valueBytes`: nothing if all are undefined, else the length of each in UTF-16 code units as uint32 (2^32 - 1 for
 * undefined) and then their code units, a byte each if none is above 255, else two. In the first line, null stands for
 * undefined, and NaN, the infinities, -0 and null are `{"$": "NaN"}`, `{"$": "-0"}` and so on.
 *
 * A final state of more than 10,000 rows lies behind the operations, and so do series with more values. The line then
 * has `attached`. Its `before` and `after` have for each chunk of rows `[rows, keyBytes, valueBytes]`, its `series` for
 * each series `[instants, values]`. A chunk of rows has a byte for each (1: its value is null), then the keys and the
 * values as those of operations. A series has its instants and its values as float64.
 * @param inLine rows, or values, that the line holds at most
 * @throws RangeError when a column is not as long as `columns.length`
 * @throws Error of the file system, or on a big-endian machine
 */
export async function saveRecording(recording: Recording, path: string, inLine?: number): Promise<void> {
  refuseBigEndian(endianness());
  const { columns } = recording;
  checkLengths(columns, path);
  // What lies on disk is copied as it lies there, in its version.
  const { version, sizes: chunks } =
    columns instanceof StoredColumns
      ? columns
      : { version: newestVersion, sizes: [...pieces(columns)].map((chunk) => encodeChunk(chunk).size) };
  const { line, attached, parts } = detach(
    {
      generator: recording.generator,
      duration: recording.duration,
      faults: recording.faults,
      finalState: recording.finalState,
      stateUnread: recording.stateUnread,
      exits: recording.exits,
      series: recording.series,
      polls: recording.polls,
      statements: recording.statements,
      notes: recording.notes,
      seed: recording.seed,
      startedAt: recording.startedAt,
    },
    inLine,
  );
  const header: Header = {
    format,
    version,
    bytes: bytesIn(chunks, version) + attachedBytes(attached),
    columns: {
      length: columns.length,
      categories: columns.categories,
      names: columns.names,
      ...(columns.kinds && { kinds: columns.kinds }),
    },
    chunks,
    ...(attached && { attached }),
    data: line,
  };
  await writeAtomically(path, fileParts(header, columns, parts));
}

/**
 * Reads a file of {@link saveRecording}: the same numbers, keys and events, to the last bit, so that every assertion on
 * it comes to what it came to on the day of the run. More than a quarter of a million operations stay in the file and
 * are read where they are needed.
 * @param inMemory most operations that are read at once
 * @throws Error when the file is not a recording, is of a newer version, is truncated or damaged, or on a big-endian
 * machine
 */
export async function loadRecording(path: string, inMemory = mostInMemory): Promise<Recording> {
  refuseBigEndian(endianness());
  const descriptor = openSync(path, 'r');
  let kept = false;
  try {
    const { size } = fstatSync(descriptor);
    const line = firstLine(descriptor, path, size);
    const header = parseHeader(line.toString(), path);
    const body = line.length + 1;
    if (size !== body + header.bytes) {
      const found = size < body + header.bytes ? 'is truncated' : 'has more bytes than it should';
      throw new Error(`${path} ${found}: its size must be ${body + header.bytes} bytes, and is ${size}`);
    }
    // A recording of an earlier breaking-point has no series.
    const data = { ...header.data, series: header.data.series ?? [] };
    if (!('chunks' in header)) {
      const bytes = Buffer.alloc(header.bytes);
      readSync(descriptor, bytes, 0, header.bytes, body);
      return new Recording({ ...data, columns: version1Columns(header, bytes) });
    }
    const { attached } = header;
    const whole = attached ? attach(data, attached, readerFrom(descriptor, size - attachedBytes(attached))) : data;
    const stored = new StoredColumns(descriptor, body, header.chunks, header.columns, header.version);
    kept = true;
    const columns = stored.length > inMemory ? stored : join([...stored.chunks()], header.columns);
    return new Recording({ ...whole, columns });
  } finally {
    if (!kept) closeSync(descriptor);
  }
}

/** Reads on from a place in a file, each time into a buffer of its own. */
function readerFrom(descriptor: number, from: number): (length: number) => Uint8Array<ArrayBuffer> {
  let at = from;
  return (length) => {
    const bytes = Buffer.allocUnsafeSlow(length);
    readSync(descriptor, bytes, 0, length, at);
    at += length;
    return bytes;
  };
}

/** The numbers are copied as they lie in memory. @throws Error unless that is little-endian */
export function refuseBigEndian(order: 'BE' | 'LE'): void {
  if (order === 'LE') return;
  throw new Error(
    'recordings are little-endian files, and this machine is big-endian: read and write them on another one',
  );
}

function checkLengths(columns: Columns, path: string): void {
  // Columns on disk were written as chunks of one length already.
  if (columns.chunks) return;
  for (const name of [...columnNames, 'key', 'value'] as const) {
    const { length } = columns[name];
    if (length === columns.length) continue;
    throw new RangeError(
      `${path}: column ${name} must have ${columns.length} rows like the recording; it has ${length}`,
    );
  }
}

/** The columns in pieces that are written as a chunk each. */
function* pieces(columns: Columns): Generator<Columns> {
  for (const chunk of chunksOf(columns)) {
    for (let from = 0; from < chunk.length; from += chunkLength) yield slice(chunk, from, from + chunkLength);
  }
}

function* fileParts(header: Header, columns: Columns, attached: () => Iterable<Uint8Array>): Generator<Uint8Array> {
  yield Buffer.from(`${exactStringify(header)}\n`);
  if (columns instanceof StoredColumns) yield* columns.bytes();
  else for (const chunk of pieces(columns)) yield* encodeChunk(chunk).parts;
  yield* attached();
}

const block = 65_536;

/**
 * The first line without its newline. @throws Error when the file does not begin as a recording, or ends within the
 * line
 */
function firstLine(descriptor: number, path: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < size; at += block) {
    const bytes = Buffer.alloc(Math.min(block, size - at));
    readSync(descriptor, bytes, 0, bytes.length, at);
    if (at === 0) refuseStranger(bytes, path, size);
    const newline = bytes.indexOf('\n');
    blocks.push(newline === -1 ? bytes : bytes.subarray(0, newline));
    if (newline !== -1) return Buffer.concat(blocks);
  }
  refuseStranger(Buffer.concat(blocks), path, size);
  throw new Error(`${path} is truncated: it ends within its first line, after ${size} bytes`);
}

function refuseStranger(beginning: Buffer, path: string, size: number): void {
  if (beginning.subarray(0, start.length).equals(start)) return;
  throw new Error(`${path} is not a recording: it does not begin as a file of saveRecording() does (${size} bytes)`);
}

function parseHeader(line: string, path: string): Header | (AnyHeader & Version1) {
  let header: Header | (AnyHeader & Version1);
  try {
    header = exactParse(line) as Header | (AnyHeader & Version1);
  } catch (cause) {
    throw new Error(`${path} is damaged: its first line is not JSON`, { cause });
  }
  if (header.version > newestVersion) {
    throw new Error(
      `${path} is a recording of version ${header.version}; this breaking-point reads up to ${newestVersion}: update the package`,
    );
  }
  if (describes(header)) return header;
  throw new Error(`${path} is damaged: its first line does not describe columns of version ${header.version}`);
}

/** Whether the first line agrees with itself about how many operations there are and how many bytes they take. */
function describes(header: Header | (AnyHeader & Version1)): boolean {
  if (!('chunks' in header)) {
    return header.version === 1 && header.columns?.key !== undefined && header.bytes === version1Bytes(header);
  }
  const bytes = bytesIn(header.chunks, header.version) + attachedBytes(header.attached);
  const length = header.chunks.reduce((sum, [operations]) => sum + operations, 0);
  return header.version >= 2 && header.bytes === bytes && header.columns?.length === length;
}

function bytesIn(chunks: readonly ChunkSize[], version: number): number {
  const layout = layoutOf(version);
  return chunks.reduce((sum, size) => sum + bytesOf(size, layout), 0);
}
