import { percentile } from '../dist/analysis/window/latency.js';

/** The value at that share of the sorted values, 0.5 for the median, by nearest rank; NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  return percentile(Float64Array.from(values).sort(), share);
}

/** The median; NaN without values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Each round's own ratio: what slows the whole machine down for a while slows both down, and cancels out. */
export function ratios(above: readonly number[], below: readonly number[]): number[] {
  return above.flatMap((value, round) => {
    const other = below[round];
    return other === undefined ? [] : [value / other];
  });
}

/** The median of some ratios and how far the rounds went: `1.12 (1.05-1.20)`; `-` without any. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  const [least, middle, most] = [0, 0.5, 1].map((share) => quantile(values, share).toFixed(2));
  return `${middle} (${least}-${most})`;
}
