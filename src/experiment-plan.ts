import { type Duration, milliseconds } from './duration.ts';
import type { ScheduledFault } from './fault/fault.ts';
import { checkSchedule } from './fault/schedule.ts';
import type { StateReader } from './final-state.ts';
import { mustBeJudged, mustKnow } from './known-options.ts';
import type { Load } from './load/load.ts';
import { checkProbes, type Probes } from './observe/user-probe.ts';

/** What a test asks for: a load, what goes wrong meanwhile, and what must be there in the end. */
export interface Experiment {
  readonly load: Load;
  readonly faults?: readonly ScheduledFault[];
  /**
   * Makes what must be there before the load, such as orders by `app.fetch`. Called first of all. With `repeat` and in
   * a search it is called for each fresh start, which leaves nothing of what was made before.
   */
  readonly prepare?: () => unknown;
  /**
   * Reads what is durable, around the proxy: `() => postgres.query('select id as key from orders')`. Read before
   * the load and after everything has come to rest.
   */
  readonly finalState?: StateReader;
  /**
   * Numbers of your own over time, such as `{ backlog: async () => Number((await postgres.query(sql))[0].n) }`. Each is
   * asked for about four times a second, from before the load until the final state has come to rest, and becomes a
   * series. `toHaveBacklogBelow` judges the one named `backlog`.
   */
  readonly probe?: Probes;
  /** How long the final state may take to come to rest after the load. Default 10 s. */
  readonly settle?: Duration;
  /**
   * `false` says that the test only looks at this run. Otherwise a test that asserts nothing on it fails. Default true.
   */
  readonly judged?: boolean;
}

/** What a plan may hold. `repeat` is not for one experiment: `run` reads it, and carries the plan out several times. */
const parts = {
  load: true,
  faults: true,
  prepare: true,
  finalState: true,
  probe: true,
  settle: true,
  judged: true,
  repeat: true,
} as const;

/** Time in which the final state must come to rest, where the plan names none. */
const usualSettle = '10s';

/**
 * Checks a plan before anything starts.
 * @returns how long the final state may take to come to rest, in milliseconds
 * @throws TypeError or RangeError on a plan that cannot be carried out
 */
export function checkPlan(plan: Experiment): { readonly settle: number } {
  mustKnow<Experiment & { readonly repeat?: never }>(plan, 'run', parts);
  const { faults = [] } = plan;
  if (typeof plan.load?.run !== 'function') {
    throw new TypeError('run({ load }) must be a load: arrivals({ ... }), autocannon({ ... }) or race({ ... })');
  }
  mustBeTimed(faults);
  if (plan.prepare !== undefined && typeof plan.prepare !== 'function') {
    throw new TypeError(`run({ prepare }) must be a function; got ${typeof plan.prepare}`);
  }
  mustBeJudged(plan.judged, 'run({ judged })');
  if (plan.probe !== undefined) checkProbes(plan.probe);
  checkSchedule(faults, plan.load.duration);
  return { settle: milliseconds(plan.settle ?? usualSettle, 'run({ settle })') };
}

function mustBeTimed(faults: readonly ScheduledFault[]): void {
  if (!Array.isArray(faults)) {
    throw new TypeError("run({ faults }) must be a list, such as [refuse(redis).from('5s').to('10s')]");
  }
  const index = faults.findIndex((fault) => typeof fault?.from !== 'number');
  const untimed: Partial<ScheduledFault> | undefined = faults[index];
  if (index === -1) return;
  if (Array.isArray(untimed)) {
    throw new TypeError('run({ faults }) has a list in its list: write ...repeated(...), with three dots');
  }
  if (typeof (untimed as { for?: unknown } | undefined)?.for === 'function') {
    throw new TypeError(
      "run({ faults }) has a fault without an end: write .from('5s').to('10s'), or .from('5s').for('5s')",
    );
  }
  const name = untimed?.name ?? 'a fault';
  throw new TypeError(`${name} has no time: write ${name}.from('5s').to('10s')`);
}
