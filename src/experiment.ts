import { type Duration, milliseconds } from './duration.ts';
import type { ScheduledFault } from './fault/fault.ts';
import { runSchedule } from './fault/run-schedule.ts';
import { checkBegun, checkSchedule } from './fault/schedule.ts';
import { type StateReader, stateAfter, stateBefore } from './final-state.ts';
import { mustKnow } from './known-options.ts';
import type { Load } from './load/load.ts';
import { AppExits } from './observe/app-exits.ts';
import { HealthPoller } from './observe/health-poller.ts';
import { Observer } from './observe/observer.ts';
import { checkProbes, type Probes, UserProbes } from './observe/user-probe.ts';
import { acknowledgedKeys } from './recording/acknowledged-keys.ts';
import { now } from './recording/clock.ts';
import { Recording } from './recording/recording.ts';
import type { App } from './stack/app/app.ts';
import type { Service } from './stack/service.ts';
import { widenable, widenWhile } from './stack/widening.ts';

/** What a test asks for: a load, what goes wrong meanwhile, and what must be there in the end. */
export interface Experiment {
  readonly load: Load;
  readonly faults?: readonly ScheduledFault[];
  /**
   * Makes what must be there before the load, such as orders by `app.fetch`. Called first of all; with `repeat` and in a search
   * for each fresh start, which leaves nothing of what was made before.
   */
  readonly prepare?: () => unknown;
  /**
   * Reads what is durable, around the proxy: `() => postgres.query('select id as key from orders')`. Read before
   * the load and after everything has come to rest.
   */
  readonly finalState?: StateReader;
  /**
   * Numbers of your own over time, such as `{ backlog: async () => Number((await postgres.query(sql))[0].n) }`: each is asked for about four times a
   * second, from before the load until the final state has come to rest, and becomes a series. `toHaveBacklogBelow` judges the one named `backlog`.
   */
  readonly probe?: Probes;
  /** How long the final state may take to come to rest after the load. Default 10 s. */
  readonly settle?: Duration;
}

/** Whom the experiment is done to, and who is told how it goes. */
export interface Subject {
  readonly app: App;
  /** Asked how they are doing meanwhile, if they can be. Default none. */
  readonly services?: readonly Service[];
  /** Processes below this one that are neither it nor its load. Default none. */
  readonly others?: () => readonly number[];
  /** The process of the fault proxy, where it is one here. */
  readonly proxy?: () => number | undefined;
  /** Takes the processes of the load, so that they end with this one. */
  readonly track?: (pid: number) => void;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
  readonly onProgress: (progress: { readonly operations: number; readonly errors: number }) => void;
}

/**
 * Runs a load against an app while its dependencies suffer faults, and returns the recording. Whatever was injected is healed
 * when this settles.
 * @throws TypeError or RangeError on a plan that cannot be carried out, before anything starts
 */
export async function experiment(plan: Experiment, subject: Subject): Promise<Recording> {
  const over = new AbortController();
  try {
    return await carriedOut(plan, subject, over);
  } catch (error) {
    // Whatever still watches ends with it.
    over.abort(error);
    throw error;
  }
}

/** @param over ends all of it, when it fails half-way */
async function carriedOut(plan: Experiment, subject: Subject, over: AbortController): Promise<Recording> {
  check(plan);
  const { faults = [] } = plan;
  const settle = milliseconds(plan.settle ?? '10s', 'run({ settle })');
  const { app, services = [], others, proxy, track } = subject;
  const { widen = 0 } = plan.load;
  const widenings = widen > 0 ? widenable(services) : [];
  await prepared(plan);
  const startedAt = new Date().toISOString();
  const before = await stateBefore(plan.finalState, settle);

  const signal = AbortSignal.any([subject.signal, over.signal]);
  const probes = await UserProbes.begin(plan.probe ?? {}, signal);
  const exits = new AppExits(app);
  over.signal.addEventListener('abort', () => exits.stop(), { once: true });
  const zero = Promise.withResolvers<number>();
  const observer = await Observer.begin({ apps: [app], services, ...(others && { others }), ...(proxy && { proxy }) });
  const health = new HealthPoller(app);
  subject.onPhase('warm-up');
  const loading = widenWhile(widenings, { upTo: widen, seed: subject.seed }, () =>
    plan.load.run(
      {
        url: subject.app.url,
        seed: subject.seed,
        onZero: zero.resolve,
        onProgress: subject.onProgress,
        ...(track && { track }),
      },
      signal,
    ),
  );
  const suffering = zero.promise.then((origin) => {
    // The generator says when zero will be as soon as it is ready: the warm-up lies before.
    setTimeout(subject.onPhase, Math.max(0, origin - now()), 'load').unref();
    return runSchedule(faults, origin, signal, subject.onPhase);
  });
  // A race is over when it has a winner of each: what was planned for later than that would be waited for in vain.
  const loaded =
    plan.load.duration === undefined
      ? loading.then(async (result) => {
          checkBegun(faults, now() - (await zero.promise));
          return result;
        })
      : loading;
  const [result, records] = await bothOrNeither(loaded, suffering, over, zero.reject).finally(() => {
    observer.stop();
    health.stop();
  });
  const observation = await observer.finish(await zero.promise);

  subject.onPhase('settling');
  const settling = {
    before,
    acknowledged: acknowledgedKeys(result.columns),
    limit: settle,
    waiting: () => app.state !== 'gone',
    signal,
  };
  const state = await stateAfter(plan.finalState, settling);
  exits.stop();
  probes.stop();
  return new Recording({
    ...result,
    faults: records,
    ...state,
    exits: exits.since(await zero.promise),
    polls: health.since(await zero.promise),
    ...observation,
    series: [...observation.series, ...probes.series(await zero.promise)],
    notes: [...(observation.notes ?? []), ...probes.notes],
    seed: subject.seed,
    startedAt,
  });
}

/** `repeat` is for whoever carries the plan out several times. */
const parts = {
  load: true,
  faults: true,
  prepare: true,
  finalState: true,
  probe: true,
  settle: true,
  repeat: true,
} as const;

function check(plan: Experiment): void {
  mustKnow<Experiment & { readonly repeat?: never }>(plan, 'run', parts);
  const { faults = [] } = plan;
  if (typeof plan.load?.run !== 'function') {
    throw new TypeError('run({ load }) must be a load: arrivals({ ... }), autocannon({ ... }) or race({ ... })');
  }
  mustBeTimed(faults);
  if (plan.prepare !== undefined && typeof plan.prepare !== 'function') {
    throw new TypeError(`run({ prepare }) must be a function; got ${typeof plan.prepare}`);
  }
  if (plan.probe !== undefined) checkProbes(plan.probe);
  checkSchedule(faults, plan.load.duration);
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

async function prepared({ prepare }: Experiment): Promise<void> {
  try {
    await prepare?.();
  } catch (cause) {
    throw new Error(`run({ prepare }) threw: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Waits for both; when one fails the other is stopped and waited for, so that nothing half-done remains. */
async function bothOrNeither<A, B>(
  load: Promise<A>,
  faults: Promise<B>,
  over: AbortController,
  noZero: (reason: unknown) => void,
): Promise<[A, B]> {
  const guard = <T>(part: Promise<T>) =>
    part.catch((error: unknown) => {
      over.abort(error);
      noZero(error);
      throw error;
    });
  const [loaded, suffered] = await Promise.allSettled([guard(load), guard(faults)]);
  if (loaded.status === 'rejected' || suffered.status === 'rejected') throw over.signal.reason;
  return [loaded.value, suffered.value];
}
