import { neededForPercentile, neededForShare } from '../samples.ts';
import { closedLoopUnderFault } from '../validity.ts';
import { afterOutageOf, outagesOf } from './applicability.ts';
import { errorShare, latencyAt, okShare } from './measurements.ts';
import type { Metric } from './metric.ts';

/** How long answers take in each outage of a kind of service: a client that waits longer than the outage sees no error of it. */
const outageP99 = (kind: string): Metric => ({
  name: 'p99',
  unit: 'ms',
  how: "response time (done - due) of the operations due from the fault's taking effect to its healing, by nearest rank; what never ended is infinite",
  needs: neededForPercentile(0.99),
  windows: outagesOf(kind),
  measure: latencyAt(0.99),
  doubt: closedLoopUnderFault,
});

/** How much of the work goes well while a dependency is away, and after it. */
export const outageMetrics: readonly Metric[] = [
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
  outageP99('redis'),
  {
    name: 'success during a database outage',
    unit: '%',
    how: "share of ok operations from the fault's taking effect to its healing",
    needs: neededForShare(0.1),
    windows: outagesOf('postgres'),
    measure: okShare,
    doubt: closedLoopUnderFault,
  },
  outageP99('postgres'),
  {
    name: 'success after a database outage',
    unit: '%',
    how: "share of ok operations from the last fault's healing to the end of the load",
    needs: neededForShare(0.01),
    windows: afterOutageOf('postgres'),
    measure: okShare,
    doubt: closedLoopUnderFault,
  },
];
