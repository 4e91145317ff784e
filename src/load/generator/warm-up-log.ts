import type { ArrivalQueue } from './arrival-queue.ts';
import type { Port } from './protocol.ts';

/** Tells what happens in each window of the warm-up, in the generator. */
export class WarmUpLog {
  readonly #port: Port;
  readonly #queue: ArrivalQueue;
  readonly #from: number;
  readonly #length: number;
  #index = 0;
  #sent = 0;
  #latencies: number[] = [];

  /**
   * @param from the instant at which the warm-up begins
   * @param length milliseconds of a window
   */
  constructor(port: Port, queue: ArrivalQueue, from: number, length: number) {
    this.#port = port;
    this.#queue = queue;
    this.#from = from;
    this.#length = length;
  }

  /** An operation of the warm-up was sent. */
  sent(): void {
    this.#sent++;
  }

  /** An operation of the warm-up ended, that many milliseconds after it was due. */
  ended(latency: number): void {
    this.#latencies.push(latency);
  }

  /** Tells of the windows that are over at `at`. */
  tellUntil(at: number): void {
    for (let end = this.#end(1); end <= at; end = this.#end(1)) {
      const due = this.#queue.dueBy(end) - this.#queue.dueBy(this.#end(0));
      const latencies = Float64Array.from(this.#latencies);
      this.#port.tell({ kind: 'window', window: { index: this.#index, due, sent: this.#sent, latencies } });
      this.#index++;
      this.#sent = 0;
      this.#latencies = [];
    }
  }

  #end(further: number): number {
    return this.#from + (this.#index + further) * this.#length;
  }
}
