import type { Window } from '../../recording/recording.ts';
import { Collected } from '../stats/collected.ts';
import type { Sorted } from '../stats/order.ts';
import { type Case, casesOf } from './cases.ts';
import { oncePerWindow } from './memo.ts';
import { partsOf } from './window.ts';

/** Latencies of a window in milliseconds; every field is NaN without samples, and +Infinity where it falls on an operation that never ended. */
export interface LatencySummary {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Operations that were due in the window. */
  readonly samples: number;
}

/**
 * Latencies in milliseconds of all operations due in the window, ascending. Nothing is left out: what never ended, or
 * could not be sent, is +Infinity. In the worst case from due to done; in the best case from sent to done, without the
 * generator's stalls. {@link casesOf} has the rule in full. Element by element, best <= worst. Beyond a million operations they come from
 * a histogram: too low by up to 0.05 % in the best case, too high by as much in the worst, so that a verdict that hangs on it is unknown.
 */
export const latencies: (window: Window, which: Case) => Sorted = oncePerWindow((window, which: Case) => {
  const collected = new Collected(which === 'best' ? 'low' : 'high');
  for (const { columns, rows } of partsOf(window)) {
    const cases = casesOf(window.recording, columns);
    for (const row of rows) collected.push(cases.latency(row, which));
  }
  return collected.sorted();
});

/**
 * Percentile by nearest rank: the smallest value such that at least `share` of all values are at or below it, which is
 * the one at rank max(1, ceil(share x n)), counted from 1. Always one of the values; never interpolated.
 * @param sorted ascending
 * @param share 0 to 1: 0.99 for p99
 * @returns NaN without values
 * @throws RangeError when the share is outside 0 to 1
 */
export function percentile(sorted: Sorted, share: number): number {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`percentile: the share must be from 0 to 1 (0.99 for p99); got ${share}`);
  }
  return sorted.at(nearestRank(sorted.length, share) - 1) ?? Number.NaN;
}

/** The rank of a percentile among so many values, counted from 1 for the least: max(1, ceil(share x n)). */
export function nearestRank(n: number, share: number): number {
  // 0.07 x 100 is a little over 7 in floating point; the rank is 7 all the same.
  return Math.max(1, Math.ceil(share * n - 1e-9));
}

/** The usual figures of a window's latencies, in the worst case unless told otherwise. */
export function summary(window: Window, which: Case = 'worst'): LatencySummary {
  return summaryOf(latencies(window, which));
}

/** The usual figures of latencies (or race times) in milliseconds, given ascending. */
export function summaryOf(sorted: Sorted): LatencySummary {
  return {
    min: sorted.at(0) ?? Number.NaN,
    mean: sorted.mean ?? meanOf(sorted),
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
    samples: sorted.length,
  };
}

function meanOf(values: Sorted): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
