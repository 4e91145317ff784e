import type { Socket } from 'node:net';
import type { Client, Request } from 'autocannon';
import { type AutocannonInternals, internalsOf } from './autocannon-internals.ts';
import { type Ending, endingOf } from './classify.ts';
import type { PreparedRequest } from './prepare.ts';

/** Milliseconds until a connection that gave no answer is tried again: autocannon itself would try at once, for ever. */
const backOff = 100;

/** A request and which one of the load it is. */
export interface NumberedRequest {
  readonly n: number;
  readonly request: PreparedRequest;
}

/** What the connections of a closed loop share. */
export interface Loop {
  /** No more requests are to be sent. */
  readonly over: boolean;
  /** The next request; undefined while none is there: the connection then waits for {@link ClosedLoopConnection.resume}. */
  next(connection: ClosedLoopConnection): NumberedRequest | undefined;
  /** A request is about to be written. @returns who is to be told how it ended, once */
  started(request: NumberedRequest): (ending: Ending) => void;
  /** The connection has sent its last. */
  closed(connection: ClosedLoopConnection): void;
}

/**
 * One connection of autocannon, held to a stricter life than its own: each request ends exactly once and with its own answer.
 * autocannon keeps a stale queue and a half-fed parser across connections, does not notice an end in the middle of an
 * answer, sends on after `connection: close`, and reconnects without a pause. So connecting and sending pass through here.
 */
export class ClosedLoopConnection {
  readonly #client: AutocannonInternals;
  readonly #loop: Loop;
  #request: PreparedRequest | undefined;
  /** Ends the request in flight. */
  #end: ((ending: Ending) => void) | undefined;
  #connected = false;
  #answered = false;
  #closing = false;
  #informational = false;
  #finishing = false;
  #waiting = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  /** @throws Error when this autocannon has no such inside */
  constructor(client: Client, loop: Loop) {
    this.#client = internalsOf(client);
    this.#loop = loop;
    const connect = this.#client._connect.bind(client);
    const doRequest = this.#client._doRequest.bind(client);
    this.#client._connect = () => this.#reconnect(() => this.#open(connect));
    this.#client._doRequest = () => this.#sendNext(doRequest);
    this.#client.setRequests([{ setupRequest: (request) => this.#filled(request) }]);
    this.#client.on('headers', ({ shouldKeepAlive }: { shouldKeepAlive: boolean }) => {
      this.#closing = !shouldKeepAlive;
    });
    this.#client.on('response', (status: number) => this.#response(status));
    this.#client.on('connError', (error: Error) => this.#ended(endingOf(error, this.#connected)));
  }

  /** Requests are there again. */
  resume(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#client._doRequest();
  }

  /** Ends the connection unless a request is in flight: then its end will. */
  closeIfIdle(): void {
    if (!this.#end) this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#client.destroy();
    this.#loop.closed(this);
  }

  #reconnect(open: () => void): void {
    if (this.#retry || this.#closed) return;
    const { conn } = this.#client;
    if (conn) {
      this.#lost(conn);
      this.#client._destroyConnection();
    }
    this.#waiting = false;
    if (this.#loop.over) this.#close();
    else if (!conn || this.#answered) open();
    else this.#retry = setTimeout(() => this.#openAfterPause(open), backOff);
  }

  #openAfterPause(open: () => void): void {
    this.#retry = undefined;
    open();
  }

  /** Ends what is in flight on a connection that is over: autocannon destroys it before only when a time-out is why. */
  #lost(conn: Socket): void {
    if (this.#end && !conn.destroyed) {
      // An answer without a length is complete when the server ends the connection.
      this.#finishing = true;
      this.#client.parser.finish();
      this.#finishing = false;
    }
    this.#ended({ kind: conn.destroyed ? 'timeout' : 'reset', sent: this.#connected });
  }

  #open(connect: () => void): void {
    this.#connected = false;
    this.#answered = false;
    this.#closing = false;
    connect();
    this.#client.conn?.once('connect', () => {
      this.#connected = true;
      this.#client.parser.reinitialize('RESPONSE');
    });
  }

  #sendNext(doRequest: () => void): void {
    if (this.#finishing || this.#closed) return;
    if (this.#informational) {
      // autocannon took 1xx for the answer; the answer is still to come.
      this.#informational = false;
      this.#client.pipelinedRequests.insertRequest({});
      return;
    }
    if (this.#loop.over) this.#close();
    else if (this.#closing) this.#client._connect();
    else this.#send(doRequest);
  }

  #send(doRequest: () => void): void {
    const next = this.#loop.next(this);
    this.#waiting = next === undefined;
    if (!next) return;
    this.#request = next.request;
    // The first request was built before there was one; autocannon builds the others when they are due.
    if (this.#client.reqsMade === 0) this.#client.setRequest({ setupRequest: (request) => this.#filled(request) });
    this.#end = this.#loop.started(next);
    doRequest();
  }

  #filled(blank: Request): Request {
    if (!this.#request) return blank;
    const { method, path, headers, body } = this.#request;
    return {
      ...blank,
      method: method as NonNullable<Request['method']>,
      path,
      headers: named(headers, method, body),
      body: body ?? '',
    };
  }

  #response(status: number): void {
    if (status < 200) {
      this.#informational = true;
      return;
    }
    this.#answered = true;
    this.#ended({ kind: 'answered', status });
  }

  #ended(ending: Ending): void {
    const end = this.#end;
    this.#end = undefined;
    end?.(ending);
  }
}

function named(flat: readonly string[], method: string, body: string | null): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < flat.length; index += 2) headers[flat[index] as string] = flat[index + 1] as string;
  if (!body && (method === 'POST' || method === 'PUT' || method === 'PATCH')) headers['content-length'] = '0';
  return headers;
}
