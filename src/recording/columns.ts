import { greatest } from '../extremes.ts';
import { deedOf, kindOf, type NameKinds, type OperationKind, usualKind } from './kinds.ts';
import { PlainTexts, type Texts } from './texts.ts';

export type { OperationKind } from './kinds.ts';

/**
 * How an operation ended. `failed` means certainly not applied; `unknown` means that it may have been (a time-out, a
 * cut after sending, a 5xx answer to a write). Both count as errors.
 */
export type Outcome = 'ok' | 'failed' | 'unknown';

/** The outcomes in the order of their codes in {@link Columns.outcome}. */
export const outcomes: readonly Outcome[] = ['ok', 'failed', 'unknown'];

/** The arrays that a column of numbers may be. */
const arrays = { float64: Float64Array, float32: Float32Array, uint16: Uint16Array, uint8: Uint8Array } as const;
interface ArrayOf {
  readonly float64: Float64Array;
  readonly float32: Float32Array;
  readonly uint16: Uint16Array;
  readonly uint8: Uint8Array;
}
/** A column of numbers. */
export type Numbers = ArrayOf[keyof ArrayOf];

/** A line of the {@link table}. */
interface Column {
  readonly type: keyof ArrayOf;
  /**
   * `instant`: milliseconds since zero. `code`: index into a list of texts. `measured`: a number that {@link Operation}
   * has under the same name.
   */
  readonly holds: 'instant' | 'code' | 'measured';
  /** The number of an operation of which nothing is known. */
  readonly unset: number;
  /** Version of the recording file that has it first. */
  readonly since: number;
}

/**
 * The columns of numbers, in the order in which a file has them. All that slices, joins, sends, stores or reads
 * operations goes through this table: a column more is one line here, and the next version of the file.
 */
export const table = {
  /** When the load's plan wanted it sent. */
  dueAt: { type: 'float64', holds: 'instant', unset: Number.NaN, since: 1 },
  /** When it was sent. NaN if it never was. */
  startedAt: { type: 'float64', holds: 'instant', unset: Number.NaN, since: 1 },
  /** When its answer was complete, or it was given up. NaN if it never ended. */
  endedAt: { type: 'float64', holds: 'instant', unset: Number.NaN, since: 1 },
  /** Index into `categories`. */
  category: { type: 'uint16', holds: 'code', unset: 0, since: 1 },
  /** Index into `names`. */
  name: { type: 'uint16', holds: 'code', unset: 0, since: 1 },
  /** Index into {@link outcomes}. */
  outcome: { type: 'uint8', holds: 'code', unset: outcomes.indexOf('failed'), since: 1 },
  /** HTTP status of its whole answer. 0 where there was none. */
  status: { type: 'uint16', holds: 'measured', unset: 0, since: 3 },
  /**
   * Bytes of its request, head and body, that were given to the connection. NaN where that is not known. Exact up to 16
   * MB, then to seven digits. Over HTTP/2 the head counts with the names and values of its fields.
   */
  bytesSent: { type: 'float32', holds: 'measured', unset: Number.NaN, since: 3 },
  /** Bytes of its answer, head and body, that came in, counted as `bytesSent` is. */
  bytesReceived: { type: 'float32', holds: 'measured', unset: Number.NaN, since: 3 },
  /** {@link takesAnyAnswer}, or {@link takesItsAnswer}. 0 where it is not known what its request said. */
  takes: { type: 'uint8', holds: 'measured', unset: 0, since: 3 },
} as const satisfies Readonly<Record<string, Column>>;

/** A request that changes nothing (GET, HEAD, OPTIONS), for which any status from 200 to 399 is ok. */
export const takesAnyAnswer = 1;
/** Any other request: it says by `okWhen` which statuses are ok, or it wants something done. */
export const takesItsAnswer = 2;

/** The version of the recording file that has all columns. */
export const newestVersion = greatest(Object.values(table).map(({ since }) => since));

type Table = typeof table;
/** The name of a column of numbers. */
export type ColumnName = keyof Table;
/** The name of a column that holds what was measured of an operation besides its instants. */
export type MeasuredName = { [Name in ColumnName]: Table[Name]['holds'] extends 'measured' ? Name : never }[ColumnName];

/** What was measured of an operation besides its instants, by column. Absent: not known. */
export type Measurements = { readonly [Name in keyof Table as Name extends MeasuredName ? Name : never]?: number };

/** An array for each column. */
export type NumberColumns = { readonly [Name in keyof Table]: ArrayOf[Table[Name]['type']] };

export const columnNames: readonly ColumnName[] = namesOf(newestVersion);
export const measuredNames = columnNames.filter((name): name is MeasuredName => table[name].holds === 'measured');

/** The columns of numbers in a file of some version, in their order. */
export function namesOf(version: number): ColumnName[] {
  return (Object.keys(table) as ColumnName[]).filter((name) => table[name].since <= version);
}

/** Bytes of one number of a column. */
export function widthOf(name: ColumnName): number {
  return arrays[table[name].type].BYTES_PER_ELEMENT;
}

/** A column of `length` operations of which nothing is known. */
export function emptyColumn<Name extends ColumnName>(name: Name, length: number): NumberColumns[Name] {
  const { type, unset } = table[name];
  const column = new arrays[type](length);
  return (unset === 0 ? column : column.fill(unset)) as NumberColumns[Name];
}

/** A column over bytes that hold it, from the start of their buffer. */
export function columnOver(name: ColumnName, buffer: ArrayBuffer, length: number): Numbers {
  return new arrays[table[name].type](buffer, 0, length);
}

/** An array for each of some columns. */
export function makeColumns<Name extends ColumnName>(
  names: readonly Name[],
  make: (name: Name) => Numbers,
): Pick<NumberColumns, Name> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as unknown as Pick<NumberColumns, Name>;
}

/**
 * One operation that a load sent. Instants are milliseconds since the recording's zero (the end of the warm-up); those
 * of the warm-up are negative. What was measured besides is absent where it is not known.
 */
export interface Operation extends Measurements {
  /** When the load's plan wanted it sent. Equal to `startedAt` in a closed loop. */
  readonly dueAt: number;
  /** When it was sent. NaN if it never was. */
  readonly startedAt: number;
  /** When its answer was complete, or it was given up. NaN if it never ended. */
  readonly endedAt: number;
  readonly outcome: Outcome;
  /**
   * `ok`, or why not: `refused`, `reset`, `empty` (the connection was closed in good order before an answer began, or
   * the answer had no body where one was asked for), `timeout`, `certificate` (it could not be verified), `tls` (its
   * handshake failed), the HTTP status as text (`404`, `503`), `invalid` (the answer was understood but `okWhen`
   * rejected it, or what it `reads` is not there to read), `saturated` (not sent: the app left the cap on operations in
   * flight full), or `unsent` (not sent through the generator's own fault).
   */
  readonly category: string;
  /** What the operation is about (an order's id, an item). Keys are what the ledger and the races are judged by. */
  readonly key: string | undefined;
  /** The kind of operation, for statistics per name. */
  readonly name: string;
  /**
   * What the operation wanted to make of its key (the buyer who wants the item). Of a read: what it saw there;
   * undefined for nothing.
   */
  readonly value: string | undefined;
  /** What it does to its key; if absent `write`, or `look` for a GET, HEAD or OPTIONS by its name that has no value. */
  readonly kind?: OperationKind;
}

/** What the codes in the columns of numbers stand for. */
export interface Dictionaries {
  readonly categories: readonly string[];
  readonly names: readonly string[];
  /** The kind of each name whose operations do not do what their name says; absent when all do. */
  readonly kinds?: NameKinds | undefined;
}

/** Operations as columns of equal length: compact, transferable between threads, and written to disk as they are. */
export interface Columns extends NumberColumns, Dictionaries {
  readonly length: number;
  readonly key: readonly (string | undefined)[];
  readonly value: readonly (string | undefined)[];
  /**
   * Only of columns that lie on disk because they are too long for memory: the same rows in order, piece by piece, with
   * the same dictionaries. Such columns are read whole when one of the arrays above is asked for. {@link chunksOf} goes
   * through either kind. In passing, a piece is read into the memory of the one before it.
   */
  readonly chunks?: (use?: 'in passing') => Iterable<Columns>;
  /** Only of a piece of such columns: its keys as they lie on disk. {@link keysOf} asks either kind. */
  readonly packedKeys?: () => Texts;
  /** The same of its values. */
  readonly packedValues?: () => Texts;
}

/** Columns of a load that need not measure all: what was measured may be left out. */
export type GivenColumns = Omit<Columns, MeasuredName> & Partial<Pick<Columns, MeasuredName>>;

/** Adds the columns that a load left out: nothing is known of them. */
export function complete(columns: GivenColumns): Columns {
  const left = measuredNames.filter((name) => !(name in columns));
  if (left.length === 0) return columns as Columns;
  return { ...columns, ...makeColumns(left, (name) => emptyColumn(name, columns.length)) } as Columns;
}

/**
 * The columns piece by piece: themselves, unless they lie on disk. Then a piece must not be used any more when the next
 * one is taken.
 */
export function chunksOf(columns: GivenColumns): Iterable<Columns> {
  return columns.chunks?.('in passing') ?? [complete(columns)];
}

/** The keys of a piece of columns, without a string for each. */
export function keysOf(piece: Columns): Texts {
  return piece.packedKeys?.() ?? new PlainTexts(piece.key);
}

/** The values of a piece of columns, without a string for each. */
export function valuesOf(piece: Columns): Texts {
  return piece.packedValues?.() ?? new PlainTexts(piece.value);
}

/** What the operations of each code of the column `name` do. */
export function kindsByCode({ names, kinds }: Dictionaries): OperationKind[] {
  return names.map((name) => kindOf(name, kinds));
}

/** Whether any operation has a key. */
export function hasKeys(columns: GivenColumns): boolean {
  for (const piece of chunksOf(columns)) {
    const keys = keysOf(piece);
    for (let row = 0; row < keys.length; row++) if (keys.has(row)) return true;
  }
  return false;
}

/** The operation in row `index`. @throws RangeError outside the columns */
export function operationAt(columns: Columns, index: number): Operation {
  if (!(index >= 0 && index < columns.length)) throw new RangeError(`no operation ${index} of ${columns.length}`);
  const name = columns.names[columns.name[index] as number] as string;
  const value = columns.value[index];
  const kind = deedOf(kindOf(name, columns.kinds), value !== undefined);
  return {
    dueAt: columns.dueAt[index] as number,
    startedAt: columns.startedAt[index] as number,
    endedAt: columns.endedAt[index] as number,
    outcome: outcomes[columns.outcome[index] as number] as Outcome,
    category: columns.categories[columns.category[index] as number] as string,
    key: columns.key[index],
    name,
    value,
    ...(kind !== deedOf(usualKind(name), value !== undefined) && { kind }),
    ...measuredAt(columns, index),
  };
}

function measuredAt(columns: Columns, index: number): Measurements {
  const measured: { [Name in MeasuredName]?: number } = {};
  for (const name of measuredNames) {
    const value = columns[name][index] as number;
    if (!Object.is(value, table[name].unset)) measured[name] = value;
  }
  return measured;
}

/** Every operation of the columns, in order. */
export function* operationsOf(columns: GivenColumns): Generator<Operation> {
  for (const chunk of chunksOf(columns)) {
    for (let index = 0; index < chunk.length; index++) yield operationAt(chunk, index);
  }
}
