import type { Series } from '../../recording/recording.ts';
import type { BinLook, Good } from './bin-look.ts';

/**
 * Milliseconds that may lie between two samples. An answer is waited for up to 2 s, and the next question follows 250
 * or 500 ms later. A longer pause means that the process which asks stood still.
 */
export const longestPause = 2_500;

/** The samples before an instant that could be read. */
export function selectBefore(series: Series, instant: number): number[] {
  return series.values.filter((value, n) => (series.at[n] as number) < instant && !Number.isNaN(value));
}

/** The samples in any of some spans, each half-open, that could be read. */
export function selectWithin(series: Series, spans: readonly Pick<BinLook, 'from' | 'to'>[]): number[] {
  const isWithin = (instant: number) => spans.some(({ from, to }) => instant >= from && instant < to);
  return series.values.filter((value, n) => !Number.isNaN(value) && isWithin(series.at[n] as number));
}

/**
 * Judges bins by samples. A bin is good if each sample in it is. A bin between two samples goes by the one before it,
 * for a bin may be shorter than the time between samples. What could not be read is good in the best case and bad in
 * the worst, and so is a bin that ends more than {@link longestPause} after the last sample.
 * @param bins in order
 */
export function judgeBySamples(
  bins: readonly Pick<BinLook, 'from' | 'to'>[],
  { at, values }: Series,
  isGood: (value: number) => boolean,
): Good[] {
  let next = 0;
  return bins.map(({ from, to }) => {
    while (next < at.length && (at[next] as number) < from) next++;
    const first = next;
    while (next < at.length && (at[next] as number) < to) next++;
    const isRecent = to - (at[first - 1] ?? Number.NaN) <= longestPause;
    const shown = next > first ? values.slice(first, next) : [isRecent ? (values[first - 1] as number) : Number.NaN];
    return {
      best: shown.every((value) => Number.isNaN(value) || isGood(value)),
      worst: shown.every((value) => !Number.isNaN(value) && isGood(value)),
    };
  });
}
