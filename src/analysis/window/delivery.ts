import type { Window } from '../../recording/recording.ts';
import { Collector } from '../stats/collector.ts';
import { percentile } from './latency.ts';
import { memoizePerWindow } from './memo.ts';
import { findStalls } from './stalls.ts';
import { listSpans, readParts } from './window.ts';

/** How well the generator did what the load's plan asked of it in a window. */
export interface Delivery {
  /** Operations that were due in the window. */
  readonly due: number;
  /** Those of them that were sent. */
  readonly sent: number;
  /** Those that were not sent because the app left the cap on operations in flight full. */
  readonly saturated: number;
  /** Those that were not sent through the generator's own fault. */
  readonly unsent: number;
  /** Milliseconds from due to sent, of those that were sent; NaN without any. */
  readonly lag: { readonly p99: number; readonly max: number };
  /** Milliseconds of the window in which the generator stood still. */
  readonly stalled: number;
}

/** What became of the operations due in the window before they reached the app. */
export const measureDelivery: (window: Window) => Delivery = memoizePerWindow((window) => {
  const { categories } = window.recording.columns;
  const saturatedCode = categories.indexOf('saturated');
  const unsentCode = categories.indexOf('unsent');
  const lags = new Collector('high');
  let due = 0;
  let saturated = 0;
  let unsent = 0;
  for (const { columns, rows } of readParts(window)) {
    due += rows.length;
    for (const row of rows) {
      const code = columns.category[row] as number;
      if (code === saturatedCode) saturated++;
      else if (code === unsentCode) unsent++;
      const startedAt = columns.startedAt[row] as number;
      // Sent a moment before it was due (timers round) is not late.
      if (!Number.isNaN(startedAt)) lags.push(Math.max(0, startedAt - (columns.dueAt[row] as number)));
    }
  }
  const sorted = lags.sorted();
  return {
    due,
    sent: sorted.length,
    saturated,
    unsent,
    lag: { p99: percentile(sorted, 0.99), max: percentile(sorted, 1) },
    stalled: stalledIn(window),
  };
});

/** Milliseconds of a window in which the generator stood still. */
export function stalledIn(window: Window): number {
  const stalls = findStalls(window.recording);
  return listSpans(window).reduce((sum, [from, to]) => sum + stalls.overlap(from, to), 0);
}
