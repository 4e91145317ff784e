import type { Window } from '../recording/recording.ts';
import { type Case, casesOf } from './cases.ts';
import { rowsIn } from './window.ts';

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
 * generator's stalls. {@link casesOf} has the rule in full. Element by element, best <= worst.
 */
export function latencies(window: Window, which: Case): Float64Array {
  const cases = casesOf(window.recording);
  const rows = rowsIn(window);
  const sorted = new Float64Array(rows.length);
  for (let index = 0; index < rows.length; index++) sorted[index] = cases.latency(rows[index] as number, which);
  return sorted.sort();
}

/**
 * Percentile by nearest rank: the smallest value such that at least `share` of all values are at or below it, which is
 * the one at rank max(1, ceil(share x n)), counted from 1. Always one of the values; never interpolated.
 * @param sorted ascending
 * @param share 0 to 1: 0.99 for p99
 * @returns NaN without values
 * @throws RangeError when the share is outside 0 to 1
 */
export function percentile(sorted: Float64Array, share: number): number {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`percentile: the share must be from 0 to 1 (0.99 for p99); got ${share}`);
  }
  // 0.07 x 100 is a little over 7 in floating point; the rank is 7 all the same.
  const rank = Math.max(1, Math.ceil(share * sorted.length - 1e-9));
  return sorted[rank - 1] ?? Number.NaN;
}

/** The usual figures of a window's latencies, in the worst case unless told otherwise. */
export function summary(window: Window, which: Case = 'worst'): LatencySummary {
  return summaryOf(latencies(window, which));
}

/** The usual figures of latencies (or race times) in milliseconds, given ascending. */
export function summaryOf(sorted: Float64Array): LatencySummary {
  let sum = 0;
  for (const value of sorted) sum += value;
  return {
    min: sorted[0] ?? Number.NaN,
    mean: sum / sorted.length,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: sorted.at(-1) ?? Number.NaN,
    samples: sorted.length,
  };
}
