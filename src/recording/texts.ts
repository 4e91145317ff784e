import { hashText, hashUnits, type KeyHash } from './key-hash.ts';

/** The length of a text that is undefined. */
const missing = 2 ** 32 - 1;

/** Characters that a byte each cannot hold. */
const wide = /[^\0-\xff]/;

/** Some texts, of which each can be asked for, or hashed without being made. */
export interface Texts {
  readonly length: number;
  /** Whether there is a text at an index. */
  has(index: number): boolean;
  at(index: number): string | undefined;
  /** Makes `hash` that of the text at an index, where there is one. */
  hash(index: number, hash: KeyHash): KeyHash;
}

/**
 * Texts as bytes: the length of each in UTF-16 code units as uint32 (2^32 - 1 for undefined), then all of them one
 * after the other, a byte for each code unit if none is above 255, else two bytes, little-endian. Nothing if all are
 * undefined. Every text comes back as it was, lone surrogates too.
 */
export function encodeTexts(texts: readonly (string | undefined)[]): Uint8Array<ArrayBuffer> {
  const lengths = new Uint32Array(texts.length);
  let units = 0;
  let present = false;
  let isWide = false;
  for (const [index, text] of texts.entries()) {
    lengths[index] = text?.length ?? missing;
    if (text === undefined) continue;
    present = true;
    units += text.length;
    isWide ||= wide.test(text);
  }
  if (!present) return new Uint8Array(0);
  const bytes = new Uint8Array(lengths.byteLength + units * (isWide ? 2 : 1));
  bytes.set(new Uint8Array(lengths.buffer));
  // Code unit by code unit: joining the texts first would leave as much again for the garbage collector.
  const characters = isWide ? new Uint16Array(bytes.buffer, lengths.byteLength) : bytes.subarray(lengths.byteLength);
  let at = 0;
  for (const text of texts) {
    if (text === undefined) continue;
    for (let unit = 0; unit < text.length; unit++) characters[at++] = text.charCodeAt(unit);
  }
  return bytes;
}

/** What {@link encodeTexts} made of so many texts, as it lies there. */
export class PackedTexts implements Texts {
  readonly length: number;
  readonly #lengths: Uint32Array;
  /** Where each begins, in code units; one more for the end. */
  readonly #starts: Uint32Array;
  readonly #units: Uint8Array | Uint16Array;
  readonly #characters: Buffer;
  readonly #encoding: 'latin1' | 'utf16le';

  /** @param bytes from the start of their buffer */
  constructor(bytes: Uint8Array<ArrayBuffer>, count: number) {
    this.length = count;
    const { buffer } = bytes;
    this.#lengths = bytes.length === 0 ? new Uint32Array(count).fill(missing) : new Uint32Array(buffer, 0, count);
    this.#starts = new Uint32Array(count + 1);
    let units = 0;
    for (let index = 0; index < count; index++) {
      const length = this.#lengths[index] as number;
      if (length !== missing) units += length;
      this.#starts[index + 1] = units;
    }
    const textsAt = Math.min(bytes.length, count * 4);
    const narrow = bytes.length - textsAt === units;
    this.#units = narrow ? new Uint8Array(buffer, textsAt, units) : new Uint16Array(buffer, textsAt, units);
    this.#characters = Buffer.from(buffer, textsAt, bytes.length - textsAt);
    this.#encoding = narrow ? 'latin1' : 'utf16le';
  }

  has(index: number): boolean {
    return this.#lengths[index] !== missing;
  }

  at(index: number): string | undefined {
    if (!(index < this.length) || !this.has(index)) return undefined;
    const width = this.#units.BYTES_PER_ELEMENT;
    const [start, end] = [this.#starts[index] as number, this.#starts[index + 1] as number];
    // A text of its own, not a view: whoever keeps one key does not keep the chunk.
    return this.#characters.toString(this.#encoding, start * width, end * width);
  }

  hash(index: number, hash: KeyHash): KeyHash {
    return hashUnits(this.#units, this.#starts[index] as number, this.#starts[index + 1] as number, hash);
  }

  /** All of them. */
  all(): (string | undefined)[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index));
  }
}

/** Texts that are in memory as such. */
export class PlainTexts implements Texts {
  readonly #texts: readonly (string | undefined)[];

  constructor(texts: readonly (string | undefined)[]) {
    this.#texts = texts;
  }

  get length(): number {
    return this.#texts.length;
  }

  has(index: number): boolean {
    return this.#texts[index] !== undefined;
  }

  at(index: number): string | undefined {
    return this.#texts[index];
  }

  hash(index: number, hash: KeyHash): KeyHash {
    return hashText(this.#texts[index] ?? '', hash);
  }
}
