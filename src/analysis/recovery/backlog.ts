import type { Recording, Series } from '../../recording/recording.ts';
import { greatest, least } from '../stats/order.ts';
import { findDisturbances } from '../window/stalls.ts';
import { poissonLimit } from './noise.ts';
import { longestPause, samplesBefore } from './recovery-samples.ts';

/** What a probe saw of a backlog over the whole run, until everything had come to rest. */
export interface Backlog {
  /**
   * The largest number seen; NaN without any. In the best case what was seen while the generator caught up after a stall, and shortly after, is left out: its
   * burst may have made the queue. In the worst case what the probe gave no number for, or was not asked about for long, may have been anything: +Infinity.
   */
  readonly peak: { readonly best: number; readonly seen: number; readonly worst: number };
  /** Milliseconds since zero of the first sample as large as the largest seen; NaN without any. */
  readonly peakAt: number;
  /** The last number seen; NaN without any. */
  readonly last: number;
  /** Samples that are numbers. */
  readonly samples: number;
  /** Samples that the probe gave no number for. */
  readonly missing: number;
  /** The longest time of the load, in milliseconds, for which there was no sample at all, if that is more than a probe may take to answer; else 0. */
  readonly unseen: number;
}

/** Milliseconds after a stall was caught up with for which the burst may still be waiting. */
const burstWaits = 1_000;

/** The series that a probe of the user left, by its name, whether or not anything in it is a number. Undefined in a run without that probe. */
export function probeSeriesOf(recording: Recording, probe: string): Series | undefined {
  return recording.series.find(({ subject, name }) => subject === 'probe' && name === probe);
}

/**
 * How large a backlog grew.
 * @param probe the name under which it was given to `run({ probe })`
 * @returns undefined in a run without that probe
 */
export function backlogOf(recording: Recording, probe: string): Backlog | undefined {
  const series = probeSeriesOf(recording, probe);
  if (!series) return undefined;
  const all = series.values.map((value, n) => ({ value, at: series.at[n] as number }));
  const seen = all.filter(({ value }) => !Number.isNaN(value));
  const { all: disturbed } = findDisturbances(recording);
  const calm = seen.filter(({ at }) => !disturbed.holds(at, burstWaits));
  const peak = most(seen);
  const missing = all.length - seen.length;
  const instants = [0, ...series.at, Math.max(recording.duration, series.at.at(-1) ?? 0)];
  const pause = greatest(instants.slice(1).map((at, n) => at - (instants[n] as number)));
  const unseen = pause > longestPause ? pause : 0;
  return {
    peak: {
      best:
        calm.length > 0
          ? most(calm)
          : least(
              seen.map(({ value }) => value),
              peak,
            ),
      seen: peak,
      worst: missing > 0 || unseen > 0 ? Number.POSITIVE_INFINITY : peak,
    },
    peakAt: seen.find(({ value }) => value === peak)?.at ?? Number.NaN,
    last: seen.at(-1)?.value ?? Number.NaN,
    samples: seen.length,
    missing,
    unseen,
  };
}

function most(samples: readonly { readonly value: number }[]): number {
  return samples.length > 0 ? greatest(samples.map(({ value }) => value)) : Number.NaN;
}

/**
 * Up to where a backlog counts as drained: the most that was seen of it before the fault, or what noise makes of a mean like that, whichever is more. Queues vary more
 * than a Poisson count, so the noise is that of a Poisson count of lots, as large as variance / mean (quasi-Poisson). Of n samples that were all 0 the mean may
 * still have been 3 / n (the rule of three), so that much is added to it.
 * @param chance the probability of a false alarm that is accepted for one look, above 0 and below 1
 * @returns NaN when nothing was seen before the fault
 */
export function drainedUpTo(series: Series, faultAt: number, chance: number): number {
  const before = samplesBefore(series, faultAt);
  if (before.length === 0) return Number.NaN;
  const mean = meanOf(before);
  const variance = meanOf(before.map((value) => (value - mean) ** 2));
  const lot = mean > 0 ? Math.max(1, variance / mean) : 1;
  const noisy = lot * poissonLimit((Math.max(0, mean) + 3 / before.length) / lot, chance);
  return before.reduce((highest, value) => Math.max(highest, value), Math.round(noisy));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
