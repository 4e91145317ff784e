import type { Experiment } from './experiment-plan.ts';
import { runSchedule } from './fault/run-schedule.ts';
import { checkBegun } from './fault/schedule.ts';
import type { LoadResult, LoadTarget } from './load/load.ts';
import { now } from './recording/clock.ts';
import type { FaultRecord } from './recording/recording.ts';
import type { Service } from './stack/service.ts';
import { widenable, widenWhile } from './stack/widening.ts';

/** What a load is put on, and who is told how it goes. */
export interface Sufferer {
  readonly target: Omit<LoadTarget, 'onZero'>;
  /** Those that may be widened. */
  readonly services: readonly Service[];
  readonly onPhase: (phase: string) => void;
}

/** What a load and its faults left. */
export interface Suffered {
  readonly result: LoadResult;
  readonly faults: readonly FaultRecord[];
  /** Zero of the load on the clock of `recording/clock.ts`. */
  readonly zero: number;
}

/**
 * Puts the load on the app while the faults come and go. When one of the two fails, the other is stopped and awaited.
 * @param over is aborted then
 * @throws what failed first
 */
export async function loadAndSuffer(
  { load, faults = [] }: Experiment,
  { target, services, onPhase }: Sufferer,
  over: AbortController,
  signal: AbortSignal,
): Promise<Suffered> {
  const zero = Promise.withResolvers<number>();
  const { widen: upTo = 0 } = load;
  const widenings = upTo > 0 ? widenable(services) : [];
  const loading = widenWhile(widenings, { upTo, seed: target.seed }, () =>
    load.run({ ...target, onZero: zero.resolve }, signal),
  );
  const loaded = loading.then(async (result) => {
    // A race is over when each of its races is: what was planned for later would be waited for in vain.
    if (load.duration === undefined) checkBegun(faults, now() - (await zero.promise));
    return result;
  });
  const suffering = zero.promise.then((origin) => {
    // The generator says when zero will be as soon as it is ready: the warm-up lies before.
    setTimeout(onPhase, Math.max(0, origin - now()), 'load').unref();
    return runSchedule(faults, origin, signal, onPhase);
  });
  const [result, records] = await waitForBoth(loaded, suffering, (error) => {
    over.abort(error);
    zero.reject(error);
  });
  return { result, faults: records, zero: await zero.promise };
}

/** Waits for both, also when one fails, so that nothing half-done remains. @throws what failed first */
async function waitForBoth<A, B>(
  first: Promise<A>,
  second: Promise<B>,
  onFailure: (error: unknown) => void,
): Promise<[A, B]> {
  const failures: unknown[] = [];
  const guard = <T>(part: Promise<T>) =>
    part.catch((error: unknown) => {
      failures.push(error);
      onFailure(error);
      throw error;
    });
  const [a, b] = await Promise.allSettled([guard(first), guard(second)]);
  if (a.status === 'rejected' || b.status === 'rejected') throw failures[0];
  return [a.value, b.value];
}
