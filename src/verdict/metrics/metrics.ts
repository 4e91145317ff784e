import { keyed } from './applicability.ts';
import { loadMetrics } from './load-metrics.ts';
import { keysIn } from './measurements.ts';
import type { Metric } from './metric.ts';
import { meanCpu, observed, peakMemory, rollbacks, rollbacksCounted } from './observations.ts';
import { outageMetrics } from './outage-metrics.ts';
import { raceMetrics } from './race-metrics.ts';
import { recoveryMetrics } from './recovery-metrics.ts';

export type { Metric } from './metric.ts';

/** Every metric that is measured now, in the order of the result table. */
export const metrics: readonly Metric[] = [
  ...loadMetrics,
  ...raceMetrics,
  ...outageMetrics,
  ...recoveryMetrics,
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
