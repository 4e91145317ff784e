import type { Recording, Series } from '../../recording/recording.ts';
import { greatest, least, meanOf } from '../stats/order.ts';
import { findDisturbances } from '../window/stalls.ts';
import { findPoissonLimit } from './noise.ts';
import { longestPause, selectBefore } from './recovery-samples.ts';

/** What a probe saw of a backlog, from the start of the load until everything had come to rest. */
export interface Backlog {
  /**
   * The largest number; NaN without any. The best case leaves out what was seen while the generator caught up after a
   * stall, and shortly after: its burst may have made the queue. The worst case is +Infinity where the probe gave no
   * number, or was not asked for long.
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
  /** The longest time without a sample, in milliseconds; 0 if a probe may take that long to answer. */
  readonly unseen: number;
}

/** Milliseconds for which a burst may still wait in a queue after the generator has caught up. */
const burstWaits = 1_000;

/** The series of a probe of the user. It may hold no number at all. Undefined in a run without that probe. */
export function findProbeSeries(recording: Recording, probe: string): Series | undefined {
  return recording.series.find(({ subject, name }) => subject === 'probe' && name === probe);
}

/**
 * How large a backlog grew.
 * @param probe the name under which it was given to `run({ probe })`
 * @returns undefined in a run without that probe
 */
export function measureBacklog(recording: Recording, probe: string): Backlog | undefined {
  const series = findProbeSeries(recording, probe);
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
 * The level up to which a backlog counts as drained: the most that was seen before the fault, or what noise makes of
 * the mean, whichever is more.
 *
 * Queues vary more than a Poisson count. So the noise is that of a Poisson count of lots, each as large as variance /
 * mean (quasi-Poisson). The mean of n samples that are all 0 may still have been 3 / n (the rule of three), so 3 / n is
 * added to the mean.
 * @param chance the probability of a false alarm that is accepted for one look, above 0 and below 1
 * @returns NaN when nothing was seen before the fault
 */
export function findDrainedLevel(series: Series, faultAt: number, chance: number): number {
  const before = selectBefore(series, faultAt);
  if (before.length === 0) return Number.NaN;
  const mean = meanOf(before);
  const variance = meanOf(before.map((value) => (value - mean) ** 2));
  const lot = mean > 0 ? Math.max(1, variance / mean) : 1;
  const noisy = lot * findPoissonLimit((Math.max(0, mean) + 3 / before.length) / lot, chance);
  return before.reduce((highest, value) => Math.max(highest, value), Math.round(noisy));
}
