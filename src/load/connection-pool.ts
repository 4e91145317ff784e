import type { Ending } from './classify.ts';
import { Connection, Exchange } from './connection.ts';
import { Fifo } from './fifo.ts';
import type { PreparedRequest } from './prepare.ts';

/**
 * Most connections that are being opened at a time. To open one costs both sides ten times a request: a generator that came
 * late and opened one for each request that is due would come later still, and take the app with it.
 */
const mostOpening = 100;
/** A connect that takes longer, in milliseconds, is the app's doing, and holds nobody else up. */
const ownBustle = 100;

/** A request that has, or waits for, its connection. */
interface Job {
  readonly request: PreparedRequest;
  readonly exchange: Exchange;
  /** While its connection is being opened: tells that this is over. */
  opened: (() => void) | undefined;
}

/**
 * Connections as needed: an idle one is used again, the last used first; another is opened when none is idle. A request that
 * waits for its connection waits on the app's time.
 */
export class ConnectionPool {
  readonly #origin: string;
  readonly #timeout: number;
  readonly #idle: Connection[] = [];
  readonly #waiting = new Fifo<Job>();
  #opening = 0;

  /**
   * @param origin `http://127.0.0.1:41234`
   * @param timeout milliseconds after which the owner gives up on a request
   */
  constructor(origin: string, timeout: number) {
    this.#origin = origin;
    this.#timeout = timeout;
  }

  /** Sends a request as soon as there is a connection for it: nearly always at once. */
  send(request: PreparedRequest, ended: (ending: Ending) => void): Exchange {
    const exchange: Exchange = new Exchange({
      started: () => job.opened?.(),
      ended: (ending) => {
        const { carrier } = exchange;
        // undici allows no dispatch while it reports an error: the connection is free a moment later.
        if (carrier && ending.kind === 'answered') this.#release(carrier);
        else if (carrier) queueMicrotask(() => this.#release(carrier));
        job.opened?.();
        ended(ending);
      },
    });
    const job: Job = { request, exchange, opened: undefined };
    const idle = this.#idle.pop();
    if (idle) idle.carry(request, exchange);
    else if (this.#opening < mostOpening) this.#open(job);
    else this.#waiting.push(job);
    return exchange;
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  #open(job: Job): void {
    this.#opening++;
    const opened = () => {
      job.opened = undefined;
      clearTimeout(slow);
      this.#opening--;
      const next = this.#nextWaiting();
      if (next) this.#open(next);
    };
    const slow = setTimeout(opened, ownBustle);
    job.opened = opened;
    new Connection(this.#origin, this.#timeout).carry(job.request, job.exchange);
  }

  #release(connection: Connection): void {
    const next = this.#nextWaiting();
    if (next) connection.carry(next.request, next.exchange);
    else this.#idle.push(connection);
  }

  /** The first that waits and was not given up. */
  #nextWaiting(): Job | undefined {
    let job = this.#waiting.shift();
    while (job?.exchange.ended) job = this.#waiting.shift();
    return job;
  }
}
