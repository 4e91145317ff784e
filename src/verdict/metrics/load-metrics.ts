import { throughput } from '../../analysis/window/throughput.ts';
import { unanswered } from '../checks/latency-below.ts';
import { keptUp } from '../checks/sustain-rps.ts';
import { neededAnswers, neededForPercentile, neededForShare } from '../samples.ts';
import { withoutFault } from './applicability.ts';
import { grade } from './grades.ts';
import { errorShare, goodput, latencyAt, okShare } from './measurements.ts';
import type { Metric } from './metric.ts';

/** How an app does its work under load: throughput, latency, errors. */
export const loadMetrics: readonly Metric[] = [
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
      doubt: (window) => {
        const { best, worst } = latencyAt(share)(window);
        return grade('p99', best)?.grade === grade('p99', worst)?.grade ? undefined : unanswered(window, share);
      },
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
];
