import type { IncomingHttpHeaders } from 'node:http';
import type { About, JourneyResponse } from './journey.ts';

/** Who wants to know what an answer says, besides how it ended. */
export interface AnswerReader {
  /** The answer begins. Header names are in lower case. */
  head(status: number, headers: IncomingHttpHeaders): void;
  /** A part of its body. */
  chunk(data: Buffer): void;
}

/** An answer, kept for a journey to read. */
export class Answer implements AnswerReader {
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #chunks: Buffer[] = [];

  head(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  chunk(data: Buffer): void {
    this.#chunks.push(data);
  }

  /** The answer as a journey is given it; undefined if none began. */
  response(about: (about: About) => void): JourneyResponse | undefined {
    if (this.#status === 0) return undefined;
    const text = () => Buffer.concat(this.#chunks).toString('utf8');
    return { status: this.#status, headers: this.#headers, text, json: () => JSON.parse(text()), about };
  }
}
