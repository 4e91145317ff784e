import type { Recording, Series } from '../../recording/recording.ts';
import { isWithin, type TimeOfWindow } from './window.ts';

/**
 * A series of the recording by what it is about and its name; undefined when there is none, or nothing of it could be
 * read.
 */
export function findSeries(recording: Recording, subject: string, name: string): Series | undefined {
  const found = recording.series.find((series) => series.subject === subject && series.name === name);
  return found?.values.some((value) => !Number.isNaN(value)) ? found : undefined;
}

/** What was seen of a quantity in a window. NaN without a sample that could be read. */
export interface SeriesSummary {
  /** Mean over the samples. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Samples in the window that could be read. */
  readonly samples: number;
}

/** The samples of a series taken within a window; those that could not be read are left out. */
export function summarizeSeries(series: Series, window: TimeOfWindow): SeriesSummary {
  let [sum, min, max, samples] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const { value } of selectReadable(series, window)) {
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    samples++;
  }
  if (samples === 0) return { mean: Number.NaN, min: Number.NaN, max: Number.NaN, samples };
  return { mean: sum / samples, min, max, samples };
}

/**
 * How much was counted in all, of a series in `/s`: each rate times the seconds since the sample before it that could
 * be read, for a rate says how much was counted since then. NaN without a sample.
 */
export function addUpRates(series: Series, window: TimeOfWindow): number {
  let last = 0;
  let total = Number.NaN;
  for (const { at, value } of selectReadable(series, { from: Number.NEGATIVE_INFINITY, to: window.to })) {
    if (isWithin(window, at)) total = (Number.isNaN(total) ? 0 : total) + (value * (at - last)) / 1_000;
    last = at;
  }
  return total;
}

function* selectReadable({ at, values }: Series, window: TimeOfWindow) {
  for (const [n, instant] of at.entries()) {
    const value = values[n] ?? Number.NaN;
    if (isWithin(window, instant) && !Number.isNaN(value)) yield { at: instant, value };
  }
}
