import { Fifo } from '../../fifo.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import type { Port } from './protocol.ts';

/** The generator's end of a {@link Feed}: requests that were made ahead, in their order. */
export class Inbox {
  readonly #port: Port;
  readonly #sequence: number;
  readonly #requests = new Fifo<PreparedRequest>();
  #taken = 0;
  #asked = 0;

  constructor(port: Port, sequence: number) {
    this.#port = port;
    this.#sequence = sequence;
  }

  /** Index in the sequence of the request that `take` returns next. */
  get taken(): number {
    return this.#taken;
  }

  /** How many requests are here, ready to be sent. */
  get ready(): number {
    return this.#requests.length;
  }

  /** How many requests were asked for and have not come yet; the sequence must not end before. */
  get missing(): number {
    return this.#asked - this.#taken - this.#requests.length;
  }

  /** Asks for the requests up to the one before index `until`, if they were not asked for yet. */
  want(until: number): void {
    if (until <= this.#asked) return;
    this.#asked = until;
    this.#port.tell({ kind: 'want', sequence: this.#sequence, until });
  }

  put(requests: readonly PreparedRequest[]): void {
    for (const request of requests) this.#requests.push(request);
  }

  /** The next request; undefined when the look-ahead is empty. */
  take(): PreparedRequest | undefined {
    const request = this.#requests.shift();
    if (request) this.#taken++;
    return request;
  }
}
