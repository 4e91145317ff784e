import type { Series } from '../recording/recording.ts';
import type { Good, Look } from './comeback.ts';

/** The samples before an instant that could be read. */
export function samplesBefore(series: Series, instant: number): number[] {
  return series.values.filter((value, n) => (series.at[n] as number) < instant && !Number.isNaN(value));
}

/** The samples from an instant on that could be read. */
export function samplesFrom(series: Series, instant: number): number[] {
  return series.values.filter((value, n) => (series.at[n] as number) >= instant && !Number.isNaN(value));
}

/**
 * Whether bins are good by what was sampled in them: a bin is if each sample in it is. A bin between two samples goes by the one before
 * it, for a bin may be shorter than the time from one sample to the next. What could not be read is good in the best case and bad in the worst.
 * @param bins in order
 */
export function goodBySamples(
  bins: readonly Pick<Look, 'from' | 'to'>[],
  { at, values }: Series,
  isGood: (value: number) => boolean,
): Good[] {
  let next = 0;
  let previous = Number.NaN;
  return bins.map(({ from, to }) => {
    while (next < at.length && (at[next] as number) < from) previous = values[next++] as number;
    const within: number[] = [];
    while (next < at.length && (at[next] as number) < to) within.push(values[next++] as number);
    const shown = within.length > 0 ? within : [previous];
    previous = shown.at(-1) as number;
    return {
      best: shown.every((value) => Number.isNaN(value) || isGood(value)),
      worst: shown.every((value) => !Number.isNaN(value) && isGood(value)),
    };
  });
}
