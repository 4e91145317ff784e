import { type Duration, milliseconds } from '../duration.ts';
import type { Experiment } from '../experiment.ts';
import { mustKnow } from '../known-options.ts';
import { type ArrivalsOptions, arrivals } from '../load/arrivals.ts';
import type { RequestWork } from '../load/journeys/journey-work.ts';
import type { Recording } from '../recording/recording.ts';
import type { BreakingPoint } from '../verdict/breaking-point.ts';
import { seek } from './breaking-point.ts';
import { crossCheckPoint } from './cross-check.ts';
import { trialGround } from './ground.ts';
import { type ObjectiveBounds, objectives } from './objectives.ts';
import type { BreakingPointSearch } from './options.ts';

type LoadOptions = Pick<RequestWork, 'request'> &
  Pick<ArrivalsOptions, 'spacing' | 'timeout' | 'warmUp' | 'allowHosts'>;
type SearchOptions = Pick<BreakingPointSearch<Recording>, 'reset' | 'width' | 'attempts' | 'mostTrials' | 'judged'>;
type RunOptions = Pick<Experiment, 'prepare' | 'finalState' | 'settle'>;

/** What is offered, within which rates, and what must be kept. */
export interface CapacityOptions
  extends LoadOptions,
    SearchOptions,
    RunOptions,
    Pick<ObjectiveBounds, 'p95' | 'p99' | 'errorRate' | 'loseNothing' | 'applyEachOnce' | 'strict'> {
  /** Lowest rate that is tried, per second; above 0. Default 50. */
  readonly from?: number;
  /** Highest rate; above `from`. Default 5000. */
  readonly to?: number;
  /**
   * How long a trial lasts, at least: at a low rate as long as it takes for the operations that the objectives need.
   * Default `'5s'`.
   */
  readonly duration?: Duration;
  /**
   * Measures the throughput of closed loops of 1 to 32 connections as well, fits the universal scalability law to it,
   * and says in a note whether the law agrees with the bracket; about 20 s more. Never a verdict. Default false.
   */
  readonly crossCheck?: boolean;
}

const names = {
  ...{ request: true, spacing: true, timeout: true, warmUp: true, allowHosts: true },
  ...{ reset: true, width: true, attempts: true, mostTrials: true, judged: true },
  ...{ prepare: true, finalState: true, settle: true },
  ...{ p95: true, p99: true, errorRate: true, loseNothing: true, applyEachOnce: true, strict: true },
  ...{ from: true, to: true, duration: true, crossCheck: true },
};

/**
 * The rate that an app sustains, by open-loop trials: `findBreakingPoint` over the offered rate. Held means that the
 * objectives are kept (by default p99 below 500 ms and fewer than 1 % errors; with a final state, that nothing is lost)
 * and that 99 % of what is offered is answered meanwhile.
 * @param run the fixture of the test
 * @throws TypeError, RangeError when an option is out of its range
 */
export async function findCapacity(
  run: (plan: Experiment) => Promise<Recording>,
  options: CapacityOptions,
): Promise<BreakingPoint> {
  mustKnow(options, 'findCapacity', names);
  const { from = 50, to = 5_000, p95, p99, errorRate, strict, duration = '5s', crossCheck = false, ...rest } = options;
  const { reset, width, attempts, mostTrials, judged, prepare, finalState, settle, ...loadAndBounds } = rest;
  const { loseNothing, applyEachOnce, ...load } = loadAndBounds;
  if (typeof crossCheck !== 'boolean') {
    throw new TypeError(`findCapacity: crossCheck must be true or false; got ${JSON.stringify(crossCheck)}`);
  }
  const bounds =
    p95 === undefined && p99 === undefined && errorRate === undefined ? usual : dropUndefined({ p95, p99, errorRate });
  const state =
    finalState && !applyEachOnce ? ({ loseNothing: true } as const) : dropUndefined({ loseNothing, applyEachOnce });
  const holds = objectives({ ...bounds, ...state, ...dropUndefined({ strict }) });
  const least = milliseconds(duration, 'findCapacity: duration');
  const plan = dropUndefined({ prepare, finalState, settle });
  const point = await seek({
    of: 'offered rate',
    suffix: '/s',
    from,
    to,
    holds,
    ...dropUndefined({ reset, width, attempts, mostTrials, judged }),
    trial: (rate, { stretch }) => {
      const length = Math.max(least, Math.ceil(holds.needed / rate) * 1_000) * stretch;
      return run({ ...plan, load: arrivals({ ...load, rate, duration: length }) });
    },
  });
  const found = crossCheck
    ? await crossCheckPoint(point, run, { ...load, ...dropUndefined({ prepare, reset }) })
    : point;
  trialGround()?.report(found, judged);
  return found;
}

const usual: ObjectiveBounds = { p99: '500ms', errorRate: '1%' };

/** The options that were given. */
function dropUndefined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
