import { errors } from '../analysis/errors.ts';
import { latencies, percentile, summaryOf } from '../analysis/latency.ts';
import { ledger } from '../analysis/ledger.ts';
import { recovery } from '../analysis/recovery.ts';
import { throughput } from '../analysis/throughput.ts';
import { winners } from '../analysis/winners.ts';
import type { Recording, Window } from '../recording/recording.ts';
import { afterFaults, recoveryText } from './checks/recover-within.ts';
import { rateText } from './checks/sustain-rps.ts';
import { counted, rangeText, timeText } from './evidence.ts';
import { recoveryMetric } from './metric-names.ts';
import { percentText } from './percent.ts';
import { racesDoubt } from './races.ts';
import { neededAnswers, neededForPercentile, neededForShare, neededRaces } from './samples.ts';
import { closedLoopUnderFault } from './validity.ts';

/** What a metric came to in a window. */
export interface Measurement {
  /** In the metric's unit, in the app's favour. NaN when there is none. */
  readonly best: number;
  /** ... and against it. Equal to `best` unless the generator missed something, or the run ended too soon. */
  readonly worst: number;
  /** The value as a person reads it. */
  readonly shown: string;
  readonly samples: number;
}

/** A line of the metrics table. */
export interface Metric {
  readonly name: string;
  readonly unit: '/s' | 'ms' | '%' | 'keys';
  /** How it is computed from a recording. */
  readonly how: string;
  /** Samples that a grade needs. */
  readonly needs: number;
  /** The windows of a recording that have this metric; none where it does not apply. */
  windows(recording: Recording): readonly Window[];
  measure(window: Window): Measurement;
  /** Why the value says little, beyond a fault that was not felt and too few samples. */
  doubt?(window: Window): string | undefined;
}

const withoutFault = (recording: Recording): Window[] =>
  recording.faults.length === 0 && recording.generator.loop !== 'race' ? [recording] : [];

const races = (recording: Recording): Window[] => (recording.generator.loop === 'race' ? [recording] : []);

const outagesOf =
  (kind: string) =>
  (recording: Recording): Window[] =>
    recording.faults
      .filter((fault) => fault.serviceKind === kind && recording.generator.loop !== 'race')
      .map((fault, index, all) => {
        const earlier = all.slice(0, index).filter((other) => other.name === fault.name).length;
        const name = earlier > 0 ? `during ${fault.name}, time ${earlier + 1}` : `during ${fault.name}`;
        return { recording, name, from: fault.inEffectAt, to: fault.healedAt, faults: [fault] };
      });

const afterOutageOf =
  (kind: string) =>
  (recording: Recording): Window[] =>
    outagesOf(kind)(recording).length > 0 ? [recording.after] : [];

const recoveryOf =
  (name: string) =>
  (recording: Recording): Window[] =>
    recording.faults.length > 0 && recording.generator.loop !== 'race' && recoveryMetric(recording) === name
      ? [afterFaults(recording)]
      : [];

const keyed = (recording: Recording): Window[] =>
  recording.finalState && recording.generator.loop !== 'race' && recording.columns.key.some((key) => key !== undefined)
    ? [recording]
    : [];

const latencyAt =
  (share: number) =>
  (window: Window): Measurement => {
    const sorted = latencies(window, 'worst');
    const best = percentile(latencies(window, 'best'), share);
    const worst = percentile(sorted, share);
    return { best, worst, shown: rangeText(best, worst, timeText), samples: sorted.length };
  };

function errorShare(window: Window): Measurement {
  const { share, operations } = errors(window);
  return percentages(share.best, share.worst, operations);
}

function okShare(window: Window): Measurement {
  const { errors: count, operations } = errors(window);
  return percentages((operations - count.best) / operations, (operations - count.worst) / operations, operations);
}

function percentages(best: number, worst: number, samples: number): Measurement {
  return { best: best * 100, worst: worst * 100, shown: rangeText(best, worst, percentText), samples };
}

function recoveryTime(window: Window): Measurement {
  const seen = recovery(window.recording);
  const shown = rangeText(seen.afterBest, seen.afterWorst, (after) => recoveryText(after, seen));
  // Not recovered means anything from what was observed upwards.
  const best = seen.afterBest === Number.POSITIVE_INFINITY ? seen.observed : seen.afterBest;
  return { best, worst: seen.afterWorst, shown, samples: seen.bins.length };
}

const raceTime =
  (field: 'mean' | 'p99') =>
  (window: Window): Measurement => {
    const times = summaryOf(winners(window.recording).times);
    return { best: times[field], worst: times[field], shown: timeText(times[field]), samples: times.samples };
  };

const keysIn =
  (field: 'lost' | 'duplicated') =>
  (window: Window): Measurement => {
    const seen = ledger(window.recording);
    const count = seen ? seen[field].length : Number.NaN;
    return { best: count, worst: count, shown: counted(count, 'key'), samples: seen?.acknowledged ?? 0 };
  };

const racesDoubtOf = (window: Window): string | undefined => racesDoubt(winners(window.recording));

/** Every metric that is measured now, in the order of the result table. */
export const metrics: readonly Metric[] = [
  {
    name: 'RPS',
    unit: '/s',
    how: 'ok operations that ended in the window, per second',
    needs: neededAnswers,
    windows: withoutFault,
    measure: (window) => {
      const { rps, seconds, completed } = throughput(window);
      const { best, worst } = errors(window).errors;
      const most = rps + (worst - best) / seconds;
      return { best: most, worst: rps, shown: rangeText(most, rps, rateText), samples: completed };
    },
  },
  ...([0.5, 0.95, 0.99] as const).map(
    (share): Metric => ({
      name: `p${share * 100}`,
      unit: 'ms',
      how: 'response time (done - due) of all operations due in the window, by nearest rank; what never ended is infinite',
      needs: neededForPercentile(share),
      windows: withoutFault,
      measure: latencyAt(share),
    }),
  ),
  {
    name: 'error rate',
    unit: '%',
    how: 'share of the operations due in the window that failed or have an unknown outcome',
    needs: neededForShare(0.001),
    windows: withoutFault,
    measure: errorShare,
  },
  {
    name: 'availability',
    unit: '%',
    how: 'share of the operations due in the window that were ok',
    needs: neededForShare(0.0005),
    windows: withoutFault,
    measure: okShare,
  },
  {
    name: 'win rate',
    unit: '%',
    how: 'share of the races whose attempts overlapped in time that had exactly one winner',
    needs: neededRaces,
    windows: races,
    measure: (window) => {
      const { winRate, overlapping } = winners(window.recording);
      return percentages(winRate, winRate, overlapping);
    },
    doubt: racesDoubtOf,
  },
  {
    name: 'race conditions',
    unit: '%',
    how: 'share of the races with more than one winner, or with another in the final state than in the answers',
    needs: neededRaces,
    windows: races,
    measure: (window) => {
      const { raceConditions, races: all } = winners(window.recording);
      return percentages(raceConditions / all, raceConditions / all, all);
    },
    doubt: racesDoubtOf,
  },
  {
    name: 'race time',
    unit: 'ms',
    how: "mean time from the release of a race to its winner's answer",
    needs: neededRaces,
    windows: races,
    measure: raceTime('mean'),
    doubt: racesDoubtOf,
  },
  {
    name: 'race time p99',
    unit: 'ms',
    how: 'the same time, 99th percentile; with fewer than 100 races it is that of the slowest',
    needs: neededForPercentile(0.99),
    windows: races,
    measure: raceTime('p99'),
    doubt: racesDoubtOf,
  },
  {
    name: 'Redis outage error rate',
    unit: '%',
    how: "error rate from the fault's taking effect to its healing",
    needs: neededForShare(0.01),
    windows: outagesOf('redis'),
    measure: errorShare,
    doubt: closedLoopUnderFault,
  },
  {
    name: 'success during a database outage',
    unit: '%',
    how: "share of ok operations from the fault's taking effect to its healing",
    needs: neededForShare(0.1),
    windows: outagesOf('postgres'),
    measure: okShare,
    doubt: closedLoopUnderFault,
  },
  {
    name: 'success after a database outage',
    unit: '%',
    how: "share of ok operations from the last fault's healing to the end of the load",
    needs: neededForShare(0.01),
    windows: afterOutageOf('postgres'),
    measure: okShare,
    doubt: closedLoopUnderFault,
  },
  ...['Redis recovery', 'database recovery', 'recovery'].map(
    (name): Metric => ({
      name,
      unit: 'ms',
      how: "from the last fault's healing to the first of three bins in a row that are as good as before the fault",
      needs: 1,
      windows: recoveryOf(name),
      measure: recoveryTime,
      doubt: (window) => closedLoopUnderFault(window.recording),
    }),
  ),
  {
    name: 'lost',
    unit: 'keys',
    how: 'keys with an ok answer that are not in the final state',
    needs: 1,
    windows: keyed,
    measure: keysIn('lost'),
  },
  {
    name: 'duplicated',
    unit: 'keys',
    how: 'keys that are in the final state more than once',
    needs: 1,
    windows: keyed,
    measure: keysIn('duplicated'),
  },
];
