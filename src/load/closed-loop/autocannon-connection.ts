import type { Socket } from 'node:net';
import type { Client } from 'autocannon';
import type { AnswerReader } from '../http/answer.ts';
import { type Ending, endingOf } from '../http/classify.ts';
import {
  type AnswerHead,
  type AutocannonInternals,
  encodingIn,
  internalsOf,
  onBody,
  onComplete,
  onHead,
} from './autocannon-internals.ts';
import { WholeAnswer, type WholeHead } from './whole-answer.ts';

/**
 * Milliseconds until a connection that gave no answer is tried again: autocannon itself would try at once, for ever.
 */
const backOff = 100;

/** A request that is recorded as sent, and must be written at once. */
export interface Begun {
  readonly bytes: Buffer;
  /** Is told what the answer says. */
  readonly reader: AnswerReader | undefined;
  /** Tells how it ended, once. */
  end(ending: Ending): void;
}

/** What the connections of a closed loop share. */
export interface Loop {
  /** No more requests are to be sent. */
  readonly over: boolean;
  /**
   * Begins the next request; undefined while none is there: the connection then waits for
   * {@link ClosedLoopConnection.resume}.
   */
  begin(connection: ClosedLoopConnection): Begun | undefined;
  /** The connection has sent its last. */
  closed(connection: ClosedLoopConnection): void;
}

/**
 * One connection of autocannon, held to a stricter life than its own: each request ends exactly once and with its own
 * answer. autocannon keeps a stale queue and a half-fed parser across connections, does not notice an end in the middle
 * of an answer, sends on after `connection: close`, and reconnects without a pause. So connecting, sending and what the
 * parser tells pass through here; autocannon builds no requests and keeps no statistics, which takes half of its CPU.
 */
export class ClosedLoopConnection {
  readonly #client: AutocannonInternals;
  readonly #loop: Loop;
  /** The request in flight. */
  #begun: Begun | undefined;
  readonly #whole = new WholeAnswer();
  /** Status of the answer that is being read. */
  #status = 0;
  /** Bytes that came in since the request was sent. */
  #received = 0;
  /** A part of an answer is with the parser. */
  #inPart = false;
  #connected = false;
  #answered = false;
  #closing = false;
  #waiting = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  /** @throws Error when this autocannon has no such inside */
  constructor(client: Client, loop: Loop) {
    this.#client = internalsOf(client);
    this.#loop = loop;
    const connect = this.#client._connect.bind(client);
    this.#client._connect = () => this.#reconnect(() => this.#open(connect));
    this.#client._doRequest = () => this.#sendNext();
    this.#client.on('connError', (error: Error) => this.#ended(endingOf(error, this.#connected)));
  }

  /** Requests are there again. */
  resume(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#sendNext();
  }

  /** Ends the connection unless a request is in flight: then its end will. */
  closeIfIdle(): void {
    if (!this.#begun) this.#close();
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
    if (this.#begun && !conn.destroyed) {
      // An answer without a length is complete when the server ends the connection.
      this.#client.parser.finish();
    }
    const kind = this.#connected && this.#received === 0 ? 'empty' : 'reset';
    this.#ended({ kind: conn.destroyed ? 'timeout' : kind, sent: this.#connected });
  }

  #open(connect: () => void): void {
    this.#connected = false;
    this.#answered = false;
    this.#closing = false;
    this.#inPart = false;
    const { parser } = this.#client;
    parser[onHead] = (head) => this.#head(head);
    parser[onBody] = (bytes, start, length) => this.#body(bytes, start, start + length);
    parser[onComplete] = () => this.#complete();
    connect();
    this.#client.conn?.removeAllListeners('data').on('data', (chunk: Buffer) => this.#read(chunk));
    this.#client.conn?.once('connect', () => {
      this.#connected = true;
      parser.reinitialize('RESPONSE');
    });
  }

  #read(chunk: Buffer): void {
    this.#received += chunk.length;
    const whole = this.#inPart ? undefined : this.#whole.read(chunk);
    const readable = whole ? this.#takeWhole(whole, chunk) : this.#parse(chunk);
    // Sent only now: whatever the chunk still holds is not taken for the next request's answer.
    if (!this.#begun) this.#sendNext();
    else if (!readable) this.#client._connect();
  }

  #takeWhole(head: WholeHead, chunk: Buffer): boolean {
    this.#head(head);
    this.#body(chunk, head.headLength, chunk.length);
    this.#complete();
    return true;
  }

  /** @returns whether it is HTTP; autocannon itself would wait for the rest of what is not until its time-out */
  #parse(chunk: Buffer): boolean {
    this.#inPart = true;
    const readable = !(this.#client.parser.execute(chunk) instanceof Error);
    if (!readable) this.#closing = true;
    return readable;
  }

  #sendNext(): void {
    if (this.#closed) return;
    if (this.#loop.over) this.#close();
    else if (this.#closing) this.#client._connect();
    else this.#send();
  }

  #send(): void {
    const begun = this.#loop.begin(this);
    this.#waiting = begun === undefined;
    if (!begun) return;
    this.#begun = begun;
    this.#received = 0;
    this.#client.conn?.write(begun.bytes);
    this.#client.timeoutTicker.reschedule(this.#client.timeout);
  }

  #head({ statusCode, shouldKeepAlive, headers = [] }: AnswerHead): void {
    this.#status = statusCode;
    const { reader } = this.#begun ?? {};
    if (reader) reader.head(statusCode, encodingIn(headers));
    // An answer that nobody asked for: what comes after it on this connection would go to the wrong request.
    if (!shouldKeepAlive || !this.#begun) this.#closing = true;
  }

  #body(bytes: Buffer, from: number, to: number): void {
    // A copy: the bytes are part of a larger piece of memory.
    if (to > from) this.#begun?.reader?.chunk(Buffer.from(bytes.subarray(from, to)));
  }

  #complete(): void {
    // After an interim answer the answer is still to come.
    if (this.#status < 200) return;
    this.#answered = true;
    this.#inPart = false;
    this.#ended({ kind: 'answered', status: this.#status });
  }

  #ended(ending: Ending): void {
    const begun = this.#begun;
    this.#begun = undefined;
    begun?.end({ ...ending, bytesSent: begun.bytes.length, bytesReceived: this.#received });
  }
}
