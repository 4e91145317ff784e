// JSON as Go reads and writes it, which clients of a Toxiproxy can tell.
// Begin here, then decode.ts. Imports nothing of the proxy.

import { quoteByte } from './quoted-byte.ts';
import { readString } from './string.ts';
import type { JsonMember, JsonValue } from './value.ts';

/** More levels than this are refused. */
const deepest = 10_000;

/**
 * Reads the first JSON value of a body by the rules and with the error texts of Go's decoder, which Toxiproxy uses:
 * what follows the value is ignored, bytes that are no UTF-8 become U+FFFD.
 * @throws SyntaxError
 */
export function readJson(body: Buffer): JsonValue {
  return new Reader(body.toString('latin1')).read();
}

type OpenContainer =
  | { readonly value: JsonValue & { kind: 'object' }; key: string }
  | { readonly value: JsonValue & { kind: 'array' } };

/** Goes over the text once, byte by byte; without recursion, since a body may be as deep as it likes. */
class Reader {
  /** The body, a character per byte. */
  readonly #text: string;
  readonly #open: OpenContainer[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonValue {
    this.#skipSpace();
    if (this.#at === this.#text.length) throw new SyntaxError('EOF');
    for (;;) {
      const value = this.#beginValue();
      if (value) {
        const whole = this.#endValue(value);
        if (whole) return whole;
      }
    }
  }

  /** A value that is complete; `undefined` when it is a container whose first value follows. */
  #beginValue(): JsonValue | undefined {
    this.#skipSpace();
    const byte = this.#peek();
    if (byte === '{') return this.#beginObject();
    if (byte === '[') return this.#beginArray();
    if (byte === '"') return { kind: 'string', value: this.#string() };
    if (byte === '-' || isDigit(byte)) return { kind: 'number', digits: this.#number() };
    if (byte === 't') return this.#word('true', { kind: 'bool', value: true });
    if (byte === 'f') return this.#word('false', { kind: 'bool', value: false });
    if (byte === 'n') return this.#word('null', { kind: 'null' });
    throw this.#unexpected('looking for beginning of value');
  }

  #beginObject(): JsonValue | undefined {
    const value = { kind: 'object' as const, members: [] as JsonMember[] };
    const container = { value, key: '' };
    this.#enter(container);
    this.#skipSpace();
    if (this.#peek() === '}') return this.#leave();
    container.key = this.#key();
    return undefined;
  }

  #beginArray(): JsonValue | undefined {
    this.#enter({ value: { kind: 'array', items: [] } });
    this.#skipSpace();
    return this.#peek() === ']' ? this.#leave() : undefined;
  }

  #enter(container: OpenContainer): void {
    this.#open.push(container);
    if (this.#open.length > deepest) throw this.#unexpected('exceeded max depth');
    this.#at += 1;
  }

  #leave(): JsonValue | undefined {
    this.#at += 1;
    return this.#open.pop()?.value;
  }

  /** Puts a value where it belongs and closes what ends with it; the whole value once nothing is open any more. */
  #endValue(value: JsonValue): JsonValue | undefined {
    for (let complete: JsonValue | undefined = value; ; ) {
      const container = this.#open.at(-1);
      if (!container || !complete) return complete;
      if ('key' in container) container.value.members.push({ key: container.key, value: complete });
      else container.value.items.push(complete);
      this.#skipSpace();
      const byte = this.#peek();
      if (byte === ',') {
        this.#at += 1;
        if ('key' in container) container.key = this.#key();
        return undefined;
      }
      if (byte !== ('key' in container ? '}' : ']')) {
        throw this.#unexpected('key' in container ? 'after object key:value pair' : 'after array element');
      }
      complete = this.#leave();
    }
  }

  #key(): string {
    this.#skipSpace();
    if (this.#peek() !== '"') throw this.#unexpected('looking for beginning of object key string');
    const key = this.#string();
    this.#skipSpace();
    if (this.#peek() !== ':') throw this.#unexpected('after object key');
    this.#at += 1;
    return key;
  }

  #string(): string {
    const start = this.#at + 1;
    this.#at = start;
    for (;;) {
      const byte = this.#peek();
      if (byte === '"') break;
      if (byte < ' ') throw this.#unexpected('in string literal');
      this.#at += 1;
      if (byte === '\\') this.#escape();
    }
    const inside = this.#text.slice(start, this.#at);
    this.#at += 1;
    return readString(inside);
  }

  #escape(): void {
    const byte = this.#peek();
    if (!'bfnrt\\/"u'.includes(byte)) throw this.#unexpected('in string escape code');
    this.#at += 1;
    if (byte !== 'u') return;
    for (let digit = 0; digit < 4; digit += 1) {
      if (!/[0-9a-fA-F]/.test(this.#peek())) throw this.#unexpected('in \\u hexadecimal character escape');
      this.#at += 1;
    }
  }

  #number(): string {
    const start = this.#at;
    if (this.#peek() === '-') this.#at += 1;
    if (this.#peek() === '0') this.#at += 1;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at += 1;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at += 1;
      if (/[+-]/.test(this.#peek())) this.#at += 1;
      this.#digits('in exponent of numeric literal');
    }
    return this.#text.slice(start, this.#at);
  }

  #digits(where: string): void {
    if (!isDigit(this.#peek())) throw this.#unexpected(where);
    while (isDigit(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #word(word: string, value: JsonValue): JsonValue {
    this.#at += 1;
    for (const letter of word.slice(1)) {
      if (this.#peek() !== letter) throw this.#unexpected(`in literal ${word} (expecting '${letter}')`);
      this.#at += 1;
    }
    return value;
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #peek(): string {
    const byte = this.#text[this.#at];
    if (byte === undefined) throw new SyntaxError('unexpected EOF');
    return byte;
  }

  #unexpected(where: string): SyntaxError {
    return new SyntaxError(`invalid character ${quoteByte(this.#peek())} ${where}`);
  }
}

function isDigit(byte: string): boolean {
  return byte >= '0' && byte <= '9';
}
