/** Two words of 32 bits, unsigned, that stand for a text. Set anew for each: one object serves millions of texts. */
export interface KeyHash {
  high: number;
  low: number;
}

/**
 * Makes `hash` that of a text: two words, each with the steps and the finish of MurmurHash3 (Appleby, public domain), a
 * code unit of UTF-16 at a time. The words have different constants, so that what collides in one is not more likely to
 * do so in the other.
 */
export function hashText(text: string, hash: KeyHash): KeyHash {
  let [high, low] = seeds;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = highStep(high, unit);
    low = lowStep(low, unit);
  }
  return finish(hash, high, low, text.length);
}

/** The same of the text whose code units are those from `from` to the one before `to`. */
export function hashUnits(units: Uint8Array | Uint16Array, from: number, to: number, hash: KeyHash): KeyHash {
  let [high, low] = seeds;
  for (let index = from; index < to; index++) {
    const unit = units[index] as number;
    high = highStep(high, unit);
    low = lowStep(low, unit);
  }
  return finish(hash, high, low, to - from);
}

/** Digits of pi and e: any would do that differ. */
const seeds: readonly [number, number] = [0x3243f6a8, 0x2b7e1516];

function highStep(word: number, unit: number): number {
  const mixed = Math.imul(unit, 0xcc9e2d51);
  const next = word ^ Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}

function lowStep(word: number, unit: number): number {
  const mixed = Math.imul(unit, 0xab0e9789);
  const next = word ^ Math.imul((mixed << 16) | (mixed >>> 16), 0x38b34ae5);
  return (Math.imul((next << 17) | (next >>> 15), 5) + 0x0bcaa747) | 0;
}

function finish(hash: KeyHash, high: number, low: number, length: number): KeyHash {
  hash.high = scatter(high ^ length);
  hash.low = scatter(low ^ length);
  return hash;
}

function scatter(word: number): number {
  let value = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
