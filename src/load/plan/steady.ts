import { greatest, least } from '../../extremes.ts';

/** One window of a warm-up, over all of the load's processes. */
export interface SteadyWindow {
  /** Operations that ended in it. */
  readonly operations: number;
  /** Their median latency, milliseconds from due. NaN without any. */
  readonly median: number;
  /** Arrivals that were sent in it, as a share of those that were due in it; a little above 1 after catching up. */
  readonly achieved: number;
}

/** What "steady" means: the windows that it is judged by, and how alike they must be. */
export const steadyRule = {
  /** Windows in a row that must be alike. */
  windows: 3,
  /** Milliseconds of a window, at least. */
  length: 1_000,
  /** Operations of a window, at least. */
  operations: 50,
  /** The medians of latency lie within this share of the lowest ... */
  share: 0.1,
  /** ... or within this many milliseconds of each other. */
  within: 0.5,
  /** Least share of the arrivals that must have been sent, over these windows. */
  achieved: 0.99,
} as const;

/** Milliseconds of a window in which `rate` arrivals a second are enough operations. */
export function windowLength(rate: number): number {
  // A fifth more, since the last of them may be answered in the next window.
  return Math.max(steadyRule.length, Math.ceil((steadyRule.operations * 1_200) / rate));
}

/**
 * Whether a warm-up has become steady: in each of the last three windows at least 50 operations ended, in all of them
 * together at least 99 % of what was due was sent, and the medians of their latencies lie within 10 % of the lowest, or
 * within 0.5 ms. By the median, since it is what warm code and connections move; a rare slow answer is the app's nature
 * and may last for ever.
 */
export function isSteady(windows: readonly SteadyWindow[]): boolean {
  const last = windows.slice(-steadyRule.windows);
  if (last.length < steadyRule.windows) return false;
  if (last.some(({ operations }) => operations < steadyRule.operations)) return false;
  // Windows are equally long, so the mean is the share of all; what was sent a moment late counts in the next one.
  const achieved = last.reduce((sum, window) => sum + window.achieved, 0) / last.length;
  if (achieved < steadyRule.achieved) return false;
  const medians = last.map(({ median }) => median);
  const lowest = least(medians);
  return greatest(medians) - lowest <= Math.max(steadyRule.share * lowest, steadyRule.within);
}

/** Joins what several processes saw of the same window. */
export function joinWindows(
  parts: readonly { readonly due: number; readonly sent: number; readonly latencies: Float64Array }[],
): SteadyWindow {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const latencies = Float64Array.from(parts.flatMap((part) => [...part.latencies])).sort();
  const middle = latencies.length / 2;
  const median = ((latencies[Math.ceil(middle) - 1] ?? Number.NaN) + (latencies[Math.floor(middle)] ?? Number.NaN)) / 2;
  const due = sum(parts.map((part) => part.due));
  return {
    operations: latencies.length,
    median,
    achieved: due === 0 ? 0 : sum(parts.map((part) => part.sent)) / due,
  };
}
