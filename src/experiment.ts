import { type Duration, milliseconds } from './duration.ts';
import type { ScheduledFault } from './fault/fault.ts';
import { checkSchedule, runSchedule } from './fault/schedule.ts';
import { readState, type StateReader, settledState, unreadable } from './final-state.ts';
import type { Load } from './load/load.ts';
import { now } from './recording/clock.ts';
import { type Columns, outcomes } from './recording/columns.ts';
import { type AppExit, Recording } from './recording/recording.ts';
import type { App } from './stack/app.ts';

/** What a test asks for: a load, what goes wrong meanwhile, and what must be there in the end. */
export interface Experiment {
  readonly load: Load;
  readonly faults?: readonly ScheduledFault[];
  /**
   * Reads what is durable, around the proxy: `() => postgres.query('select message_sid as key from orders')`. Read before
   * the load and after everything has come to rest.
   */
  readonly finalState?: StateReader;
  /** How long the final state may take to come to rest after the load. Default 10 s. */
  readonly settle?: Duration;
}

/** Whom the experiment is done to, and who is told how it goes. */
export interface Subject {
  readonly app: App;
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
  const faults = plan.faults ?? [];
  const settle = milliseconds(plan.settle ?? '10s', 'run({ settle })');
  check(plan, faults);
  const startedAt = new Date().toISOString();
  const before = await stateBefore(plan.finalState, settle);

  const over = new AbortController();
  const signal = AbortSignal.any([subject.signal, over.signal]);
  const exits: AppExit[] = [];
  const zero = Promise.withResolvers<number>();
  subject.app.onExit(({ at, code, signal, output }) => {
    // Without a zero there is no recording that could tell of it; the load's own error says why.
    zero.promise.then(
      (origin) => exits.push({ at: at - origin, code, signal, output }),
      () => undefined,
    );
  });
  subject.onPhase('warm-up');
  const loading = plan.load.run(
    { url: subject.app.url, seed: subject.seed, onZero: zero.resolve, onProgress: subject.onProgress },
    signal,
  );
  const suffering = zero.promise.then((origin) => {
    // The generator says when zero will be as soon as it is ready: the warm-up lies before.
    setTimeout(subject.onPhase, origin - now(), 'load').unref();
    return runSchedule(faults, origin, signal, subject.onPhase);
  });
  const [result, records] = await bothOrNeither(loading, suffering, over, zero.reject);

  subject.onPhase('settling');
  const settling = {
    before,
    acknowledged: acknowledged(result.columns),
    limit: settle,
    waiting: () => exits.length === 0,
    signal,
  };
  const finalState =
    plan.finalState &&
    (await settledState(plan.finalState, settling).catch((cause) => {
      throw unreadable('after the load', cause, settle);
    }));
  return new Recording({
    ...result,
    faults: records,
    finalState,
    exits: [...exits],
    series: [],
    seed: subject.seed,
    startedAt,
  });
}

function check(plan: Experiment, faults: readonly ScheduledFault[]): void {
  if (typeof plan.load?.run !== 'function') {
    throw new TypeError('run({ load }) must be a load: arrivals({ ... }), autocannon({ ... }) or race({ ... })');
  }
  const unscheduled = faults.find((fault) => typeof fault?.from !== 'number');
  if (unscheduled) {
    const name = unscheduled.name ?? 'a fault';
    throw new TypeError(`${name} has no time: write ${name}.from('5s').to('10s')`);
  }
  checkSchedule(faults, plan.load.duration);
}

async function stateBefore(reader: StateReader | undefined, settle: number) {
  try {
    return reader ? await readState(reader) : [];
  } catch (cause) {
    throw unreadable('before the load', cause, settle);
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

function acknowledged(columns: Columns): Set<string> {
  const ok = outcomes.indexOf('ok');
  const keys = new Set<string>();
  for (let row = 0; row < columns.length; row++) {
    const key = columns.key[row];
    if (key !== undefined && columns.outcome[row] === ok) keys.add(key);
  }
  return keys;
}
