import type { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Client } from 'autocannon';

/** What the parser of autocannon's client tells of an answer's head. */
export interface AnswerHead {
  readonly statusCode: number;
  /** Whether the connection can carry another request after this answer. */
  readonly shouldKeepAlive: boolean;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
}

/** The parser of autocannon's client (http-parser-js): what it tells, it tells by methods whose names are numbers. */
export interface AnswerParser {
  /** Told of an interim answer (1xx) too. */
  [onHead]: (head: AnswerHead) => void;
  /** Told of a part of the body: so many bytes of these, from `start` on. */
  [onBody]: (bytes: Buffer, start: number, length: number) => void;
  [onComplete]: () => void;
  reinitialize(type: 'RESPONSE'): void;
  /** @returns an Error for what is no HTTP, else a number */
  execute(chunk: Buffer): unknown;
  /** The server has ended the connection: so an answer without a length is complete. */
  finish(): unknown;
}

/** http-parser-js' `kOnHeadersComplete`, `kOnBody` and `kOnMessageComplete`. */
export const onHead = 2;
export const onBody = 3;
export const onComplete = 4;

/** What autocannon's client has besides its documented face, as far as it is used here (version 9). */
export interface AutocannonInternals extends EventEmitter {
  readonly conn: Socket | undefined;
  readonly parser: AnswerParser;
  /** Milliseconds without an answer until it gives a connection up. */
  readonly timeout: number;
  readonly timeoutTicker: { reschedule(timeout: number): void };
  destroy(): void;
  /** Called at the start, after an error, after the server's end, and after a time-out. */
  _connect(): void;
  /** Called on a new connection; by its own parser, which is not used here, after each answer as well. */
  _doRequest(): void;
  _destroyConnection(): void;
}

/**
 * The inside of a connection of autocannon.
 * @throws Error when this version of autocannon has no such inside
 */
export function internalsOf(client: Client): AutocannonInternals {
  const inside = client as unknown as AutocannonInternals;
  for (const method of ['_connect', '_doRequest', '_destroyConnection'] as const) {
    if (typeof inside[method] !== 'function') throw unsupportedError(method);
  }
  for (const callback of [onHead, onBody, onComplete] as const) {
    if (typeof inside.parser?.[callback] !== 'function') throw unsupportedError(`parser[${callback}]`);
  }
  return inside;
}

function unsupportedError(missing: string): Error {
  return new Error(
    `autocannon's client has no ${missing}: this version of autocannon is not supported; install autocannon 9.0`,
  );
}

/** What of the headers of a head, names and values in turn, a reader must know to make sense of the body. */
export function encodingIn(headers: readonly string[]): IncomingHttpHeaders {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-encoding');
  return at < 0 ? {} : { 'content-encoding': headers[at + 1] };
}
