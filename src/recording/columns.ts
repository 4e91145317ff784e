import { deedOf, KindsOfNames, kindOf, type NameKinds, type OperationKind, usualKind } from './kinds.ts';
import { PlainTexts, type Texts } from './texts.ts';

export type { OperationKind } from './kinds.ts';

/**
 * How an operation ended. `failed` means certainly not applied; `unknown` means that it may have been (a time-out, a cut
 * after sending, a 5xx answer to a write). Both count as errors.
 */
export type Outcome = 'ok' | 'failed' | 'unknown';

/** The outcomes in the order of their codes in {@link Columns.outcome}. */
export const outcomes: readonly Outcome[] = ['ok', 'failed', 'unknown'];

/**
 * One operation that a load sent. Instants are milliseconds since the recording's zero (the end of the warm-up); those of
 * the warm-up are negative.
 */
export interface Operation {
  /** When the load's plan wanted it sent. Equal to `startedAt` in a closed loop. */
  readonly dueAt: number;
  /** When it was sent. NaN if it never was. */
  readonly startedAt: number;
  /** When its answer was complete, or it was given up. NaN if it never ended. */
  readonly endedAt: number;
  readonly outcome: Outcome;
  /**
   * `ok`, or why not: `refused`, `reset`, `empty` (the connection was closed in good order before an answer began, or the answer had no body where one was asked
   * for), `timeout`, `certificate` (it could not be verified), `tls` (its handshake failed), the HTTP status as text (`404`, `503`), `invalid` (the answer was
   * understood but `okWhen` rejected it, or what it `reads` is not there to read), `saturated` (not sent: the app left the cap on operations in flight full), or
   * `unsent` (not sent through the generator's own fault).
   */
  readonly category: string;
  /** What the operation is about (a message id, a routing). Keys are what the ledger and the races are judged by. */
  readonly key: string | undefined;
  /** The kind of operation, for statistics per name. */
  readonly name: string;
  /** What the operation wanted to make of its key (the vendor that wants the routing). Of a read: what it saw there; undefined for nothing. */
  readonly value: string | undefined;
  /** What it does to its key; if absent `write`, or `look` for a GET, HEAD or OPTIONS by its name that has no value. */
  readonly kind?: OperationKind;
}

/** Operations as columns of equal length: compact, transferable between threads, and written to disk as they are. */
export interface Columns {
  readonly length: number;
  readonly dueAt: Float64Array;
  readonly startedAt: Float64Array;
  readonly endedAt: Float64Array;
  /** Index into {@link outcomes}. */
  readonly outcome: Uint8Array;
  /** Index into `categories`. */
  readonly category: Uint16Array;
  readonly categories: readonly string[];
  /** Index into `names`. */
  readonly name: Uint16Array;
  readonly names: readonly string[];
  /** The kind of each name whose operations do not do what their name says; absent when all do. */
  readonly kinds?: NameKinds | undefined;
  readonly key: readonly (string | undefined)[];
  readonly value: readonly (string | undefined)[];
  /**
   * Only of columns that lie on disk because they are too long for memory: the same rows in order, piece by piece, with the same
   * dictionaries. Such columns are read whole when one of the arrays above is asked for. {@link chunksOf} goes through either kind. In passing, a
   * piece is read into the memory of the one before it.
   */
  readonly chunks?: (use?: 'in passing') => Iterable<Columns>;
  /** Only of a piece of such columns: its keys as they lie on disk. {@link keysOf} asks either kind. */
  readonly packedKeys?: () => Texts;
  /** The same of its values. */
  readonly packedValues?: () => Texts;
}

/** The columns piece by piece: themselves, unless they lie on disk. Then a piece must not be used any more when the next one is taken. */
export function chunksOf(columns: Columns): Iterable<Columns> {
  return columns.chunks?.('in passing') ?? [columns];
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
export function kindsByCode({ names, kinds }: Columns): OperationKind[] {
  return names.map((name) => kindOf(name, kinds));
}

/** Whether any operation has a key. */
export function hasKeys(columns: Columns): boolean {
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
  };
}

/** Every operation of the columns, in order. */
export function* operationsOf(columns: Columns): Generator<Operation> {
  for (const chunk of chunksOf(columns)) {
    for (let index = 0; index < chunk.length; index++) yield operationAt(chunk, index);
  }
}

/** Collects operations one by one into growing columns. */
export class ColumnsBuilder {
  #length = 0;
  #dueAt = new Float64Array(1024);
  #startedAt = new Float64Array(1024);
  #endedAt = new Float64Array(1024);
  #outcome = new Uint8Array(1024);
  #category = new Uint16Array(1024);
  #name = new Uint16Array(1024);
  readonly #categories = new Map<string, number>();
  readonly #names = new Map<string, number>();
  readonly #key: (string | undefined)[] = [];
  readonly #value: (string | undefined)[] = [];
  readonly #kinds: KindsOfNames;

  /** @param kinds what the names of earlier operations do */
  constructor(kinds = new KindsOfNames()) {
    this.#kinds = kinds;
  }

  get length(): number {
    return this.#length;
  }

  /** Appends one operation. One that reads goes by `order read` if others of its name write. */
  push(operation: Operation): void {
    const row = this.#length++;
    if (row === this.#outcome.length) this.#grow(row * 2);
    this.#dueAt[row] = operation.dueAt;
    this.#startedAt[row] = operation.startedAt;
    this.#endedAt[row] = operation.endedAt;
    this.#outcome[row] = outcomes.indexOf(operation.outcome);
    this.#category[row] = codeOf(this.#categories, operation.category);
    this.#name[row] = codeOf(this.#names, this.#kinds.apart(operation.name, operation.kind));
    this.#key.push(operation.key);
    this.#value.push(operation.value);
  }

  /** The columns so far, copied to their exact length. */
  columns(): Columns {
    const length = this.#length;
    const kinds = this.#kinds.others;
    return {
      length,
      dueAt: this.#dueAt.slice(0, length),
      startedAt: this.#startedAt.slice(0, length),
      endedAt: this.#endedAt.slice(0, length),
      outcome: this.#outcome.slice(0, length),
      category: this.#category.slice(0, length),
      categories: [...this.#categories.keys()],
      name: this.#name.slice(0, length),
      names: [...this.#names.keys()],
      ...(kinds && { kinds }),
      key: this.#key.slice(),
      value: this.#value.slice(),
    };
  }

  #grow(capacity: number): void {
    this.#dueAt = grown(this.#dueAt, new Float64Array(capacity));
    this.#startedAt = grown(this.#startedAt, new Float64Array(capacity));
    this.#endedAt = grown(this.#endedAt, new Float64Array(capacity));
    this.#outcome = grown(this.#outcome, new Uint8Array(capacity));
    this.#category = grown(this.#category, new Uint16Array(capacity));
    this.#name = grown(this.#name, new Uint16Array(capacity));
  }
}

function grown<T extends Float64Array | Uint8Array | Uint16Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

function codeOf(codes: Map<string, number>, text: string): number {
  let code = codes.get(text);
  if (code === undefined) {
    code = codes.size;
    codes.set(text, code);
  }
  return code;
}
