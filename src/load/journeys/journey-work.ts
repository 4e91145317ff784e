import { mustBeFunction } from '../checks.ts';
import type { LoadTarget, Request, RequestContext } from '../load.ts';
import type { Schedule } from '../plan/schedule.ts';
import type { Transport } from '../plan/transport.ts';
import type { WarmUpPlan } from '../plan/warm-up.ts';
import type { Generated } from '../result.ts';
import { type Call, runCalls } from './call.ts';
import type { Journey } from './journey.ts';
import { runJourneys } from './journey-run.ts';

/** Every arrival sends a request. */
export interface RequestWork {
  /** Makes request n, as plain data; pure, and called about a second ahead. */
  readonly request: (context: RequestContext) => Request;
  readonly journey?: never;
  readonly call?: never;
}

/** Every arrival is the beginning of a journey. */
export interface JourneyWork {
  /**
   * Several requests, one after the other, that may follow what the app answered:
   * `journey(new URL('../order.ts', import.meta.url))`.
   */
  readonly journey: Journey;
  readonly request?: never;
  readonly call?: never;
}

/** Every arrival calls a function. */
export interface CallWork {
  /** Any async function instead of a request, in the test's own process: see {@link Call}. */
  readonly call: Call;
  readonly request?: never;
  readonly journey?: never;
}

/** What every arrival does: one of the three. */
export type ArrivalWork = RequestWork | JourneyWork | CallWork;

/** How often work is done, and how long it may take; times in milliseconds. */
export interface WorkPlan {
  readonly schedule: Schedule;
  readonly warmUp: number;
  readonly timeout: number;
  /** Most journeys or calls under way. */
  readonly maxInFlight: number;
  /** From zero to the end of the arrivals. */
  readonly duration: number;
}

/** Journeys or calls, which tell of themselves what they were. */
export interface AsyncWork {
  /** `journey order` or `call`: for the name of the load. */
  readonly text: string;
  /** Milliseconds that one may take. */
  readonly longest: number;
  run(plan: WorkPlan, transport: Transport, target: LoadTarget, signal: AbortSignal): Promise<Generated>;
}

/** What else was said of the load; times in milliseconds. */
interface WorkLimits {
  readonly timeout: number;
  readonly warmUp: WarmUpPlan;
  readonly processes: number | undefined;
}

/**
 * The work of arrivals that is no request; undefined where it is.
 * @throws TypeError when there is not exactly one kind of work, it is of the wrong kind, or the load asks for what it
 * cannot do
 */
export function asyncWork({ request, journey, call }: ArrivalWork, limits: WorkLimits): AsyncWork | undefined {
  const given = Object.entries({ request, journey, call }).filter(([, work]) => work !== undefined);
  if (given.length > 1) {
    throw new TypeError(
      `arrivals: request, journey and call exclude each other; got ${given.map(([name]) => name).join(' and ')}. mixed({ loads }) runs several loads side by side.`,
    );
  }
  if (call !== undefined || journey !== undefined) mustSuit(limits, call === undefined ? 'journeys' : 'calls');
  if (call !== undefined) return callWork(call, limits.timeout);
  if (journey !== undefined) return journeyWork(journey, limits.timeout);
  mustBeFunction(request, 'arrivals: request', `({ n }) => ({ path: '/orders/' + n })`);
  return undefined;
}

function mustSuit({ warmUp, processes = 1 }: WorkLimits, work: string): void {
  if (warmUp.window !== undefined) {
    throw new TypeError(
      `arrivals: ${work} warm up for a length of time, such as warmUp: '5s'; 'steady' is for requests`,
    );
  }
  if (processes !== 1) {
    throw new TypeError(
      `arrivals: ${work} run in one process; got processes: ${String(processes)}. mixed({ loads }) runs several loads side by side.`,
    );
  }
}

function callWork(call: Call, timeout: number): AsyncWork {
  mustBeFunction(call, 'arrivals: call', 'async ({ n }) => { await queue.add(...) }');
  return {
    text: call.name && call.name !== 'call' ? `call ${call.name}` : 'call',
    longest: timeout,
    run: (plan, _, target, signal) => runCalls(call, plan, target, signal),
  };
}

function journeyWork(journey: Journey, timeout: number): AsyncWork {
  if (typeof journey !== 'object' || journey === null || typeof journey.module !== 'string') {
    throw new TypeError(
      `arrivals: journey must be made by journey(new URL('../order.ts', import.meta.url)); got ${typeof journey}`,
    );
  }
  return {
    text: `journey ${journey.name}`,
    longest: journey.timeLimit + timeout,
    run: (plan, transport, target, signal) =>
      runJourneys({ ...plan, ...journey, seed: target.seed, transport }, plan.duration, target, signal),
  };
}
