import { checkPlan, type Experiment } from './experiment-plan.ts';
import { type StateAfter, stateAfter, stateBefore } from './final-state.ts';
import { loadAndSuffer } from './load-and-suffer.ts';
import { Watch } from './observe/watch.ts';
import { acknowledgedKeys } from './recording/acknowledged-keys.ts';
import type { GivenColumns } from './recording/columns.ts';
import { Recording, type StateRow } from './recording/recording.ts';
import type { App } from './stack/app/app.ts';
import type { Service } from './stack/service.ts';
import { widenable } from './stack/widening.ts';

export type { Experiment } from './experiment-plan.ts';

/** Whom the experiment is done to, and who is told how it goes. */
export interface Laboratory {
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
 * Runs a load against an app while its dependencies suffer faults, and returns the recording. All faults are healed
 * when this settles.
 * @throws TypeError or RangeError on a plan that cannot be carried out, before anything starts
 */
export async function experiment(plan: Experiment, laboratory: Laboratory): Promise<Recording> {
  const { settle } = checkPlan(plan);
  const { app, services = [], others, proxy, track, seed, onPhase, onProgress } = laboratory;
  if ((plan.load.widen ?? 0) > 0) widenable(services);
  const over = new AbortController();
  const signal = AbortSignal.any([laboratory.signal, over.signal]);
  try {
    await prepare(plan);
    const startedAt = new Date().toISOString();
    const before = await stateBefore(plan.finalState, settle);

    const beside = { services, ...(others && { others }), ...(proxy && { proxy }) };
    const watch = await Watch.begin({ app, probes: plan.probe ?? {}, ...beside }, signal);
    onPhase('warm-up');
    const target = { url: app.url, seed, onProgress, ...(track && { track }) };
    const { result, faults, zero } = await loadAndSuffer(plan, { target, services, onPhase }, over, signal).finally(
      () => watch.endLoad(),
    );
    await watch.takeStock(zero);

    onPhase('settling');
    const state = await settleDown(plan, { before, app, limit: settle, signal }, result.columns);
    return new Recording({ ...result, faults, ...state, ...(await watch.end(zero)), seed, startedAt });
  } catch (error) {
    // Whatever still watches ends with it.
    over.abort(error);
    throw error;
  }
}

async function prepare({ prepare }: Experiment): Promise<void> {
  try {
    await prepare?.();
  } catch (cause) {
    throw new Error(`run({ prepare }) threw: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Reads the final state until it has come to rest. */
function settleDown(
  { finalState }: Experiment,
  {
    app,
    ...settling
  }: { readonly before: StateRow[]; readonly app: App; readonly limit: number; readonly signal: AbortSignal },
  columns: GivenColumns,
): Promise<StateAfter> {
  const acknowledged = acknowledgedKeys(columns);
  return stateAfter(finalState, { ...settling, acknowledged, waiting: () => app.state !== 'gone' });
}
