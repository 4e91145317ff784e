import { outcomes } from '../recording/columns.ts';
import type { Classification } from './classify.ts';

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
}

/** The operations of a generator in the order in which they became due. A row that is never ended stays `unsent`. */
export class Rows {
  #length = 0;
  #capacity = 4_096;
  #n = new Float64Array(this.#capacity);
  #dueAt = new Float64Array(this.#capacity);
  #startedAt = new Float64Array(this.#capacity);
  #endedAt = new Float64Array(this.#capacity);
  #outcome = new Uint8Array(this.#capacity);
  #category = new Uint16Array(this.#capacity);
  readonly #categories = new Map<string, number>([['unsent', 0]]);
  #operations = 0;
  #errors = 0;

  /** A new row for request `n`. */
  add(n: number, dueAt: number, startedAt: number): number {
    const row = this.#length++;
    if (row === this.#capacity) this.#grow();
    this.#n[row] = n;
    this.#dueAt[row] = dueAt;
    this.#startedAt[row] = startedAt;
    this.#endedAt[row] = Number.NaN;
    this.#outcome[row] = outcomes.indexOf('failed');
    return row;
  }

  /** Corrects the instant at which the row's request was sent. */
  start(row: number, at: number): void {
    this.#startedAt[row] = at;
  }

  /** Ends a row. Each row must be ended at most once. */
  end(row: number, at: number, verdict: Classification): void {
    this.#endedAt[row] = at;
    this.#outcome[row] = outcomes.indexOf(verdict.outcome);
    let code = this.#categories.get(verdict.category);
    if (code === undefined) {
      code = this.#categories.size;
      this.#categories.set(verdict.category, code);
    }
    this.#category[row] = code;
    if ((this.#n[row] as number) < 0) return;
    this.#operations++;
    if (verdict.outcome !== 'ok') this.#errors++;
  }

  /** Operations that ended, without those of the warm-up. */
  get progress(): { readonly operations: number; readonly errors: number } {
    return { operations: this.#operations, errors: this.#errors };
  }

  /** The rows, copied to their exact length. */
  columns(): RowColumns {
    const length = this.#length;
    return {
      length,
      n: this.#n.slice(0, length),
      dueAt: this.#dueAt.slice(0, length),
      startedAt: this.#startedAt.slice(0, length),
      endedAt: this.#endedAt.slice(0, length),
      outcome: this.#outcome.slice(0, length),
      category: this.#category.slice(0, length),
      categories: [...this.#categories.keys()],
    };
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#n = copied(this.#n, new Float64Array(this.#capacity));
    this.#dueAt = copied(this.#dueAt, new Float64Array(this.#capacity));
    this.#startedAt = copied(this.#startedAt, new Float64Array(this.#capacity));
    this.#endedAt = copied(this.#endedAt, new Float64Array(this.#capacity));
    this.#outcome = copied(this.#outcome, new Uint8Array(this.#capacity));
    this.#category = copied(this.#category, new Uint16Array(this.#capacity));
  }
}

function copied<T extends Float64Array | Uint8Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
