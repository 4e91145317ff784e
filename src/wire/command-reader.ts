import type { ClientPiece, ClientReader } from './client-reader.ts';

/** Maximum part (bytes) of a command's text that is read; the rest passes unread. */
const longestText = 4 * 1024;
/** Longest line that Redis takes: an inline command. Redis, `PROTO_INLINE_MAX_SIZE`. */
const longestLine = 64 * 1024;

const [star, dollar] = ['*'.charCodeAt(0), '$'.charCodeAt(0)];
const newline = '\n'.charCodeAt(0);

/** The command by which a client gives its name. */
const naming = /^client setname (\S+)$/i;

/** What begins at a place: `more` bytes are needed, it is `opaque` for ever, or it is a command. */
type CommandRead = 'more' | 'opaque' | { readonly text: string; readonly next: number; readonly parts: number };

/**
 * Reads what a Redis client sends: each command is a statement, whose text is its words with a space between them, as
 * far as 4 KiB of it. What it does not understand (TLS) passes as it is from there on. Redis serialization protocol
 * specification, "Sending commands to a Redis server".
 */
export class CommandReader implements ClientReader {
  readonly awaitsEncryptionAnswer = false;
  /** As CLIENT SETNAME said it last. */
  clientName: string | undefined;
  /** Bytes that cannot be understood yet. */
  #held: Buffer = Buffer.alloc(0);
  #opaque = false;
  /** Of the command that passes: words whose length is still to come, and bytes of the one that passes now. */
  #parts = 0;
  #passing = 0;

  encryptionAnswered(): ClientPiece[] {
    return [];
  }

  read(chunk: Buffer): ClientPiece[] {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const pieces: ClientPiece[] = [];
    let start = 0;
    let at = 0;
    let statement: string | undefined;
    const cut = (end: number): void => {
      if (end > start)
        pieces.push({ bytes: bytes.subarray(start, end), ...(statement !== undefined && { statement }) });
      start = end;
      statement = undefined;
    };
    while (!this.#opaque && at < bytes.length) {
      if (this.#passing > 0) {
        const passed = Math.min(this.#passing, bytes.length - at);
        this.#passing -= passed;
        at += passed;
      } else if (this.#parts > 0) {
        const word = readNumber(dollar, bytes, at);
        if (word === 'more') break;
        if (word === 'opaque') this.#opaque = true;
        else {
          this.#parts -= 1;
          this.#passing = word.number + 2;
          at = word.next;
        }
      } else {
        const told = readCommand(bytes, at);
        if (told === 'more') break;
        cut(at);
        if (told === 'opaque') this.#opaque = true;
        else {
          if (told.text !== '') statement = told.text;
          this.clientName = naming.exec(told.text)?.[1] ?? this.clientName;
          this.#parts = told.parts;
          at = told.next;
        }
      }
    }
    if (this.#opaque) at = bytes.length;
    cut(at);
    this.#held = bytes.subarray(at);
    return pieces;
  }
}

function readCommand(bytes: Buffer, at: number): CommandRead {
  if (bytes[at] !== star) return readInline(bytes, at);
  const head = readNumber(star, bytes, at);
  if (typeof head === 'string') return head;
  const words: string[] = [];
  let length = 0;
  let place = head.next;
  for (let part = 0; part < head.number && length < longestText; part++) {
    const word = readNumber(dollar, bytes, place);
    if (typeof word === 'string') return word;
    const looked = Math.min(word.number, longestText - length);
    if (bytes.length < word.next + looked) return 'more';
    words.push(bytes.toString('utf8', word.next, word.next + looked));
    length += looked + 1;
    place = word.next + word.number + 2;
  }
  return { text: words.join(' '), next: head.next, parts: head.number };
}

function readInline(bytes: Buffer, at: number): CommandRead {
  // TLS begins with 22, and no command with a byte of that kind.
  if (!/[\w.\s]/.test(String.fromCharCode(bytes[at] ?? 0))) return 'opaque';
  const end = bytes.indexOf(newline, at);
  if (end < 0) return bytes.length - at > longestLine ? 'opaque' : 'more';
  return { text: bytes.toString('utf8', at, end).trim(), next: end + 1, parts: 0 };
}

/** The number behind a letter, up to the end of the line; a negative one counts as none. */
function readNumber(
  letter: number | undefined,
  bytes: Buffer,
  at: number,
): 'more' | 'opaque' | { readonly number: number; readonly next: number } {
  if (at >= bytes.length) return 'more';
  if (bytes[at] !== letter) return 'opaque';
  const end = bytes.indexOf(newline, at);
  if (end < 0) return bytes.length - at > 32 ? 'opaque' : 'more';
  const text = bytes.toString('latin1', at + 1, end - 1);
  if (!/^-?\d+$/.test(text)) return 'opaque';
  return { number: Math.max(0, Number(text)), next: end + 1 };
}
