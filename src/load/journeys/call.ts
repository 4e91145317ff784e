import { now } from '../../recording/clock.ts';
import type { LoadTarget } from '../load.ts';
import type { Generated } from '../result.ts';
import { mergeColumns } from '../rows/merge-columns.ts';
import type { StepContext } from './journey.ts';
import { JourneyLoop, type JourneyPlan } from './journey-loop.ts';
import { newUsers } from './journey-users.ts';

/** What a call is given. Its functions need no `this`. */
export interface CallContext extends StepContext {
  /** Number of the arrival, from 0; negative in the warm-up. */
  readonly n: number;
  /** Uniform in [0, 1), from the run's seed: the same n gives the same numbers. */
  readonly random: () => number;
}

/**
 * Any work as one operation: ok when it fulfils, unless with an answer whose status says otherwise (a `Response` with
 * 500); when it rejects, `unknown`, or `failed` for a `NotApplied`. Runs in the test's own process: what else that does
 * comes in between and delays it (spans above 50 ms are recorded as the generator's own), and the call itself takes CPU
 * from the rest of the test. Beside what it does, a call costs about 25 us, so that a thousand a second take 3 % of a
 * core. For more, or for an undisturbed clock, make it a `step` of a journey, which runs in a process of its own.
 * `about` says what the operation is about.
 */
export type Call = (context: CallContext) => unknown;

/** Operations that are copied at a time. */
const part = 50_000;
/** Between the choice of zero and the first arrival, so that it is not late, in milliseconds. */
const lead = 20;

/**
 * Runs calls in this process to their end, each when it is due.
 * @throws the signal's reason when it aborts
 */
export async function runCalls(
  call: Call,
  plan: Omit<JourneyPlan, 'name' | 'timeLimit' | 'data' | 'seed'> & { readonly maxInFlight: number },
  target: LoadTarget,
  signal: AbortSignal,
): Promise<Generated> {
  signal.throwIfAborted();
  const name = call.name || 'call';
  // A call has no longer than its only step.
  const loopPlan: JourneyPlan = {
    ...plan,
    name,
    timeLimit: Number.POSITIVE_INFINITY,
    seed: target.seed,
    data: undefined,
  };
  const loop = new JourneyLoop(loopPlan, {
    users: newUsers(plan.maxInFlight),
    go: ({ n, random, step }) => step(name, (context) => call({ n, random, ...context })),
    send: undefined,
    onProgress: target.onProgress,
  });
  const aborted = () => loop.fail(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    const earliest = now() + lead + plan.warmUp;
    const zero = (await target.zeroFor?.(earliest)) ?? earliest;
    signal.throwIfAborted();
    target.onZero(zero);
    const { log, stalls, catchingUp } = await loop.run(zero);
    const columns = mergeColumns([...log.parts(part)].map((some) => ({ columns: some })));
    return { columns, stalls, catchingUp };
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}
