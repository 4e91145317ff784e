import { throughput } from '../analysis/throughput.ts';
import { winners } from '../analysis/winners.ts';
import type { Recording, Window } from '../recording/recording.ts';
import { afterOutageOf, keyed, outagesOf, races, recoveryOf, withoutFault } from './applicability.ts';
import { neededLooks } from './checks/backlog-below.ts';
import { fewAnswers } from './checks/latency-below.ts';
import { poolRecoveryOf } from './checks/pool-recover-within.ts';
import { keptUp } from './checks/sustain-rps.ts';
import { grade } from './grades.ts';
import {
  errorShare,
  goodput,
  keysIn,
  latencyAt,
  type Measurement,
  okShare,
  raceConditionRate,
  raceTime,
  recoveryTime,
  winRate,
} from './measurements.ts';
import { meanCpu, observed, peakMemory, rollbacks, rollbacksCounted } from './observations.ts';
import { racesDoubt } from './races.ts';
import {
  backlogDegraded,
  backlogPeak,
  backlogProbed,
  degraded,
  goodputLost,
  poolRecovery,
  relapses,
  signalRecovery,
  timeToDegrade,
} from './recovery-measurements.ts';
import { neededAnswers, neededForPercentile, neededForShare, neededRaces } from './samples.ts';
import { closedLoopUnderFault } from './validity.ts';

/** A line of the metrics table. */
export interface Metric {
  readonly name: string;
  readonly unit: '/s' | 'ms' | '%' | 'keys' | 'bytes' | 'count' | 'operations' | 'transactions';
  /** How it is computed from a recording. */
  readonly how: string;
  /** Samples that a grade needs. */
  readonly needs: number;
  /** The windows of a recording that have this metric; none where it does not apply. */
  windows(recording: Recording): readonly Window[];
  /** Whether it is also measured for each kind of operation, where a run has several. */
  readonly perName?: boolean;
  measure(window: Window): Measurement;
  /** Why the value says little, beyond a fault that was not felt and too few samples. */
  doubt?(window: Window): string | undefined;
}

const racesDoubtOf = (window: Window): string | undefined => racesDoubt(winners(window.recording));

/** Every metric that is measured now, in the order of the result table. */
export const metrics: readonly Metric[] = [
  {
    name: 'RPS',
    unit: '/s',
    how: 'ok operations that ended in the window, per second',
    needs: neededAnswers,
    windows: withoutFault,
    measure: goodput,
    // A rate that is excellent as it is needs no more.
    doubt: (window) => (grade('RPS', throughput(window).rps)?.grade === 'excellent' ? undefined : keptUp(window)),
  },
  ...([0.5, 0.95, 0.99] as const).map(
    (share): Metric => ({
      name: `p${share * 100}`,
      unit: 'ms',
      how: 'response time (done - due) of all operations due in the window, by nearest rank; what never ended is infinite',
      needs: neededForPercentile(share),
      windows: withoutFault,
      perName: share === 0.99,
      measure: latencyAt(share),
      // What is slow is slow, but quick errors make no good latency.
      doubt: (window) =>
        grade('p99', latencyAt(share)(window).worst)?.grade === 'good' && share !== 0.5
          ? fewAnswers(window, share)
          : undefined,
    }),
  ),
  {
    name: 'error rate',
    unit: '%',
    how: 'share of the operations due in the window that failed or have an unknown outcome',
    needs: neededForShare(0.001),
    windows: withoutFault,
    perName: true,
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
    measure: winRate,
    doubt: racesDoubtOf,
  },
  {
    name: 'race conditions',
    unit: '%',
    how: 'share of the races with more than one winner, or with another in the final state than in the answers',
    needs: neededRaces,
    windows: races,
    measure: raceConditionRate,
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
    name: 'slowest race',
    unit: 'ms',
    how: 'the longest of these times; a p99 would need more races than are run',
    needs: 1,
    windows: races,
    measure: raceTime('max'),
    doubt: racesDoubtOf,
  },
  {
    name: 'Redis outage error rate',
    unit: '%',
    how: "error rate from the fault's taking effect to its healing",
    needs: neededForShare(0.01),
    windows: outagesOf('redis'),
    perName: true,
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
    name: 'pool recovery',
    unit: 'ms',
    how: "from the last fault's healing until the app held as many connections to the database as before, or as its work needs if that is less",
    needs: 1,
    windows: poolRecoveryOf,
    measure: poolRecovery,
  },
  ...(['goodput', 'errors', 'p99', 'backlog'] as const).map(
    (kind): Metric => ({
      name: `recovery of ${kind}`,
      unit: 'ms',
      how: `from the last fault's healing to the first of three bins in a row in which ${kind} alone ${kind === 'errors' ? 'were' : 'was'} as before the fault`,
      needs: 1,
      windows: kind === 'backlog' ? backlogDegraded : degraded,
      measure: signalRecovery(kind),
    }),
  ),
  {
    name: 'time to degrade',
    unit: 'ms',
    how: "from the first fault's taking effect to the first bin that was worse than before it",
    needs: 1,
    windows: degraded,
    measure: timeToDegrade,
  },
  {
    name: 'goodput lost',
    unit: 'operations',
    how: 'ok operations by which the bins that were worse fell short of those before the fault',
    needs: 1,
    windows: degraded,
    measure: goodputLost,
  },
  {
    name: 'relapses',
    unit: 'count',
    how: 'times that the service went bad again after its recovery',
    needs: 1,
    windows: degraded,
    measure: relapses,
  },
  {
    name: 'queue backlog',
    unit: 'count',
    how: 'the most that the probe named backlog gave, from the start of the load until the final state had come to rest',
    needs: neededLooks,
    windows: backlogProbed,
    measure: backlogPeak,
  },
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
  {
    name: 'transactions rolled back',
    unit: 'transactions',
    how: "the server's own count of the database over the whole run; what a crash undid without being counted is not in it",
    needs: 1,
    windows: rollbacksCounted,
    measure: rollbacks,
  },
  {
    name: 'app CPU',
    unit: '%',
    how: "mean CPU of the app's process tree; 100 % is one core",
    needs: 1,
    windows: observed('app', 'cpu'),
    measure: meanCpu('app'),
  },
  ...['app', 'generator'].map(
    (subject): Metric => ({
      name: `${subject} memory`,
      unit: 'bytes',
      how: `most memory that was seen of the ${subject}'s process tree, what its processes share counted once`,
      needs: 1,
      windows: observed(subject, 'memory'),
      measure: peakMemory(subject),
    }),
  ),
];
