import { Fifo } from './fifo.ts';

/** What can run out of time. */
export interface Expiring {
  readonly ended: boolean;
  expire(): void;
}

/**
 * Deadlines that are all the same time away, so that the first to start is the first to expire: one queue instead of a
 * timer each. Instants are those of a clock that the owner chooses.
 */
export class Deadlines {
  readonly #timeout: number;
  readonly #waiting = new Fifo<{ readonly item: Expiring; readonly deadline: number }>();

  /** @param timeout milliseconds from the start of an item to its deadline */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** An item started at `at`. Starts must not go back in time. */
  start(item: Expiring, at: number): void {
    this.#waiting.push({ item, deadline: at + this.#timeout });
  }

  /** Expires the items whose deadline is at or before `at`. */
  expire(at: number): void {
    for (let next = this.#waiting.first; next; next = this.#waiting.first) {
      if (!next.item.ended && next.deadline > at) return;
      this.#waiting.shift();
      if (!next.item.ended) next.item.expire();
    }
  }
}
