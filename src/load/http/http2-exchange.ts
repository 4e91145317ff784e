import { type ClientHttp2Session, type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from 'node:http2';
import type { PreparedRequest } from '../requests/prepare.ts';
import type { AnswerReader } from './answer.ts';
import type { Ending } from './classify.ts';
import type { Expiring } from './deadline-queue.ts';

/** Where an exchange is carried. */
export interface Carrier {
  /** It was given up, by its deadline. */
  expired(exchange: Http2Exchange): void;
  /** The app answered on this connection. */
  heard(): void;
  /** It ended by itself. */
  finished(exchange: Http2Exchange): void;
}

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** A request over HTTP/2 on its way: ends exactly once. */
export class Http2Exchange implements Expiring {
  readonly request: PreparedRequest;
  readonly #tell: (ending: Ending) => void;
  readonly #reader: AnswerReader | undefined;
  /** The connection that it was given to. */
  carrier: Carrier | undefined;
  #stream: ClientHttp2Stream | undefined;
  #ended = false;
  #status = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  /** The app said that the answer is at its end. */
  #whole = false;

  constructor(request: PreparedRequest, ended: (ending: Ending) => void, reader?: AnswerReader) {
    this.request = request;
    this.#tell = ended;
    this.#reader = reader;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether it was written to a connection. */
  get sent(): boolean {
    return this.#stream !== undefined;
  }

  /** Of its stream; undefined before it was sent. */
  get id(): number | undefined {
    return this.#stream?.id;
  }

  /** Writes it to an open connection. @throws Error for a request that HTTP/2 cannot carry */
  start(session: ClientHttp2Session): void {
    const { body } = this.request;
    const stream = session.request(headersOf(this.request), { endStream: body === null });
    this.#stream = stream;
    this.#bytesSent = sizeOf(stream.sentHeaders ?? {}) + (body === null ? 0 : Buffer.byteLength(body));
    stream.on('response', (head) => {
      this.#status = head[':status'] ?? 0;
      this.#bytesReceived += sizeOf(head);
      this.#reader?.head(this.#status, head);
      this.carrier?.heard();
    });
    this.#watchForItsEnd(stream);
    stream.on('end', () => {
      if (this.#whole && stream.rstCode === NGHTTP2_NO_ERROR) this.end({ kind: 'answered', status: this.#status });
    });
    stream.on('close', () => this.end(this.#closed(stream.rstCode, session.closed || session.destroyed)));
    // The close that follows tells all.
    stream.on('error', () => {});
    // The answer is read to its end, whether or not somebody wants to know what it says.
    stream.on('data', (chunk: Buffer) => {
      this.#bytesReceived += chunk.length;
      this.#reader?.chunk(chunk);
    });
    if (body !== null) stream.end(body);
  }

  /**
   * The stream is closed and the answer was not whole. To the streams of a connection that was closed in good order
   * node:http2 gives the code of CANCEL.
   */
  #closed(code: number, withConnection: boolean): Ending {
    if (withConnection && code === NGHTTP2_CANCEL && this.#status === 0) return { kind: 'empty', sent: true };
    return { kind: 'reset', sent: code !== NGHTTP2_REFUSED_STREAM };
  }

  /**
   * A stream that is reset with code 0 in the middle of an answer ends, for its reader, as one that is complete. It is
   * closed before, though, and a complete one after.
   */
  #watchForItsEnd(stream: ClientHttp2Stream): void {
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null && !stream.closed) this.#whole = true;
      return push(chunk, encoding);
    };
  }

  /** Gives the request up; the connection's other requests go on. */
  expire(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream?.close(NGHTTP2_CANCEL);
    this.carrier?.expired(this);
    this.#say({ kind: 'timeout', sent: this.sent });
  }

  /** Ends it, unless it has ended. */
  end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.carrier?.finished(this);
    this.#say(ending);
  }

  #say(ending: Ending): void {
    this.#tell({ ...ending, bytesSent: this.#bytesSent, bytesReceived: this.#bytesReceived });
  }
}

function headersOf({ method, path, headers, body }: PreparedRequest): OutgoingHttpHeaders {
  const named: OutgoingHttpHeaders = { ':method': method, ':path': path };
  for (let index = 0; index < headers.length; index += 2) named[headers[index] as string] = headers[index + 1];
  if (body !== null) named['content-length'] = Buffer.byteLength(body);
  return named;
}

/** Bytes of the names and values of header fields, as they are before HTTP/2 packs them. */
function sizeOf(headers: Readonly<Record<string, unknown>>): number {
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) size += name.length + Buffer.byteLength(String(one));
  }
  return size;
}
