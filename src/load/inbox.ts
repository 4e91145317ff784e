import type { MessagePort } from 'node:worker_threads';
import { Fifo } from './fifo.ts';
import type { PreparedRequest } from './prepare.ts';
import { tell } from './protocol.ts';

/** The generator's end of a {@link Feed}: requests that were made ahead, in their order. */
export class Inbox {
  readonly #port: MessagePort;
  readonly #sequence: number;
  readonly #requests = new Fifo<PreparedRequest>();
  #taken = 0;
  #asked = 0;

  constructor(port: MessagePort, sequence: number) {
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

  /** Asks for the requests up to the one before index `until`, if they were not asked for yet. */
  want(until: number): void {
    if (until <= this.#asked) return;
    this.#asked = until;
    tell(this.#port, { kind: 'want', sequence: this.#sequence, until });
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
