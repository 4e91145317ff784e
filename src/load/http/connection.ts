import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { Client, type Dispatcher, errors } from 'undici';
import type { Measurements } from '../../recording/columns.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import type { AnswerReader } from './answer.ts';
import { type Ending, endingOf, nothingSent } from './classify.ts';
import type { Expiring } from './deadline-queue.ts';
import type { Dialer } from './dialer.ts';

/** Who is told what becomes of a request. */
export interface ExchangeObserver {
  /** Is told what the answer says. */
  readonly reader?: AnswerReader | undefined;
  /** It is being written to the connection. */
  started?(): void;
  /** It ended; called exactly once. */
  ended(ending: Ending): void;
}

/**
 * One HTTP/1.1 connection: one request at a time, kept alive, opened again when needed. undici has nothing queued
 * behind the request that runs, so it has nothing that it could send a second time.
 */
export class HttpConnection {
  readonly #dialer: Dialer;
  #client: Client;
  #socket: Socket | undefined;

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
    this.#client = this.#fresh();
  }

  /** Whether the connection is open now. */
  get open(): boolean {
    return this.#client.stats.connected;
  }

  /** Bytes that came in on the socket that is, or was, open last; 0 before there was one. */
  get bytesReceived(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  /** Bytes that were given to it. */
  get bytesSent(): number {
    return this.#socket?.bytesWritten ?? 0;
  }

  /** Sends a request. The previous one must have ended. */
  send(request: PreparedRequest, observer: ExchangeObserver): HttpExchange {
    const exchange = new HttpExchange(observer);
    this.carry(request, exchange);
    return exchange;
  }

  /** Sends the request of an exchange that waited for a connection. */
  carry(request: PreparedRequest, exchange: HttpExchange): void {
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
    return new Client(this.#dialer.transport.origin, {
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, dialed) => {
        this.#socket = this.#dialer.open(dialed);
      },
    });
  }
}

/** A request on its way: ends exactly once. */
export class HttpExchange implements Dispatcher.DispatchHandler, Expiring {
  readonly #observer: ExchangeObserver;
  /** The connection that it was given to. */
  carrier: HttpConnection | undefined;
  #ended = false;
  #sent = false;
  #status = 0;
  /** What had come in on its connection, and was given to it, before it was sent. */
  #receivedBefore = 0;
  #sentBefore = 0;

  constructor(observer: ExchangeObserver) {
    this.#observer = observer;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** It waits for a connection: nothing need be cut. */
  get free(): boolean {
    return this.carrier === undefined;
  }

  /** Gives the request up and cuts its connection. */
  expire(): void {
    if (this.#ended) return;
    const ending: Ending = { kind: 'timeout', sent: this.#sent, ...this.#bytes };
    // Cut first: the observer may use the connection at once.
    this.#ended = true;
    this.carrier?.close();
    this.#observer.ended(ending);
  }

  onRequestStart(): void {
    this.#sent = true;
    this.#receivedBefore = this.carrier?.bytesReceived ?? 0;
    this.#sentBefore = this.carrier?.bytesSent ?? 0;
    this.#observer.started?.();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#observer.reader?.head(status, headers);
  }

  /** The answer is read to its end, whether or not somebody wants to know what it says. */
  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#observer.reader?.chunk(chunk);
  }

  onResponseEnd(): void {
    this.#end({ kind: 'answered', status: this.#status, ...this.#bytes });
  }

  /** @throws errors.InvalidArgumentError for a request that undici cannot send: that is nothing the app did */
  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (error instanceof errors.InvalidArgumentError) throw error;
    const bytes = this.#bytes;
    this.#end({ ...endingOf(error, this.#sent, bytes.bytesReceived !== 0), ...bytes });
  }

  /** What this request alone took of its connection. */
  get #bytes(): Measurements {
    if (!this.#sent || !this.carrier) return nothingSent;
    const { bytesSent, bytesReceived } = this.carrier;
    return { bytesSent: bytesSent - this.#sentBefore, bytesReceived: bytesReceived - this.#receivedBefore };
  }

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#observer.ended(ending);
  }
}
