import type { AnswerHead } from './autocannon-internals.ts';

/** What the head of an answer says of it, when its body has a length that was given. */
export interface WholeHead extends AnswerHead {
  /** Bytes of the head: the body begins there. */
  readonly headLength: number;
  /** Bytes of head and body. */
  readonly length: number;
}

const emptyLine = Buffer.from('\r\n\r\n', 'latin1');
const statusLine = /^HTTP\/1\.1 ([2-5]\d\d)(?: [^\r\n]*)?$/;
const header = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n]*)$/;
const digits = /^\d{1,15}$/;

/**
 * Knows an answer that came whole, in one piece, and is of the plainest kind: HTTP/1.1 with a content-length. Most
 * answers are, and to read them costs a fraction of what a parser takes for any answer.
 */
export class WholeAnswer {
  /** The head that was read last, and what it said: the next one is mostly the same. */
  #head = Buffer.alloc(0);
  #framing: WholeHead | undefined;

  /** @returns what the one answer is that `chunk` holds; undefined for anything else, which a parser must read */
  read(chunk: Buffer): WholeHead | undefined {
    const known = this.#head.length;
    if (known === 0 || chunk.length < known || this.#head.compare(chunk, 0, known) !== 0) {
      const end = chunk.indexOf(emptyLine);
      if (end < 0) return undefined;
      // A copy: the chunk is part of a larger piece of memory.
      this.#head = Buffer.from(chunk.subarray(0, end + emptyLine.length));
      this.#framing = framingOf(this.#head.toString('latin1', 0, end), this.#head.length);
    }
    return this.#framing?.length === chunk.length ? this.#framing : undefined;
  }
}

function framingOf(head: string, headLength: number): WholeHead | undefined {
  const [first = '', ...lines] = head.split('\r\n');
  const statusCode = Number(statusLine.exec(first)?.[1]);
  let body: number | undefined;
  let shouldKeepAlive = true;
  for (const line of lines) {
    const [, name, value = ''] = header.exec(line) ?? [];
    switch (name?.toLowerCase()) {
      case undefined:
      case 'transfer-encoding':
      case 'content-encoding':
        return undefined;
      case 'content-length':
        if (body !== undefined || !digits.test(value)) return undefined;
        body = Number(value);
        break;
      case 'connection':
        if (/close/i.test(value)) shouldKeepAlive = false;
        break;
    }
  }
  // These have no body whatever their length says.
  if (Number.isNaN(statusCode) || statusCode === 204 || statusCode === 304 || body === undefined) return undefined;
  return { statusCode, shouldKeepAlive, headLength, length: headLength + body };
}
