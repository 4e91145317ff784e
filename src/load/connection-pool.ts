import type { AnswerReader } from './answer.ts';
import type { Ending } from './classify.ts';
import { Connection, Exchange, type Observer } from './connection.ts';
import type { Dialer } from './dialer.ts';
import { Fifo } from './fifo.ts';
import type { PreparedRequest } from './prepare.ts';
import type { RequestPool } from './request-pool.ts';

/**
 * Most connections that are being opened at a time. To open one costs both sides ten times a request: a generator that came
 * late and opened one for each request that is due would come later still, and take the app with it.
 */
const mostOpening = 100;
/** A connect that takes longer, in milliseconds, is the app's doing, and holds nobody else up. */
const ownBustle = 100;

/** Who is told that a connection is free again. */
type Release = (connection: Connection, ending: Ending) => void;

/** A request that has, or waits for, its connection: one object for each request, since there are many. */
class Job implements Observer {
  readonly request: PreparedRequest;
  readonly reader: AnswerReader | undefined;
  readonly exchange: Exchange;
  readonly #release: Release;
  readonly #tell: (ending: Ending) => void;
  /** While its connection is being opened: tells that this is over. */
  opened: (() => void) | undefined;

  constructor(
    request: PreparedRequest,
    release: Release,
    tell: (ending: Ending) => void,
    reader: AnswerReader | undefined,
  ) {
    this.request = request;
    this.reader = reader;
    this.#release = release;
    this.#tell = tell;
    this.exchange = new Exchange(this);
  }

  started(): void {
    this.opened?.();
  }

  ended(ending: Ending): void {
    const { carrier } = this.exchange;
    if (carrier) this.#release(carrier, ending);
    this.opened?.();
    this.#tell(ending);
  }
}

/**
 * HTTP/1.1 connections as needed: an idle one is used again, the last used first; another is opened when none is idle. A request that
 * waits for its connection waits on the app's time.
 */
export class ConnectionPool implements RequestPool {
  readonly #dialer: Dialer;
  readonly #idle: Connection[] = [];
  readonly #waiting = new Fifo<Job>();
  readonly #ended: Release = (connection, { kind }) => {
    // undici allows no dispatch while it reports an error: the connection is free a moment later.
    if (kind === 'answered') this.#release(connection);
    else queueMicrotask(() => this.#release(connection));
  };
  #opening = 0;

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  /** Sends a request as soon as there is a connection for it: nearly always at once. */
  send(request: PreparedRequest, ended: (ending: Ending) => void, reader?: AnswerReader): Exchange {
    const job = new Job(request, this.#ended, ended, reader);
    const idle = this.#idle.pop();
    if (idle) idle.carry(request, job.exchange);
    else if (this.#opening < mostOpening) this.#open(job);
    else this.#waiting.push(job);
    return job.exchange;
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
    new Connection(this.#dialer).carry(job.request, job.exchange);
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
