import { Histogram } from './histogram.ts';
import type { Sorted } from './order.ts';

/** Values of which each is kept; beyond, they are counted in a histogram. */
export const mostKept = 1_000_000;

/**
 * Collects values from 0 to +Infinity, to have them in ascending order: every one of them, or when there are very many
 * a {@link Histogram}.
 */
export class Collector {
  readonly #limit: number;
  readonly #side: 'low' | 'high';
  #values = new Float64Array(1_024);
  #length = 0;
  #histogram: Histogram | undefined;

  /**
   * @param side to which a value may be wrong where there are too many
   * @param limit most values that are kept
   */
  constructor(side: 'low' | 'high', limit = mostKept) {
    this.#side = side;
    this.#limit = limit;
  }

  push(value: number): void {
    if (this.#histogram) {
      this.#histogram.push(value);
      return;
    }
    if (this.#length === this.#limit) {
      this.#histogram = new Histogram(this.#side);
      for (const kept of this.#values.subarray(0, this.#length)) this.#histogram.push(kept);
      this.#histogram.push(value);
      this.#values = new Float64Array(0);
      return;
    }
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The values in ascending order. Nothing can be added afterwards. */
  sorted(): Sorted {
    return this.#histogram ?? this.#values.subarray(0, this.#length).sort();
  }
}
