import { meanOf, nearestRank, type Sorted } from './order.ts';

/**
 * At each rank the greater of two samples' values: as many as the first has, each compared with the second at the same
 * share.
 */
export class Higher implements Sorted {
  readonly length: number;
  readonly #values: Sorted;
  readonly #others: Sorted;

  constructor(values: Sorted, others: Sorted) {
    this.length = values.length;
    this.#values = values;
    this.#others = others;
  }

  get mean(): number {
    return Math.max(meanOf(this.#values), meanOf(this.#others));
  }

  at(index: number): number | undefined {
    const value = this.#values.at(index);
    if (value === undefined) return undefined;
    const rank = nearestRank(this.#others.length, (index + 1) / this.length);
    return Math.max(value, this.#others.at(rank - 1) ?? value);
  }

  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.length; index++) yield this.at(index) as number;
  }
}
