import { type Duration, milliseconds } from '../duration.ts';
import type { Experiment } from '../experiment.ts';
import { type ArrivalsOptions, arrivals } from '../load/arrivals.ts';
import type { Recording } from '../recording/recording.ts';
import type { BreakingPoint } from '../verdict/breaking-point.ts';
import { type BreakingPointSearch, findBreakingPoint } from './breaking-point.ts';
import { type ObjectiveBounds, objectives } from './objectives.ts';

type LoadOptions = Pick<ArrivalsOptions, 'request' | 'spacing' | 'timeout' | 'warmUp' | 'allowHosts'>;
type SearchOptions = Pick<BreakingPointSearch<Recording>, 'reset' | 'width' | 'attempts' | 'mostTrials'>;

/** What is offered, within which rates, and what must be kept. */
export interface CapacityOptions
  extends LoadOptions,
    SearchOptions,
    Pick<ObjectiveBounds, 'p95' | 'p99' | 'errorRate' | 'strict'> {
  /** Lowest rate that is tried, per second; above 0. Default 50. */
  readonly from?: number;
  /** Highest rate; above `from`. Default 5000. */
  readonly to?: number;
  /** How long a trial lasts, at least: at a low rate as long as it takes for the operations that the objectives need. Default `'5s'`. */
  readonly duration?: Duration;
}

/**
 * The rate that an app sustains, by open-loop trials: {@link findBreakingPoint} over the offered rate. Held means that the
 * objectives are kept (by default p99 below 500 ms and fewer than 1 % errors) and that 99 % of what is offered is answered meanwhile.
 * @param run the fixture of the test
 * @throws TypeError, RangeError when an option is out of its range
 */
export async function findCapacity(
  run: (plan: Experiment) => Promise<Recording>,
  options: CapacityOptions,
): Promise<BreakingPoint> {
  const { from = 50, to = 5_000, p95, p99, errorRate, strict, duration = '5s', ...rest } = options;
  const { reset, width, attempts, mostTrials, ...load } = rest;
  const bounds =
    p95 === undefined && p99 === undefined && errorRate === undefined ? usual : given({ p95, p99, errorRate });
  const holds = objectives({ ...bounds, ...given({ strict }) });
  const least = milliseconds(duration, 'findCapacity: duration');
  return findBreakingPoint({
    of: 'offered rate',
    from,
    to,
    holds,
    ...given({ reset, width, attempts, mostTrials }),
    trial: (rate, { stretch }) => {
      const length = Math.max(least, Math.ceil(holds.needed / rate) * 1_000) * stretch;
      return run({ load: arrivals({ ...load, rate, duration: length }) });
    },
  });
}

const usual: ObjectiveBounds = { p99: '500ms', errorRate: '1%' };

/** The options that were given. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
