import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, unzipSync, zstdDecompressSync } from 'node:zlib';
import type { Measurements } from '../../recording/columns.ts';
import type { About, JourneyResponse } from '../load.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import { readValue } from '../requests/read-value.ts';
import { type Classification, classify, type Ending, notOk, takes } from './classify.ts';

/** Who wants to know what an answer says, besides how it ended. */
export interface AnswerReader {
  /** The answer begins. Header names are in lower case. */
  head(status: number, headers: IncomingHttpHeaders): void;
  /** A part of its body. */
  chunk(data: Buffer): void;
}

/** An answer, kept to be read: by a journey, or for the value that a request reads. */
export class KeptAnswer implements AnswerReader {
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

  /** The body as UTF-8 text, unpacked; undefined where it is not of the encoding that it names. */
  body(): string | undefined {
    try {
      return unpack(Buffer.concat(this.#chunks), this.#headers['content-encoding']).toString('utf8');
    } catch {
      // Whoever asks tells what the app did wrong.
      return undefined;
    }
  }

  /** The same, but as it came where it cannot be unpacked. */
  text(): string {
    return this.body() ?? Buffer.concat(this.#chunks).toString('utf8');
  }

  /** The answer as a journey is given it; undefined if none began. */
  response(about: (about: About) => void): JourneyResponse | undefined {
    if (this.#status === 0) return undefined;
    const text = () => this.text();
    return { status: this.#status, headers: this.#headers, text, json: () => JSON.parse(text()), about };
  }
}

/** What undoes a content-encoding; any other is left as it is. */
const decoders = new Map<string, (packed: Buffer) => Buffer>([
  ['gzip', unzipSync],
  ['x-gzip', unzipSync],
  ['deflate', unzipSync],
  ['br', brotliDecompressSync],
  ['zstd', zstdDecompressSync],
]);

/** @throws Error when the bytes are not of that encoding */
function unpack(bytes: Buffer, encoding = ''): Buffer {
  if (bytes.length === 0) return bytes;
  const names = encoding.toLowerCase().split(',');
  return names.reduceRight((packed, name) => decoders.get(name.trim())?.(packed) ?? packed, bytes);
}

/** What became of a request, and what it read. */
export interface JudgedAnswer {
  readonly verdict: Classification;
  /** The value that was read; undefined for nothing. */
  readonly read?: string | undefined;
  /** What was measured of it besides its instants. */
  readonly measured: Measurements;
}

/** Whether one has to look into the answers to a request. */
export function asksForBody({ needsBody, reads }: PreparedRequest): boolean {
  return needsBody === true || reads !== undefined;
}

/** Statuses by which an app says that there is nothing under that key. */
const nothingThere: ReadonlySet<number> = new Set([404, 410]);

/**
 * Outcome and category of a request, and the value that it read. An answer without the body that was asked for is
 * `empty`, and one in which nothing can be read, since it is no JSON or not of the encoding that it names, `invalid`.
 * @param answer where one has to look into it
 */
export function judgeAnswer(ending: Ending, request: PreparedRequest, answer: KeptAnswer | undefined): JudgedAnswer {
  return { ...judge(ending, request, answer), measured: { ...ending, takes: takes(request) } };
}

function judge(
  ending: Ending,
  request: PreparedRequest,
  answer: KeptAnswer | undefined,
): Omit<JudgedAnswer, 'measured'> {
  const { method, okWhen, reads } = request;
  const verdict = classify(ending, method, okWhen);
  if (ending.kind !== 'answered' || verdict.outcome !== 'ok' || !answer || !asksForBody(request)) return { verdict };
  if (reads && nothingThere.has(ending.status)) return { verdict };
  const body = answer.body();
  if (body === '') return { verdict: notOk(method, 'empty') };
  if (!reads) return { verdict };
  const value = body === undefined ? undefined : readValue(body, reads);
  return value?.there ? { verdict, read: value.value } : { verdict: notOk(method, 'invalid') };
}
