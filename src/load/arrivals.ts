import { type Duration, readable } from '../duration.ts';
import { mustKnow } from '../known-options.ts';
import { randomFor } from '../random.ts';
import { wholeNumber } from './checks.ts';
import { generate } from './generator/generator.ts';
import type { ArrivalsData } from './generator/look-ahead.ts';
import { type ArrivalWork, type AsyncWork, asyncWork, type WorkPlan } from './journeys/journey-work.ts';
import type { Load, LoadTarget, Request, RequestContext } from './load.ts';
import { peakOf } from './plan/curve.ts';
import { type Offer, offerOf } from './plan/offer.ts';
import { evenSchedule, poissonSchedule, type Schedule, type Spacing } from './plan/schedule.ts';
import { partOf } from './plan/share.ts';
import type { Stage } from './plan/stages.ts';
import { checkTransport, type Transport, type TransportOptions } from './plan/transport.ts';
import { type WarmUpOption, type WarmUpPlan, warmUpPlan } from './plan/warm-up.ts';
import { requestTimeout } from './request-timeout.ts';
import { SharedFeeds } from './requests/shared-feeds.ts';
import { writtenKeys } from './requests/written-keys.ts';
import { type Generated, resultOf } from './result.ts';

/** What every open loop may be given. */
interface OpenLoopOptions extends TransportOptions {
  /**
   * `even` (default): each arrival a full gap after the last. `poisson`: exponential gaps from the run's seed, as
   * independent users come.
   */
  readonly spacing?: Spacing;
  /** From sending to giving up; above 0. Default `'5s'`. */
  readonly timeout?: Duration;
  /**
   * Before zero, at the rate at which the load starts; those operations have negative instants. A length, or until the
   * app is steady: `'steady'`, or `{ until: 'steady', atMost: '30s' }`. Default `'2s'`.
   */
  readonly warmUp?: WarmUpOption;
  /**
   * Most operations in flight, at least highest rate x timeout; an arrival above it is recorded as `saturated` and not
   * sent.
   */
  readonly maxInFlight?: number;
  /** Processes that the load is spread over, for a rate that is too much for one core; at least 1. Default 1. */
  readonly processes?: number;
}

/** An open loop at one rate. */
interface SteadyOptions extends OpenLoopOptions {
  /** Operations per second; any number above 0. */
  readonly rate: number;
  /** From zero to the end of the schedule; above 0. */
  readonly duration: Duration;
  readonly stages?: never;
}

/** An open loop whose rate changes. */
interface StagedOptions extends OpenLoopOptions {
  /** Operations per second at which the first stage starts. Default 0, which leaves the warm-up without requests. */
  readonly rate?: number;
  /** One after the other: `[{ to: 500, over: '10s' }, { hold: '30s' }, { to: 1000, over: 0 }, { hold: '5s' }]`. */
  readonly stages: readonly Stage[];
  readonly duration?: never;
}

/** An open loop: a `rate` for a `duration`, or `stages`; of requests, of journeys, or of calls. */
export type ArrivalsOptions = (SteadyOptions | StagedOptions) & ArrivalWork;

const names = {
  ...{ rate: true, duration: true, stages: true, request: true, journey: true, call: true },
  ...{ spacing: true, timeout: true, warmUp: true, maxInFlight: true, processes: true },
  ...{ http: true, tls: true, allowHosts: true },
};

/**
 * Open loop: operations are sent when they are due, whatever the app does, so an app that freezes is seen by every
 * operation that was due meanwhile. The generator is a process of its own, or several: arrival n is sent by process n
 * mod `processes`. It sends all that is due whenever it wakes up: when the next arrival is due, and with each answer.
 * @throws TypeError, RangeError when an option is out of its range
 */
export function arrivals(options: ArrivalsOptions): Load {
  const plan = checkPlan(options);
  const { name, duration, work, request } = plan;
  return {
    name,
    duration,
    joins: true,
    ...(request && { writtenKeys: (seed) => writtenKeys((n) => request({ n, random: randomFor(seed, n) })) }),
    async run(target, signal) {
      const transport = plan.transportTo(target.url);
      const schedule = scheduleOf(plan, target.seed);
      const generated = work
        ? await work.run(workPlan(plan, schedule), transport, target, signal)
        : await generateRequests(plan, schedule, transport, target, signal);
      const own = { load: name, loop: 'open', offeredRate: plan.offeredRate, connections: undefined } as const;
      return resultOf(own, generated, duration);
    },
  };
}

/** What `arrivals` is to do, with all of its options checked; times in milliseconds. */
interface ArrivalsPlan extends Offer {
  readonly name: string;
  readonly spacing: Spacing;
  readonly timeout: number;
  readonly warmUp: WarmUpPlan;
  readonly maxInFlight: number;
  readonly processes: number;
  readonly transportTo: (url: string) => Transport;
  /** What arrivals do that is no request. */
  readonly work: AsyncWork | undefined;
  /** What they send otherwise. */
  readonly request: ((context: RequestContext) => Request) | undefined;
}

function checkPlan(options: ArrivalsOptions): ArrivalsPlan {
  mustKnow(options, 'arrivals', names);
  const { spacing = 'even', request } = options;
  mustBeSpacing(spacing);
  const transportTo = checkTransport('arrivals', options);
  const offer = offerOf(options);
  const timeout = requestTimeout(options.timeout, 'arrivals');
  const warmUp = warmUpPlan(options.warmUp ?? '2s', 'arrivals: warmUp', offer.curve[0]?.startRate ?? 0);
  const work = asyncWork(options, { timeout, warmUp, processes: options.processes });
  const maxInFlight = inFlightCap(options.maxInFlight, peakOf(offer.curve), work?.longest ?? timeout);
  const processes = processCount(options.processes, maxInFlight);
  const name = `arrivals ${offer.text}${spacing === 'poisson' ? ', Poisson' : ''}${work ? ` of ${work.text}` : ''}`;
  return { ...offer, name, spacing, timeout, warmUp, maxInFlight, processes, transportTo, work, request };
}

/** When each arrival is due. @throws RangeError when none is */
function scheduleOf({ name, spacing, curve, duration, warmUp }: ArrivalsPlan, seed: number): Schedule {
  const { length } = warmUp;
  const schedule = spacing === 'even' ? evenSchedule(curve, length) : poissonSchedule(curve, length, seed);
  if (schedule.count > 0) return schedule;
  throw new RangeError(
    `${name}: no arrival falls into the ${readable(duration)} of this load; raise its rate, or let it last longer`,
  );
}

/** Plain data, so that it can go to another process. */
function workPlan({ warmUp, timeout, maxInFlight, duration }: ArrivalsPlan, schedule: Schedule): WorkPlan {
  return { schedule, warmUp: warmUp.length, timeout, maxInFlight, duration };
}

/** Sends a request for each arrival, from as many processes as are asked for. */
function generateRequests(
  plan: ArrivalsPlan,
  schedule: Schedule,
  transport: Transport,
  target: LoadTarget,
  signal: AbortSignal,
): Promise<Generated> {
  const { duration, timeout, warmUp, maxInFlight, processes } = plan;
  const request = plan.request as (context: RequestContext) => Request;
  const make = (n: number) => request({ n, random: randomFor(target.seed, n) });
  const feeds = new SharedFeeds(schedule, processes, make);
  const parts = feeds.ofProcesses.map(({ part, warming, main }) => {
    const own = { part, maxInFlight: partOf(maxInFlight, part) };
    const data: ArrivalsData = { transport, schedule, duration, warmUp, timeout, ...own };
    return { data, feeds: [warming, main] };
  });
  const module = new URL('./generator/arrivals-worker.js', import.meta.url);
  const labels = (n: number) => feeds.labels(n);
  return generate({ module, parts, labels, warmUp, longest: duration + timeout }, target, signal);
}

function mustBeSpacing(spacing: unknown): void {
  if (spacing === 'even' || spacing === 'poisson') return;
  throw new TypeError(`arrivals: spacing must be 'even' or 'poisson'; got ${JSON.stringify(spacing)}`);
}

/** Little's law: rate x timeout are in flight when nothing is answered. Above it, room for what is sent late. */
function inFlightCap(asked: number | undefined, rate: number, timeout: number): number {
  const needed = Math.ceil((rate * timeout) / 1_000);
  if (asked === undefined) return needed + Math.max(100, Math.ceil(rate / 2));
  if (!Number.isInteger(asked) || asked < needed) {
    throw new RangeError(
      `arrivals: maxInFlight must be a whole number of at least highest rate x timeout = ${needed}, or a slow app would be spared; got ${asked}`,
    );
  }
  return asked;
}

function processCount(asked: number | undefined, maxInFlight: number): number {
  const processes = wholeNumber(asked ?? 1, 'arrivals: processes');
  if (processes <= maxInFlight) return processes;
  throw new RangeError(
    `arrivals: processes must be at most maxInFlight = ${maxInFlight}, which they share; got ${processes}`,
  );
}
