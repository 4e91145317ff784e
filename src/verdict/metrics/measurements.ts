import { ledger } from '../../analysis/keys/ledger.ts';
import { winners } from '../../analysis/races/winners.ts';
import { recovery } from '../../analysis/recovery/recovery.ts';
import type { Interval } from '../../analysis/stats/interval.ts';
import { errors } from '../../analysis/window/errors.ts';
import { latencies, percentile, summaryOf } from '../../analysis/window/latency.ts';
import { throughput } from '../../analysis/window/throughput.ts';
import type { Window } from '../../recording/recording.ts';
import { rateText } from '../checks/sustain-rps.ts';
import { percentText, toPercent } from '../percent.ts';
import { counted, rangeText, timeRangeText } from '../words/evidence.ts';
import { percentInterval, timeInterval } from '../words/intervals.ts';
import { recoveryText } from '../words/recovery-texts.ts';

/** What a metric came to in a window. */
export interface Measurement {
  /** In the metric's unit, in the app's favour. NaN when there is none. */
  readonly best: number;
  /** ... and against it. Equal to `best` unless the generator missed something, or the run ended too soon. */
  readonly worst: number;
  /** The value as a person reads it. */
  readonly shown: string;
  readonly samples: number;
  /** Where the true value lies with 95 % certainty, for shares and percentiles with samples. */
  readonly interval?: Interval | undefined;
}

/** Ok operations per second. */
export function goodput(window: Window): Measurement {
  const { rps, best, completed } = throughput(window);
  return { best, worst: rps, shown: rangeText(best, rps, rateText), samples: completed };
}

/** Races with exactly one winner, in per cent. */
export function winRate(window: Window): Measurement {
  const { overlappingDecided, overlapping } = winners(window.recording);
  return percentages(overlappingDecided, overlappingDecided, overlapping);
}

/** Races that broke the rule of one winner, in per cent. */
export function raceConditionRate(window: Window): Measurement {
  const { raceConditions, races: all } = winners(window.recording);
  return percentages(raceConditions, raceConditions, all);
}

/** A percentile of the latency in milliseconds. */
export const latencyAt =
  (share: number) =>
  (window: Window): Measurement => {
    const [inBestCase, inWorstCase] = [latencies(window, 'best'), latencies(window, 'worst')];
    const [best, worst] = [percentile(inBestCase, share), percentile(inWorstCase, share)];
    const interval = timeInterval(inBestCase, inWorstCase, share);
    return { best, worst, shown: timeRangeText(best, worst), samples: inWorstCase.length, interval };
  };

/** Errors in per cent. */
export function errorShare(window: Window): Measurement {
  const { errors: count, operations } = errors(window);
  return percentages(count.best, count.worst, operations);
}

/** Ok operations in per cent. */
export function okShare(window: Window): Measurement {
  const { errors: count, operations } = errors(window);
  return percentages(operations - count.best, operations - count.worst, operations);
}

/** Hits of so many samples, in per cent. */
function percentages(hitsAtBest: number, hitsAtWorst: number, samples: number): Measurement {
  const [best, worst] = [hitsAtBest / samples, hitsAtWorst / samples];
  return {
    best: toPercent(best),
    worst: toPercent(worst),
    shown: rangeText(best, worst, percentText),
    samples,
    interval: percentInterval(hitsAtBest, hitsAtWorst, samples),
  };
}

/** Milliseconds from healing to recovery. */
export function recoveryTime(window: Window): Measurement {
  const seen = recovery(window.recording);
  const shown = rangeText(seen.afterBest, seen.afterWorst, (after) => recoveryText(after, seen));
  // Not recovered means anything from what was observed upwards.
  const best = seen.afterBest === Number.POSITIVE_INFINITY ? seen.observed : seen.afterBest;
  return { best, worst: seen.afterWorst, shown, samples: seen.bins.length };
}

/** Milliseconds until a race's winner knows. */
export const raceTime =
  (field: 'mean' | 'max') =>
  (window: Window): Measurement => {
    const { times } = winners(window.recording);
    const [best, worst] = [summaryOf(times.best), summaryOf(times.worst)];
    const range = timeRangeText(best[field], worst[field]);
    return { best: best[field], worst: worst[field], shown: range, samples: worst.samples };
  };

/** Keys that the ledger holds against the app. */
export const keysIn =
  (field: 'lost' | 'duplicated') =>
  (window: Window): Measurement => {
    const seen = ledger(window.recording);
    const count = seen ? seen[field].length : Number.NaN;
    return { best: count, worst: count, shown: counted(count, 'key'), samples: seen?.acknowledged ?? 0 };
  };
