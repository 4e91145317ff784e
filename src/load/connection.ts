import { Client, type Dispatcher, errors } from 'undici';
import { type Ending, endingOf } from './classify.ts';
import type { Expiring } from './deadlines.ts';
import type { PreparedRequest } from './prepare.ts';

/** Who is told what becomes of a request. */
export interface Observer {
  /** It is being written to the connection. */
  started?(): void;
  /** It ended; called exactly once. */
  ended(ending: Ending): void;
}

/**
 * One HTTP/1.1 connection: one request at a time, kept alive, opened again when needed. undici has nothing queued behind the
 * request that runs, so it has nothing that it could send a second time.
 */
export class Connection {
  readonly #origin: string;
  readonly #connectTimeout: number;
  #client: Client;

  /**
   * @param origin `http://127.0.0.1:41234`
   * @param timeout milliseconds after which the owner gives up on a request, by {@link Exchange.expire}
   */
  constructor(origin: string, timeout: number) {
    this.#origin = origin;
    // Later than the owner's deadline, so that the deadline decides.
    this.#connectTimeout = Math.ceil(timeout) + 1_000;
    this.#client = this.#fresh();
  }

  /** Whether the connection is open now. */
  get open(): boolean {
    return this.#client.stats.connected;
  }

  /** Sends a request. The previous one must have ended. */
  send(request: PreparedRequest, observer: Observer): Exchange {
    const exchange = new Exchange(observer);
    this.carry(request, exchange);
    return exchange;
  }

  /** Sends the request of an exchange that waited for a connection. */
  carry(request: PreparedRequest, exchange: Exchange): void {
    exchange.carrier = this;
    this.#client.dispatch(
      // undici only reads the list of headers.
      { method: request.method, path: request.path, headers: request.headers as string[], body: request.body },
      exchange,
    );
  }

  /** Cuts the connection; the next request opens another. */
  close(): void {
    const old = this.#client;
    this.#client = this.#fresh();
    // Its request is told through the exchange; nothing else can come of it.
    old.destroy(() => {});
  }

  #fresh(): Client {
    return new Client(this.#origin, {
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connectTimeout: this.#connectTimeout,
    });
  }
}

/** A request on its way: ends exactly once. */
export class Exchange implements Dispatcher.DispatchHandler, Expiring {
  readonly #observer: Observer;
  /** The connection that it was given to. */
  carrier: Connection | undefined;
  #ended = false;
  #sent = false;
  #status = 0;

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Gives the request up and cuts its connection. */
  expire(): void {
    if (this.#ended) return;
    // Cut first: the observer may use the connection at once.
    this.#ended = true;
    this.carrier?.close();
    this.#observer.ended({ kind: 'timeout', sent: this.#sent });
  }

  onRequestStart(): void {
    this.#sent = true;
    this.#observer.started?.();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(): void {
    // The answer must be read to its end; what it says is not the load's business.
  }

  onResponseEnd(): void {
    this.#end({ kind: 'answered', status: this.#status });
  }

  /** @throws errors.InvalidArgumentError for a request that undici cannot send: that is nothing the app did */
  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (error instanceof errors.InvalidArgumentError) throw error;
    this.#end(endingOf(error, this.#sent));
  }

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#observer.ended(ending);
  }
}
