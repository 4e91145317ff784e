import { Fifo } from '../../fifo.ts';

/** What can run out of time. */
export interface Expiring {
  readonly ended: boolean;
  /** To expire it costs nothing. */
  readonly free?: boolean;
  expire(): void;
}

/**
 * DeadlineQueue that are all the same time away, so that the first to start is the first to expire: one queue instead
 * of a timer each. Instants are those of a clock that the owner chooses.
 */
export class DeadlineQueue {
  readonly #timeout: number;
  readonly #waiting = new Fifo<{ readonly item: Expiring; readonly deadline: number }>();
  /** Their deadline has passed. */
  readonly #over = new Fifo<Expiring>();

  /** @param timeout milliseconds from the start of an item to its deadline */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** An item started at `at`. Starts must not go back in time. */
  start(item: Expiring, at: number): void {
    this.#waiting.push({ item, deadline: at + this.#timeout });
  }

  /**
   * Expires the items whose deadline is at or before `at`.
   * @param most of them, apart from those with `free`, that are expired now
   * @returns whether there are more
   */
  expire(at: number, most = Number.POSITIVE_INFINITY): boolean {
    for (let next = this.#waiting.first; next; next = this.#waiting.first) {
      const { item, deadline } = next;
      if (!item.ended && deadline > at) break;
      this.#waiting.shift();
      // Those that cost nothing go first, or they would take the place of those that do.
      if (item.free && !item.ended) item.expire();
      else if (!item.ended) this.#over.push(item);
    }
    for (let expired = 0; expired < most && this.#over.length > 0; ) {
      const item = this.#over.shift();
      if (!item || item.ended) continue;
      item.expire();
      expired++;
    }
    return this.#over.length > 0;
  }
}
