import { neededLooks } from '../checks/backlog-below.ts';
import { poolRecoveryOf } from '../checks/pool-recover-within.ts';
import { closedLoopUnderFault } from '../validity.ts';
import { recoveryOf } from './applicability.ts';
import { recoveryTime } from './measurements.ts';
import type { Metric } from './metric.ts';
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

/** When a service was as well again as before its faults, in all and by each signal, and what the way back cost. */
export const recoveryMetrics: readonly Metric[] = [
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
];
