import type { KeyHash } from './key-hash.ts';

/** Slots for each key, so that a search ends after a few steps. */
const roomy = 1.5;
/**
 * Words of a slot: two of the hash, one for the count above the bits of the marks, and a value. They lie side by side
 * because only the way to the slot is a random access.
 */
const words = 4;
const markBits = 4;
const everyMark = 2 ** markBits - 1;

/** The mark of a key that had two values or more. */
export const severalValues = 8;

/**
 * What is known of millions of keys, by hash, in 24 bytes per key. Two keys with the same 64 bits share a slot. Open
 * addressing with linear probing (Knuth, The Art of Computer Programming 3, 6.4, algorithm L).
 */
export class KeyTable {
  #slots: Int32Array;
  #used = 0;

  /** @param expected how many keys there may be; more make it grow */
  constructor(expected: number) {
    this.#slots = new Int32Array((Math.ceil(expected * roomy) + 8) * words);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#used;
  }

  /**
   * Adds to what is known of a key.
   * @param marks one or more of the bits 1, 2, 4 and {@link severalValues}
   * @param times added to how often it was seen; the sum must stay within 2^27
   * @param value stands for a value of the key; 0 for none. A second, different one sets {@link severalValues}
   */
  add(hash: Readonly<KeyHash>, marks: number, times: number, value = 0): void {
    const slot = this.#slotOf(hash);
    const known = this.#slots[slot + 2] as number;
    const before = this.#slots[slot + 3] as number;
    const several = value !== 0 && before !== 0 && before !== (value | 0) ? severalValues : 0;
    if (value !== 0) this.#slots[slot + 3] = value;
    this.#slots[slot + 2] = ((known | marks | several) + (times << markBits)) | 0;
    if (known !== 0) return;
    this.#slots[slot] = hash.high;
    this.#slots[slot + 1] = hash.low;
    this.#used++;
    if (this.#used * words * 1.25 > this.#slots.length) this.#grow();
  }

  /** Whether a key was added, or another with the same hash. */
  has(hash: Readonly<KeyHash>): boolean {
    return this.#slots[this.#slotOf(hash) + 2] !== 0;
  }

  /** Everything that is known, a key after the other; the hash is the same object each time, set anew. */
  each(visit: (marks: number, times: number, hash: Readonly<KeyHash>) => void): void {
    const hash = { high: 0, low: 0 };
    for (let slot = 0; slot < this.#slots.length; slot += words) {
      const known = this.#slots[slot + 2] as number;
      if (known === 0) continue;
      hash.high = (this.#slots[slot] as number) >>> 0;
      hash.low = (this.#slots[slot + 1] as number) >>> 0;
      visit(known & everyMark, known >> markBits, hash);
    }
  }

  /**
   * Finds where the slot of a key begins, or the empty slot for it. The high word leads there, so the number of slots
   * need not be a power of two.
   */
  #slotOf({ high, low }: Readonly<KeyHash>): number {
    const slots = this.#slots;
    const first = high | 0;
    const second = low | 0;
    let slot = Math.floor((high / 2 ** 32) * (slots.length / words)) * words;
    while (slots[slot + 2] !== 0 && (slots[slot] !== first || slots[slot + 1] !== second)) {
      slot += words;
      if (slot === slots.length) slot = 0;
    }
    return slot;
  }

  #grow(): void {
    const larger = new KeyTable(this.#used * 2);
    for (let slot = 0; slot < this.#slots.length; slot += words) {
      const known = this.#slots[slot + 2] as number;
      if (known === 0) continue;
      const hash = { high: (this.#slots[slot] as number) >>> 0, low: (this.#slots[slot + 1] as number) >>> 0 };
      larger.add(hash, known & everyMark, known >> markBits, this.#slots[slot + 3] as number);
    }
    this.#slots = larger.#slots;
  }
}
