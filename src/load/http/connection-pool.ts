import { Fifo } from '../../fifo.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import type { AnswerReader } from './answer.ts';
import { type Ending, nothingSent } from './classify.ts';
import { type ExchangeObserver, HttpConnection, HttpExchange } from './connection.ts';
import type { Dialer } from './dialer.ts';
import type { RequestPool } from './request-pool.ts';

/**
 * Most connections that are being opened at a time. To open one costs both sides ten times a request: a generator that
 * came late and opened one for each request that is due would come later still, and take the app with it.
 */
const mostOpening = 100;
/**
 * Most connections. A machine has some 28,000 ports for them, and where half of these are taken it takes a millisecond
 * to find another.
 */
const mostConnections = 10_000;
/** A connect that takes longer, in milliseconds, is the app's doing, and holds nobody else up. */
const ownBustle = 100;
/**
 * Between two tries to open one more connection than this machine has ports or files for, in milliseconds. A try can
 * take a millisecond to fail: to try for each of thousands that wait would be a standstill of as many seconds.
 */
const untilNextTry = 100;

/** Where the connections of requests come from. */
interface Carriers {
  /** There are as many as this machine can open, or as we want to. */
  readonly exhausted: boolean;
  /** A request is done with its connection. */
  ended(connection: HttpConnection, ending: Ending): void;
}

/** A request that has, or waits for, its connection: one object for each request, since there are many. */
class Job implements ExchangeObserver {
  readonly request: PreparedRequest;
  readonly reader: AnswerReader | undefined;
  readonly exchange: HttpExchange;
  readonly #carriers: Carriers;
  readonly #tell: (ending: Ending) => void;
  /** While its connection is being opened: tells that this is over, and how it ended if it came to nothing. */
  opened: ((ending?: Ending) => void) | undefined;

  constructor(
    request: PreparedRequest,
    carriers: Carriers,
    tell: (ending: Ending) => void,
    reader: AnswerReader | undefined,
  ) {
    this.request = request;
    this.reader = reader;
    this.#carriers = carriers;
    this.#tell = tell;
    this.exchange = new HttpExchange(this);
  }

  started(): void {
    this.opened?.();
  }

  ended(ending: Ending): void {
    const { carrier } = this.exchange;
    if (carrier) this.#carriers.ended(carrier, ending);
    this.opened?.(ending);
    // It waited for nothing that the app could have done.
    this.#tell(!carrier && this.#carriers.exhausted ? { kind: 'unsent', ...nothingSent } : ending);
  }
}

/**
 * HTTP/1.1 connections as needed: an idle one is used again, the last used first; another is opened when none is idle.
 * A request that waits for its connection waits on the app's time, unless there can be no more of them.
 */
export class ConnectionPool implements RequestPool, Carriers {
  readonly #dialer: Dialer;
  readonly #idle: HttpConnection[] = [];
  readonly #waiting = new Fifo<Job>();
  #connections = 0;
  #opening = 0;
  #exhausted = false;
  #resting = false;

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  get exhausted(): boolean {
    return this.#exhausted || this.#connections >= mostConnections;
  }

  /** Sends a request as soon as there is a connection for it: nearly always at once. */
  send(request: PreparedRequest, ended: (ending: Ending) => void, reader?: AnswerReader): HttpExchange {
    const job = new Job(request, this, ended, reader);
    const idle = this.#nextIdle();
    if (idle) idle.carry(request, job.exchange);
    else if (this.#mayOpen) this.#open(job);
    else this.#waiting.push(job);
    return job.exchange;
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  ended(connection: HttpConnection, { kind }: Ending): void {
    if (kind === 'unsent') this.#rest();
    // undici allows no dispatch while it reports an error: the connection is free a moment later.
    if (kind === 'answered') this.#release(connection);
    else queueMicrotask(() => this.#release(connection));
  }

  get #mayOpen(): boolean {
    return this.#opening < mostOpening && !this.exhausted;
  }

  #nextIdle(): HttpConnection | undefined {
    let connection = this.#idle.pop();
    while (connection && !connection.open) {
      this.#connections--;
      connection = this.#idle.pop();
    }
    return connection;
  }

  #open(job: Job): void {
    this.#opening++;
    this.#connections++;
    const opened = (ending?: Ending) => {
      job.opened = undefined;
      clearTimeout(slow);
      if (ending?.kind !== 'unsent') this.#exhausted = false;
      this.#opening--;
      this.#openWaiting();
    };
    const slow = setTimeout(opened, ownBustle);
    job.opened = opened;
    new HttpConnection(this.#dialer).carry(job.request, job.exchange);
  }

  #release(connection: HttpConnection): void {
    // One that was cut is as good as none: to open it again is to open another.
    if (!connection.open) {
      this.#connections--;
      this.#openWaiting();
      return;
    }
    const next = this.#nextWaiting();
    if (next) connection.carry(next.request, next.exchange);
    else this.#idle.push(connection);
  }

  #openWaiting(): void {
    while (this.#mayOpen) {
      const next = this.#nextWaiting();
      if (!next) return;
      this.#open(next);
    }
  }

  /** No more connections are opened until one could be: one try now and then. */
  #rest(): void {
    this.#exhausted = true;
    if (this.#resting) return;
    this.#resting = true;
    setTimeout(() => {
      this.#resting = false;
      const next = this.#nextWaiting();
      if (next) this.#open(next);
      else this.#exhausted = false;
    }, untilNextTry);
  }

  /** The first that waits and was not given up. */
  #nextWaiting(): Job | undefined {
    let job = this.#waiting.shift();
    while (job?.exchange.ended) job = this.#waiting.shift();
    return job;
  }
}
