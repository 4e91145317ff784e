import { type Duration, readable } from '../duration.ts';
import { mustKnow } from '../known-options.ts';
import { randomFor } from '../random.ts';
import type { ArrivalsData } from './generator/arrivals-data.ts';
import { generate } from './generator/generator.ts';
import { type ArrivalWork, asyncWork } from './journeys/journey-work.ts';
import type { Load, Request, RequestContext } from './load.ts';
import { someTime, wholeNumber } from './options.ts';
import { curveOf, peakOf, type RateCurve } from './plan/curve.ts';
import { evenSchedule, poissonSchedule, type Spacing } from './plan/schedule.ts';
import { type Part, partIndex, partOf, shareOf } from './plan/share.ts';
import { type Stage, stagesText, stepsOf } from './plan/stages.ts';
import { checkTransport, type TransportOptions } from './plan/transport.ts';
import { type WarmUpOption, warmUpPlan } from './plan/warm-up.ts';
import { Feed } from './requests/feed.ts';

/** What every open loop may be given. */
interface OpenLoopOptions extends TransportOptions {
  /** `even` (default): each arrival a full gap after the last. `poisson`: exponential gaps from the run's seed, as independent users come. */
  readonly spacing?: Spacing;
  /** From sending to giving up; above 0. Default `'5s'`. */
  readonly timeout?: Duration;
  /**
   * Before zero, at the rate at which the load starts; those operations have negative instants. A length, or until the app is
   * steady: `'steady'`, or `{ until: 'steady', atMost: '30s' }`. Default `'2s'`.
   */
  readonly warmUp?: WarmUpOption;
  /** Most operations in flight, at least highest rate x timeout; an arrival above it is recorded as `saturated` and not sent. */
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
 * Open loop: operations are sent when they are due, whatever the app does, so an app that freezes is seen by every operation
 * that was due meanwhile. The generator is a process of its own, or several: arrival n is sent by process n mod `processes`. It
 * sends all that is due whenever it wakes up: when the next arrival is due, and with each answer.
 * @throws TypeError, RangeError when an option is out of its range
 */
export function arrivals(options: ArrivalsOptions): Load {
  mustKnow(options, 'arrivals', names);
  const { spacing = 'even' } = options;
  mustBeSpacing(spacing);
  const transportTo = checkTransport('arrivals', options);
  const { curve, duration, offeredRate, text } = offerOf(options);
  const timeout = someTime(options.timeout ?? '5s', 'arrivals: timeout');
  const warmUp = warmUpPlan(options.warmUp ?? '2s', 'arrivals: warmUp', curve[0]?.startRate ?? 0);
  const work = asyncWork(options, { timeout, warmUp, processes: options.processes });
  const maxInFlight = inFlightCap(options.maxInFlight, peakOf(curve), work?.longest ?? timeout);
  const processes = processCount(options.processes, maxInFlight);
  const name = `arrivals ${text}${spacing === 'poisson' ? ', Poisson' : ''}${work ? ` of ${work.text}` : ''}`;
  return {
    name,
    duration,
    joins: true,
    async run(target, signal) {
      const transport = transportTo(target.url);
      const { length } = warmUp;
      const schedule = spacing === 'even' ? evenSchedule(curve, length) : poissonSchedule(curve, length, target.seed);
      if (schedule.count === 0) {
        throw new RangeError(
          `${name}: no arrival falls into the ${readable(duration)} of this load; raise its rate, or let it last longer`,
        );
      }
      if (work) {
        const plan = { schedule, warmUp: length, timeout, maxInFlight, duration };
        const { columns, stalls, catchingUp, health, warmUp: warmed } = await work.run(plan, transport, target, signal);
        const facts = { stalls, catchingUp, health, warmUp: warmed, connections: undefined };
        return { columns, generator: { load: name, loop: 'open', offeredRate, ...facts }, duration };
      }
      const request = options.request as (context: RequestContext) => Request;
      const make = (n: number) => request({ n, random: randomFor(target.seed, n) });
      const feedOf = (from: number, to: number, part: Part) =>
        new Feed(shareOf(from, to, part), make, (n) => `request({ n: ${n} })`);
      const parts = Array.from({ length: processes }, (_, index) => {
        const part: Part = { index, of: processes };
        const warming = feedOf(schedule.first, 0, part);
        const main = feedOf(0, schedule.count, part);
        const cap = partOf(maxInFlight, part);
        const data: ArrivalsData = { transport, schedule, part, duration, warmUp, timeout, maxInFlight: cap };
        return { data, warming, main, feeds: [warming, main] };
      });
      const generated = await generate(
        {
          module: new URL('./generator/arrivals-worker.js', import.meta.url),
          parts,
          labels: (n) => {
            const { warming, main } = parts[partIndex(n, processes)] as (typeof parts)[number];
            return (n < 0 ? warming : main).labels(n);
          },
          warmUp,
          longest: duration + timeout,
        },
        target,
        signal,
      );
      const { columns, stalls, catchingUp, health } = generated;
      return {
        columns,
        generator: {
          load: name,
          loop: 'open',
          offeredRate,
          stalls,
          catchingUp,
          connections: undefined,
          health,
          warmUp: generated.warmUp,
        },
        duration,
      };
    },
  };
}

/** What is offered when; the rate is undefined where it changes. */
function offerOf(options: ArrivalsOptions): {
  curve: RateCurve;
  duration: number;
  offeredRate: number | undefined;
  text: string;
} {
  if (options.stages === undefined) {
    const { rate } = options;
    if (!(Number.isFinite(rate) && rate > 0)) {
      throw new TypeError(`arrivals: rate must be a number of operations per second above 0; got ${String(rate)}`);
    }
    const duration = someTime(options.duration, 'arrivals: duration');
    const curve = curveOf([{ startRate: rate, endRate: rate, length: duration }]);
    return { curve, duration, offeredRate: rate, text: `${rate}/s for ${readable(duration)}` };
  }
  notBoth(options);
  const start = options.rate ?? 0;
  const steps = stepsOf(start, options.stages);
  const duration = steps.reduce((sum, { length }) => sum + length, 0);
  return { curve: curveOf(steps), duration, offeredRate: undefined, text: stagesText(start, steps) };
}

function notBoth({ duration, stages }: { readonly duration?: unknown; readonly stages: unknown }): void {
  if (duration === undefined) return;
  throw new TypeError(
    `arrivals: duration and stages exclude each other, for stages have lengths of their own; got ${JSON.stringify(duration)} and ${JSON.stringify(stages)}`,
  );
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
