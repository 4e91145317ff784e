import type { ClientPiece, ClientReader } from './client-reader.ts';

/** Longest startup packet that a server takes. PostgreSQL, `MAX_STARTUP_PACKET_LENGTH`. */
const longestStartup = 10_000;
/** Maximum part (bytes) of a statement's text that is read; the rest passes unread. */
const longestText = 64 * 1024;
/** Maximum part (bytes) of the name of a prepared statement or portal that is read. */
const longestNames = 4 * 1024;
/** Longest message that a server takes. */
const longestMessage = 2 ** 30;

const sslRequest = 80_877_103;
const gssRequest = 80_877_104;

/** Type byte and length. */
const headLength = 5;
const [Query, Parse, Bind, Describe, Close] = codes('QPBDC');
/** Every message that a client may send. PostgreSQL documentation, "Message Formats", those marked (F). */
const known: ReadonlySet<number> = new Set(codes('QPBDCESHFXpdcf'));

/**
 * Reads what a Postgres client sends, and cuts it where a statement begins. Nothing is changed, left out or put in
 * another order: the pieces put together are what came in, except for the head of a message that has not come whole
 * yet.
 *
 * A statement is known by its text: that of a simple Query, or of the Parse that a Bind refers to, however long ago.
 * From the first bytes that it does not understand (TLS, a CancelRequest, another protocol) everything passes as it is.
 */
export class FrontendReader implements ClientReader {
  #phase: 'startup' | 'encryption asked' | 'messages' | 'opaque' = 'startup';
  /** Bytes that cannot be understood yet. */
  #held: Buffer = Buffer.alloc(0);
  /** Bytes still to come of a message whose head was read. */
  #passing = 0;
  readonly #statements = new Map<string, string>();
  /** As the startup packet says it. */
  clientName: string | undefined;

  /** Whether the next byte from the server answers a request for encryption. */
  get awaitsEncryptionAnswer(): boolean {
    return this.#phase === 'encryption asked';
  }

  /**
   * Takes the server's answer to a request for encryption: `N` is no, and the client starts up in clear.
   * @returns what the client sent meanwhile
   */
  encryptionAnswered(byte: number | undefined): ClientPiece[] {
    this.#phase = byte === 'N'.charCodeAt(0) ? 'startup' : 'opaque';
    return this.read(Buffer.alloc(0));
  }

  /** The next bytes from the client, in pieces. */
  read(chunk: Buffer): ClientPiece[] {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const pieces: ClientPiece[] = [];
    let at = 0;
    if (this.#phase === 'startup') {
      at = this.#startup(bytes);
      if (at > 0) pieces.push({ bytes: bytes.subarray(0, at) });
    }
    if (this.#phase === 'messages') at = this.#messages(bytes, at, pieces);
    if (this.#phase === 'opaque' && at < bytes.length) {
      pieces.push({ bytes: bytes.subarray(at) });
      at = bytes.length;
    }
    this.#held = bytes.subarray(at);
    return pieces;
  }

  /** Where the startup packet ends; 0 while it is not whole. */
  #startup(bytes: Buffer): number {
    if (bytes.length < 8) return 0;
    const length = bytes.readUInt32BE(0);
    if (length < 8 || length > longestStartup) {
      this.#phase = 'opaque';
      return 0;
    }
    if (bytes.length < length) return 0;
    const code = bytes.readUInt32BE(4);
    if (code === sslRequest || code === gssRequest) this.#phase = 'encryption asked';
    else this.#phase = code >>> 16 === 3 ? 'messages' : 'opaque';
    if (this.#phase === 'messages') this.clientName = readName(bytes.toString('utf8', 8, length));
    return length;
  }

  /** Where the last message ends whose head is there. */
  #messages(bytes: Buffer, from: number, pieces: ClientPiece[]): number {
    let at = Math.min(from + this.#passing, bytes.length);
    this.#passing -= at - from;
    let start = from;
    let statement: string | undefined;
    // Where a statement's preparation begins that comes right before its execution.
    let prepared: number | undefined;
    const cut = (end: number): void => {
      if (end === start) return;
      const piece = { bytes: bytes.subarray(start, end) };
      pieces.push(statement === undefined ? piece : { ...piece, statement });
      start = end;
    };
    while (bytes.length - at >= headLength) {
      const type = bytes[at];
      const length = bytes.readUInt32BE(at + 1);
      if (type === undefined || !known.has(type) || length < 4 || length > longestMessage) {
        this.#phase = 'opaque';
        break;
      }
      const end = at + 1 + length;
      const head = Math.min(end, at + headLength + clip(type));
      if (bytes.length < head) break;
      const text = this.#understand(type, bytes.subarray(at + headLength, head));
      if (text !== undefined) {
        cut(prepared ?? at);
        statement = text;
      }
      if (type === Parse) prepared = at;
      else if (type !== Describe) prepared = undefined;
      at = Math.min(end, bytes.length);
      this.#passing = end - at;
    }
    cut(at);
    return at;
  }

  /**
   * The text of the statement whose execution the message begins; undefined when it begins none, or none that is known.
   */
  #understand(type: number, body: Buffer): string | undefined {
    if (type === Query) return readText(body, 0);
    if (type === Parse) {
      const name = readText(body, 0);
      this.#statements.set(name, readText(body, Buffer.byteLength(name) + 1));
    } else if (type === Bind) {
      const portal = readText(body, 0);
      return this.#statements.get(readText(body, Buffer.byteLength(portal) + 1));
    } else if (type === Close && body[0] === 'S'.charCodeAt(0)) this.#statements.delete(readText(body, 1));
    return undefined;
  }
}

/** The name among the names and values of a startup packet, each ended by a zero. */
function readName(parameters: string): string | undefined {
  const words = parameters.split('\0');
  return words.find((_, at) => at % 2 === 1 && words[at - 1] === 'application_name');
}

/** How much of a message's body has to be there to understand it, in bytes. */
function clip(type: number): number {
  if (type === Query || type === Parse) return longestText;
  return type === Bind || type === Close ? longestNames : 0;
}

/** Up to the next zero byte, or to the end of what is looked at. */
function readText(body: Buffer, from: number): string {
  const end = body.indexOf(0, from);
  return body.toString('utf8', from, end < 0 ? body.length : end);
}

function codes(letters: string): number[] {
  return Array.from(letters, (letter) => letter.charCodeAt(0));
}
