/** A run of numbers: `first`, `first + step`, ..., `count` of them. */
export interface Sequence {
  readonly first: number;
  /** Not 0. */
  readonly step: number;
  /** How many there are; Infinity when the app's speed decides. */
  readonly count: number;
}

/** One of several processes, by its number from 0. */
export interface ProcessShare {
  readonly index: number;
  readonly of: number;
}

/** The arrivals of [from, to) that one of several processes sends: arrival n goes to process n mod k. */
export function shareOf(from: number, to: number, { index, of }: ProcessShare): Sequence {
  const first = from + modulo(index - from, of);
  return { first, step: of, count: Math.max(0, Math.ceil((to - first) / of)) };
}

/** Which process, of the given number of processes, sends arrival n. */
export function partIndex(n: number, of: number): number {
  return modulo(n, of);
}

/** How many numbers of an ascending sequence lie below `limit`. */
export function countBelow({ first, step, count }: Sequence, limit: number): number {
  return Math.min(count, Math.max(0, Math.ceil((limit - first) / step)));
}

/** A whole number's fair part of `total`: all parts sum up to it. */
export function partOf(total: number, { index, of }: ProcessShare): number {
  return Math.floor(total / of) + (index < total % of ? 1 : 0);
}

function modulo(number: number, divisor: number): number {
  return ((number % divisor) + divisor) % divisor;
}
