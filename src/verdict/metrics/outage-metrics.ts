import { neededForShare } from '../samples.ts';
import { closedLoopUnderFault } from '../validity.ts';
import { afterOutageOf, outagesOf } from './applicability.ts';
import { errorShare, okShare } from './measurements.ts';
import type { Metric } from './metric.ts';

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
];
