import { emptyColumn, type Measurements, makeColumns, measuredNames, outcomes } from '../../recording/columns.ts';
import { Dictionary } from '../../recording/dictionary.ts';
import type { Classification } from '../http/classify.ts';
import { joinRows, type RowColumns, rowColumnNames, sliceRows } from './row-columns.ts';

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

/** Some rows in a row. */
class RowChunk {
  readonly n = new Float64Array(chunkLength);
  readonly numbers = makeColumns(rowColumnNames, (name) => emptyColumn(name, chunkLength));
  /** Only where a row was read. */
  read: (string | undefined)[] | undefined;
  length = 0;
  /** Rows that were ended. */
  ended = 0;

  /** Its rows, as views. */
  rows(categories: readonly string[]): RowColumns {
    const { length, n, numbers, read } = this;
    return sliceRows({ length, n, ...numbers, categories, ...(read && { read }) }, 0, length);
  }
}

/** What becomes of the rows of a long run. */
export interface RowsOptions {
  /**
   * Takes the oldest rows, in order, when there are more than are kept and all of them have ended. Default: all are
   * kept.
   */
  readonly tell?: (rows: RowColumns) => void;
  /** Most rows that are kept, if the oldest have ended. Default about 260,000. */
  readonly kept?: number;
}

/** The operations of a generator in the order in which they became due. A row that is never ended stays `unsent`. */
export class Rows {
  readonly #tell: RowsOptions['tell'];
  readonly #kept: number;
  #chunks: RowChunk[] = [];
  /** Row at which the first chunk begins: those before it were told. */
  #begin = 0;
  #length = 0;
  readonly #categories = new Dictionary('categories');
  #operations = 0;
  #errors = 0;

  constructor({ tell, kept = mostKept }: RowsOptions = {}) {
    this.#tell = tell;
    this.#kept = kept;
    // The code of a row that is not ended.
    this.#categories.codeOf('unsent');
  }

  /** A new row for request `n`. */
  add(n: number, dueAt: number, startedAt: number): number {
    const row = this.#length++;
    const place = row % chunkLength;
    if (place === 0) this.#chunks.push(new RowChunk());
    const chunk = this.#chunkOf(row);
    chunk.length = place + 1;
    chunk.n[place] = n;
    chunk.numbers.dueAt[place] = dueAt;
    chunk.numbers.startedAt[place] = startedAt;
    return row;
  }

  /** Corrects the instant at which the row's request was sent. */
  start(row: number, at: number): void {
    this.#chunkOf(row).numbers.startedAt[row % chunkLength] = at;
  }

  /** Ends a row, with what was measured of it besides its instants. Each row must be ended at most once. */
  end(row: number, at: number, verdict: Classification, measured: Measurements = {}): void {
    const chunk = this.#chunkOf(row);
    const place = row % chunkLength;
    chunk.numbers.endedAt[place] = at;
    chunk.numbers.outcome[place] = outcomes.indexOf(verdict.outcome);
    chunk.numbers.category[place] = this.#codeOf(verdict.category);
    for (const name of measuredNames) {
      const value = measured[name];
      if (value !== undefined) chunk.numbers[name][place] = value;
    }
    chunk.ended++;
    if ((chunk.n[place] as number) >= 0) {
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

  /** The rows that were not told, in parts. */
  parts(): RowColumns[] {
    const categories = this.#categories.texts;
    return this.#chunks.map((chunk) => chunk.rows(categories));
  }

  /** The same in one. */
  columns(): RowColumns {
    return joinRows(this.parts());
  }

  #codeOf(category: string): number {
    const surplus = this.#categories.size >= mostCategories && !this.#categories.has(category);
    return this.#categories.codeOf(surplus && !meaningful.has(category) ? otherError : category);
  }

  #chunkOf(row: number): RowChunk {
    return this.#chunks[Math.floor((row - this.#begin) / chunkLength)] as RowChunk;
  }

  #tellOldest(): void {
    if (!this.#tell) return;
    for (let [oldest] = this.#chunks; oldest; [oldest] = this.#chunks) {
      if (oldest.ended < chunkLength || this.#length - this.#begin <= this.#kept) return;
      this.#chunks.shift();
      this.#begin += chunkLength;
      this.#tell(oldest.rows(this.#categories.texts));
    }
  }
}
