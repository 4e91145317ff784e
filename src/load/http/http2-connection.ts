import { type ClientHttp2Session, connect } from 'node:http2';
import type { Socket } from 'node:net';
import { endingOf } from './classify.ts';
import type { Dialer } from './dialer.ts';
import type { Carrier, Http2Exchange } from './http2-exchange.ts';

/** Who owns HTTP/2 connections. */
export interface Http2Owner {
  /** It takes no more requests. */
  retired(connection: Http2Connection): void;
  /** It cannot carry all that it was given; these were not sent. */
  overflowed(exchanges: readonly Http2Exchange[]): void;
}

/** Requests that a connection is given before the app said how many it takes at a time. */
const presumed = 100;

/**
 * One HTTP/2 connection: many requests at a time, as many as the app allows. node:http2 sends nothing a second time,
 * where undici's client sends a request again that a GOAWAY or a REFUSED_STREAM turned down.
 */
export class Http2Connection implements Carrier {
  readonly #dialer: Dialer;
  readonly #owner: Http2Owner;
  readonly #exchanges = new Set<Http2Exchange>();
  readonly #socket: Socket;
  #session: ClientHttp2Session | undefined;
  #open = false;
  #retired = false;
  #limit = presumed;
  /** How many answers began here. */
  #answers = 0;
  /** The same when each request was given to the connection. */
  readonly #answersBefore = new WeakMap<Http2Exchange, number>();

  constructor(dialer: Dialer, owner: Http2Owner) {
    this.#dialer = dialer;
    this.#owner = owner;
    this.#socket = dialer.open((error, socket) => {
      if (error) this.#lost(error);
      else this.#begin(socket);
    });
  }

  /** Whether it can take one more request. After a GOAWAY the session closes by itself. */
  get hasRoom(): boolean {
    if (this.#retired || this.#session?.closed || this.#session?.destroyed) return false;
    return this.#exchanges.size < this.#limit;
  }

  /** Sends a request as soon as the connection is open. */
  carry(exchange: Http2Exchange): void {
    exchange.carrier = this;
    this.#exchanges.add(exchange);
    this.#answersBefore.set(exchange, this.#answers);
    if (this.#open && this.#session) exchange.start(this.#session);
  }

  heard(): void {
    this.#answers++;
  }

  finished(exchange: Http2Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#retired) this.#closeWhenIdle();
  }

  /** A connection that answered nothing in the whole time of a request is used no more, as one of HTTP/1.1 is cut. */
  expired(exchange: Http2Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#answersBefore.get(exchange) === this.#answers) this.#retire();
    if (this.#retired) this.#closeWhenIdle();
  }

  /** Takes no more requests, and closes when those that it has are over. */
  close(): void {
    this.#retire();
    this.#closeWhenIdle();
  }

  #begin(socket: Socket): void {
    const session = connect(this.#dialer.transport.origin, {
      createConnection: () => socket,
      settings: { enablePush: false },
    });
    this.#session = session;
    let failure: Error | undefined;
    session.on('error', (error) => {
      failure = error;
    });
    session.on('close', () => this.#lost(failure));
    session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      // Zero means wait: the session does.
      this.#limit = Math.max(1, maxConcurrentStreams ?? Number.POSITIVE_INFINITY);
      if (!this.#open) this.#opened(session);
    });
    session.on('goaway', (_code, last) => this.#turnedAway(last));
  }

  #opened(session: ClientHttp2Session): void {
    this.#open = true;
    const given = [...this.#exchanges];
    const surplus = given.slice(this.#limit);
    for (const exchange of surplus) this.#exchanges.delete(exchange);
    for (const exchange of given.slice(0, this.#limit)) exchange.start(session);
    if (surplus.length > 0) this.#owner.overflowed(surplus);
  }

  /** The app is going away: it has not looked, and will not look, at requests after number `last`. */
  #turnedAway(last: number | undefined): void {
    if (last === undefined) return;
    for (const exchange of [...this.#exchanges]) {
      if (exchange.id === undefined || exchange.id > last) exchange.end({ kind: 'reset', sent: false });
    }
  }

  #lost(error: Error | undefined): void {
    this.#retire();
    for (const exchange of [...this.#exchanges]) exchange.end(endingOf(error, exchange.sent));
  }

  #retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#owner.retired(this);
  }

  #closeWhenIdle(): void {
    if (this.#exchanges.size > 0) return;
    if (this.#session) this.#session.close();
    else this.#socket.destroy();
  }
}
