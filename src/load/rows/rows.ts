import { outcomes } from '../../recording/columns.ts';
import type { Classification } from '../http/classify.ts';

/** What a generator measured, one row an operation, on its way to the test's thread. Instants are milliseconds since zero. */
export interface RowColumns {
  readonly length: number;
  /** Which request of the load it was. */
  readonly n: Float64Array<ArrayBuffer>;
  readonly dueAt: Float64Array<ArrayBuffer>;
  readonly startedAt: Float64Array<ArrayBuffer>;
  readonly endedAt: Float64Array<ArrayBuffer>;
  /** Index into `outcomes` of recording/columns.ts. */
  readonly outcome: Uint8Array<ArrayBuffer>;
  readonly category: Uint16Array<ArrayBuffer>;
  readonly categories: readonly string[];
  /** What the answers of reads said, one for each row; absent where none said anything. */
  readonly read?: readonly (string | undefined)[];
}

/** Rows in a chunk: told in a message that takes a fraction of a millisecond. */
const chunkLength = 8_192;
/** Rows that a generator keeps for itself, so that a short run is not disturbed by telling of them: 9 MB. */
const mostKept = 32 * chunkLength;

/** Categories that are told apart, of 65,536 that fit: what a call throws may have a code of its own each time. */
const mostCategories = 500;
/** The category of the rest. */
const otherError = 'other error';
/** Those that say more than that something went wrong. */
const meaningful: ReadonlySet<string> = new Set([
  'ok',
  'saturated',
  'timeout',
  'empty',
  'reset',
  '404',
  '410',
  otherError,
]);

type Numbers = Omit<RowColumns, 'length' | 'categories' | 'read'>;

/** Some rows in a row. */
class Chunk {
  readonly numbers: Numbers = {
    n: new Float64Array(chunkLength),
    dueAt: new Float64Array(chunkLength),
    startedAt: new Float64Array(chunkLength),
    endedAt: new Float64Array(chunkLength),
    outcome: new Uint8Array(chunkLength),
    category: new Uint16Array(chunkLength),
  };
  /** Only where a row was read. */
  read: (string | undefined)[] | undefined;
  length = 0;
  /** Rows that were ended. */
  ended = 0;
}

/** What becomes of the rows of a long run. */
export interface RowsOptions {
  /** Takes the oldest rows, in order, when there are more than are kept and all of them have ended. Default: all are kept. */
  readonly tell?: (rows: RowColumns) => void;
  /** Most rows that are kept, if the oldest have ended. Default about 260,000. */
  readonly kept?: number;
}

/** Room for so many rows. */
export function emptyRows(length: number): RowColumns {
  return {
    length,
    n: new Float64Array(length),
    dueAt: new Float64Array(length),
    startedAt: new Float64Array(length),
    endedAt: new Float64Array(length),
    outcome: new Uint8Array(length),
    category: new Uint16Array(length),
    categories: [],
  };
}

/** The operations of a generator in the order in which they became due. A row that is never ended stays `unsent`. */
export class Rows {
  readonly #tell: RowsOptions['tell'];
  readonly #kept: number;
  #chunks: Chunk[] = [];
  /** Row at which the first chunk begins: those before it were told. */
  #begin = 0;
  #length = 0;
  readonly #categories = new Map<string, number>([['unsent', 0]]);
  #operations = 0;
  #errors = 0;

  constructor({ tell, kept = mostKept }: RowsOptions = {}) {
    this.#tell = tell;
    this.#kept = kept;
  }

  /** A new row for request `n`. */
  add(n: number, dueAt: number, startedAt: number): number {
    const row = this.#length++;
    const place = row % chunkLength;
    if (place === 0) this.#chunks.push(new Chunk());
    const chunk = this.#chunkOf(row);
    chunk.length = place + 1;
    chunk.numbers.n[place] = n;
    chunk.numbers.dueAt[place] = dueAt;
    chunk.numbers.startedAt[place] = startedAt;
    chunk.numbers.endedAt[place] = Number.NaN;
    chunk.numbers.outcome[place] = outcomes.indexOf('failed');
    return row;
  }

  /** Corrects the instant at which the row's request was sent. */
  start(row: number, at: number): void {
    this.#chunkOf(row).numbers.startedAt[row % chunkLength] = at;
  }

  /** Ends a row. Each row must be ended at most once. */
  end(row: number, at: number, verdict: Classification): void {
    const chunk = this.#chunkOf(row);
    const place = row % chunkLength;
    chunk.numbers.endedAt[place] = at;
    chunk.numbers.outcome[place] = outcomes.indexOf(verdict.outcome);
    chunk.numbers.category[place] = this.#codeOf(verdict.category);
    chunk.ended++;
    if ((chunk.numbers.n[place] as number) >= 0) {
      this.#operations++;
      if (verdict.outcome !== 'ok') this.#errors++;
    }
    if (chunk.ended === chunkLength) this.#tellOldest();
  }

  /** Keeps what the answer to a row's request said, a row that was not ended yet. */
  read(row: number, value: string | undefined): void {
    if (value === undefined) return;
    const chunk = this.#chunkOf(row);
    chunk.read ??= Array.from({ length: chunkLength });
    chunk.read[row % chunkLength] = value;
  }

  /** Operations that ended, without those of the warm-up. */
  get progress(): { readonly operations: number; readonly errors: number } {
    return { operations: this.#operations, errors: this.#errors };
  }

  /** The rows that were not told, copied to their exact length. */
  columns(): RowColumns {
    const length = this.#length - this.#begin;
    const rows = { ...emptyRows(length), categories: [...this.#categories.keys()] };
    for (const [index, chunk] of this.#chunks.entries()) {
      for (const name of Object.keys(chunk.numbers) as (keyof Numbers)[]) {
        rows[name].set(chunk.numbers[name].subarray(0, chunk.length), index * chunkLength);
      }
    }
    if (this.#chunks.every(({ read }) => !read)) return rows;
    const read = this.#chunks.flatMap((chunk) =>
      (chunk.read ?? Array.from({ length: chunk.length })).slice(0, chunk.length),
    );
    return { ...rows, read };
  }

  #codeOf(category: string): number {
    const known = this.#categories.get(category);
    if (known !== undefined) return known;
    const code = this.#categories.size;
    if (code >= mostCategories && !meaningful.has(category)) return this.#codeOf(otherError);
    this.#categories.set(category, code);
    return code;
  }

  #chunkOf(row: number): Chunk {
    return this.#chunks[Math.floor((row - this.#begin) / chunkLength)] as Chunk;
  }

  #tellOldest(): void {
    if (!this.#tell) return;
    for (let [oldest] = this.#chunks; oldest; [oldest] = this.#chunks) {
      if (oldest.ended < chunkLength || this.#length - this.#begin <= this.#kept) return;
      this.#chunks.shift();
      this.#begin += chunkLength;
      const { numbers, read } = oldest;
      this.#tell({
        length: chunkLength,
        ...numbers,
        categories: [...this.#categories.keys()],
        ...(read && { read }),
      });
    }
  }
}
