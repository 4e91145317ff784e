import type { Window } from '../../recording/recording.ts';
import { Collector } from '../stats/collector.ts';
import { Higher } from '../stats/higher.ts';
import { meanOf, nearestRank, type Sorted } from '../stats/order.ts';
import { type Case, readCases } from './cases.ts';
import { memoizePerWindow } from './memo.ts';
import { tellUnsent } from './silence.ts';
import { readParts } from './window.ts';

/**
 * Latencies of a window in milliseconds; every field is NaN without samples, and +Infinity where it falls on an
 * operation that never ended.
 */
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
 * could not be sent, is +Infinity. In the worst case from due to done, and +Infinity for an error; in the best case
 * from sent to done, without the generator's stalls. {@link readCases} has the rule in full. Element by element, best
 * <= worst. What a closed loop did not send while it was silent ({@link tellUnsent}) makes a percentile longer, never
 * shorter. Beyond a million operations they come from a histogram: too low by up to 0.05 % in the best case, too high
 * by as much in the worst, so that a verdict that hangs on it is unknown.
 */
export const measureLatencies: (window: Window, which: Case) => Sorted = memoizePerWindow(
  (window, which: Case) => collect(window, which, 'latency'),
  'large',
);

function collect(window: Window, which: Case, measure: 'latency' | 'duration'): Sorted {
  const sent = ofSent(window, which, measure);
  let all: Collector | undefined;
  tellUnsent(window, which, ({ latency }) => {
    all ??= ofSent(window, which, measure);
    all.push(latency);
  });
  return all ? new Higher(sent.sorted(), all.sorted()) : sent.sorted();
}

function ofSent(window: Window, which: Case, measure: 'latency' | 'duration'): Collector {
  const collected = new Collector(which === 'best' ? 'low' : 'high');
  for (const { columns, rows } of readParts(window)) {
    const { [measure]: read } = readCases(window.recording, columns);
    for (const row of rows) collected.push(read(row, which));
  }
  return collected;
}

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

/**
 * The usual figures of how long a window's operations took, errors with their own time; in the worst case unless told
 * otherwise.
 */
export function summarizeDurations(window: Window, which: Case = 'worst'): LatencySummary {
  return summarize(collect(window, which, 'duration'));
}

/** The usual figures of latencies (or race times) in milliseconds, given ascending. */
export function summarize(sorted: Sorted): LatencySummary {
  return {
    min: sorted.at(0) ?? Number.NaN,
    mean: meanOf(sorted),
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
    samples: sorted.length,
  };
}
