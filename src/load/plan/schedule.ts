import { randomFor } from '../../random.ts';
import { arrivalsBy, instantOf, type RateCurve } from './curve.ts';

/**
 * How arrivals follow each other: `even`, each a full gap after the last, or `poisson`, with exponential gaps, as
 * independent users come.
 */
export type Spacing = 'even' | 'poisson';

/** The plan of an open loop: when each arrival is due. Plain data, so that it can go to another thread. */
export interface Schedule {
  readonly curve: RateCurve;
  /** The first arrival of the warm-up: zero or negative. */
  readonly first: number;
  /** How many arrivals there are from zero on: those due before the curve is over. */
  readonly count: number;
  /**
   * When each is due, from the first of the warm-up on, in milliseconds since zero; undefined where the spacing is
   * even.
   */
  readonly drawn: Float64Array | undefined;
}

/** Rounding errors of rate x time are far below this share of an arrival. */
const slack = 1e-6;
/** An arrival that is due within this many milliseconds is due. */
export const atOnce = 1e-3;
/** Keeps the numbers that gaps are drawn from apart from those of the requests. */
const forGaps = 0x6a09e667;

/**
 * Arrivals at an even spacing: arrival n is due when the integral of the rate reaches n, the first one at zero.
 * @param warmUp milliseconds before zero, at the rate at which the curve starts
 */
export function evenSchedule(curve: RateCurve, warmUp: number): Schedule {
  const before = Math.floor(-arrivalsBy(curve, -warmUp) + slack);
  const count = Math.ceil(arrivalsBy(curve, endOf(curve)) - slack);
  return { curve, first: before === 0 ? 0 : -before, count, drawn: undefined };
}

/**
 * Arrivals of a Poisson process whose rate follows the curve: gaps of an exponential distribution with mean 1, drawn
 * from the seed, laid on the integral of the rate. Those from zero on do not depend on the warm-up.
 */
export function poissonSchedule(curve: RateCurve, warmUp: number, seed: number): Schedule {
  const total = arrivalsBy(curve, endOf(curve));
  const after = positions(randomFor(seed ^ forGaps, 0), total);
  const before = positions(randomFor(seed ^ forGaps, -1), -arrivalsBy(curve, -warmUp)).map((position) => -position);
  const drawn = Float64Array.from(before.reverse().concat(after), (position) => instantOf(curve, position));
  return { curve, first: before.length === 0 ? 0 : -before.length, count: after.length, drawn };
}

/** When arrival n is due, in milliseconds since zero; negative in the warm-up. */
export function dueAt({ curve, first, drawn }: Schedule, n: number): number {
  return drawn ? (drawn[n - first] ?? Number.POSITIVE_INFINITY) : instantOf(curve, n);
}

/**
 * How many arrivals, counted from the first of the warm-up, are due at or before `instant` (milliseconds since zero).
 */
export function dueCount(schedule: Schedule, instant: number): number {
  const { curve, first, count, drawn } = schedule;
  if (drawn) return countUpTo(drawn, instant + atOnce);
  let last = Math.min(Math.floor(arrivalsBy(curve, instant + atOnce) + slack), count - 1);
  // Where nothing is offered for a while, the integral has reached the next arrival long before it is due.
  while (last >= first && instantOf(curve, last) > instant + atOnce) last--;
  return Math.max(0, last - first + 1);
}

function endOf(curve: RateCurve): number {
  const last = curve.at(-1);
  return last ? last.from + last.length : 0;
}

/** Sums of exponential gaps with mean 1, as long as they are below `end`. */
function positions(random: () => number, end: number): number[] {
  const sums: number[] = [];
  for (let sum = gap(random); sum < end; sum += gap(random)) sums.push(sum);
  return sums;
}

function gap(random: () => number): number {
  return -Math.log1p(-random());
}

/** How many of the ascending values are at or below `limit`. */
function countUpTo(values: Float64Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
