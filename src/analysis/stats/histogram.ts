import type { Sorted } from './order.ts';

/** Bits of a double's fraction that tell buckets apart: a bucket is at most 2^-11 of its lower end wide. */
const fractionBits = 11;
/** Exponents of the smallest and of the largest value that has a bucket: a microsecond and 49 days, in milliseconds. */
const [least, most] = [-10, 32];
const perOctave = 2 ** fractionBits;
/** One below the least value, one for each step up to the most, one above it. */
const buckets = 2 + (most - least) * perOctave;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/**
 * Values from 0 to +Infinity, counted in buckets: 340 KB however many there are. Each comes back as an end of its
 * bucket, so that it is wrong by less than 0.05 %, or a microsecond (of milliseconds), and always to the chosen side;
 * +Infinity, the least and the greatest value come back as they were.
 */
export class Histogram implements Sorted {
  readonly #counts = new Uint32Array(buckets);
  readonly #side: 'low' | 'high';
  #length = 0;
  #infinite = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** @param side the end of its bucket that a value comes back as */
  constructor(side: 'low' | 'high') {
    this.#side = side;
  }

  get length(): number {
    return this.#length;
  }

  /** Mean of the values as they were; NaN without values. */
  get mean(): number {
    return this.#infinite > 0 ? Number.POSITIVE_INFINITY : this.#sum / this.#length;
  }

  /** Counts a value, from 0 to +Infinity. */
  push(value: number): void {
    this.#length++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (value === Number.POSITIVE_INFINITY) {
      this.#infinite++;
      return;
    }
    this.#sum += value;
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  at(index: number): number | undefined {
    if (!(index >= 0 && index < this.#length)) return undefined;
    if (index >= this.#length - this.#infinite) return Number.POSITIVE_INFINITY;
    let before = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      before += this.#counts[bucket] as number;
      if (index < before) return this.#end(bucket);
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let bucket = 0; bucket < buckets; bucket++) {
      for (let count = this.#counts[bucket] as number; count > 0; count--) yield this.#end(bucket);
    }
    for (let count = this.#infinite; count > 0; count--) yield Number.POSITIVE_INFINITY;
  }

  #end(bucket: number): number {
    const end = this.#side === 'low' ? lowEnd(bucket) : lowEnd(bucket + 1);
    return Math.min(this.#max, Math.max(this.#min, end));
  }
}

function bucketOf(value: number): number {
  if (!(value >= 2 ** least)) return 0;
  if (value >= 2 ** most) return buckets - 1;
  double[0] = value;
  // The exponent, biased by 1023, and the first bits of the fraction. Little-endian: the high word is the second.
  const steps = (words[1] as number) >>> (20 - fractionBits);
  return 1 + steps - (1_023 + least) * perOctave;
}

/** The least value that falls into a bucket. */
function lowEnd(bucket: number): number {
  if (bucket === 0) return 0;
  const step = bucket - 1;
  return 2 ** (least + Math.floor(step / perOctave)) * (1 + (step % perOctave) / perOctave);
}
