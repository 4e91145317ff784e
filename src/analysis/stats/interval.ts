import { upperTail } from './binomial.ts';
import type { Sorted } from './order.ts';

/** The two ends of what a sample leaves possible. */
export type Interval = readonly [low: number, high: number];

/**
 * The exact interval of a share after Clopper and Pearson (Biometrika 26, 1934): the chances of a hit under which
 * seeing so many hits, or more, and so many, or fewer, are each at least (1 - confidence) / 2. It holds the true share
 * at least as often as `confidence` says, if the trials are independent.
 * @param hits a whole number from 0 to `trials`
 * @param trials a whole number from 0; without any, the interval is 0 to 1
 * @param confidence above 0 and below 1
 * @throws RangeError when an argument is out of its range
 */
export function shareInterval(hits: number, trials: number, confidence = 0.95): Interval {
  if (!(Number.isInteger(trials) && Number.isInteger(hits) && hits >= 0 && hits <= trials)) {
    throw new RangeError(`shareInterval: hits must be a whole number from 0 to the trials; got ${hits} of ${trials}`);
  }
  const chance = checkConfidence(confidence, 'shareInterval');
  return [findLowerLimit(hits, trials, chance), 1 - findLowerLimit(trials - hits, trials, chance)];
}

/**
 * The interval of a percentile from order statistics (David and Nagaraja, Order Statistics, 7.1): whatever the
 * distribution, the number of values below its true percentile is binomial, so that the values at two ranks enclose it
 * at least as often as `confidence` says, if they are independent.
 * @param ascending values, none of them negative
 * @param share above 0 and below 1: 0.99 for p99
 * @param confidence above 0 and below 1
 * @returns 0 and +Infinity as the ends for which there are too few values: a p99 has a finite upper end from 368 values
 * on. With a chance of 5 % at that end alone, which is a confidence of 0.9 here, it is 299.
 * @throws RangeError when an argument is out of its range
 */
export function percentileInterval(ascending: Sorted, share: number, confidence = 0.95): Interval {
  const [low, high] = percentileRanks(ascending.length, share, confidence);
  return [low === 0 ? 0 : (ascending.at(low - 1) ?? 0), ascending.at(high - 1) ?? Number.POSITIVE_INFINITY];
}

/**
 * The ranks, counted from 1, of the values that enclose a percentile; 0 and n + 1 where no value does.
 * @param n number of values
 */
function percentileRanks(n: number, share: number, confidence: number): [low: number, high: number] {
  if (!(share > 0 && share < 1)) {
    throw new RangeError(`percentileInterval: the share must lie between 0 and 1 (0.99 for p99); got ${share}`);
  }
  const chance = checkConfidence(confidence, 'percentileInterval');
  // P(B >= high) <= chance, for B values at or below the percentile; and P(B <= low - 1) <= chance, which is the same
  // of the n - B values above it.
  const high = findSmallestRank(n, share, 1 - share, chance);
  const low = n + 1 - findSmallestRank(n, 1 - share, share, chance);
  return [low, high];
}

/** The smallest rank that a binomial variable reaches with at most this chance; n + 1 if there is none. */
function findSmallestRank(n: number, p: number, q: number, chance: number): number {
  let low = Math.min(n + 1, Math.ceil(n * p));
  let high = n + 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (upperTail(middle, n, p, q) <= chance) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** The chance of a hit under which `hits` or more of the trials hit with just this chance; 0 for no hits. */
function findLowerLimit(hits: number, trials: number, chance: number): number {
  if (hits === 0) return 0;
  let low = 0;
  let high = hits / trials;
  // To the last bit: at most as often as a double has bits.
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (upperTail(hits, trials, middle, 1 - middle) < chance) low = middle;
    else high = middle;
  }
  return low;
}

function checkConfidence(confidence: number, subject: string): number {
  if (confidence > 0 && confidence < 1) return (1 - confidence) / 2;
  throw new RangeError(`${subject}: the confidence must lie between 0 and 1 (0.95 for 95 %); got ${confidence}`);
}
