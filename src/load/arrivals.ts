import { type Duration, milliseconds, readable } from '../duration.ts';
import type { ArrivalsData } from './arrivals-worker.ts';
import { curveOf, peakOf, type RateCurve } from './curve.ts';
import { Feed } from './feed.ts';
import { generate } from './generator.ts';
import type { Load, Request, RequestContext } from './load.ts';
import { loadOrigin } from './loopback.ts';
import { mustBeFunction, someTime } from './options.ts';
import { randomFor } from './random.ts';
import { evenSchedule, poissonSchedule, type Spacing } from './schedule.ts';
import { type Stage, stagesText, stepsOf } from './stages.ts';

/** What every open loop may be given. */
interface OpenLoopOptions {
  /** Makes request n, as plain data; pure, and called about a second ahead. */
  readonly request: (context: RequestContext) => Request;
  /** `even` (default): each arrival a full gap after the last. `poisson`: exponential gaps from the run's seed, as independent users come. */
  readonly spacing?: Spacing;
  /** From sending to giving up; above 0. Default `'5s'`. */
  readonly timeout?: Duration;
  /** Before zero, at the rate at which the load starts; those operations have negative instants. Default `'2s'`. */
  readonly warmUp?: Duration;
  /** Most operations in flight, at least highest rate x timeout; an arrival above it is recorded as `saturated` and not sent. */
  readonly maxInFlight?: number;
  /** Hosts besides this machine that the load may go to. */
  readonly allowHosts?: readonly string[];
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

/** An open loop: a `rate` for a `duration`, or `stages`. */
export type ArrivalsOptions = SteadyOptions | StagedOptions;

/**
 * Open loop: operations are sent when they are due, whatever the app does, so an app that freezes is seen by every operation
 * that was due meanwhile. The generator wakes up once a millisecond and with each answer, and sends all that is due.
 * @throws TypeError, RangeError when an option is out of its range
 */
export function arrivals(options: ArrivalsOptions): Load {
  const { request, allowHosts, spacing = 'even' } = options;
  mustBeFunction(request, 'arrivals: request', `({ n }) => ({ path: '/orders/' + n })`);
  mustBeSpacing(spacing);
  const { curve, duration, offeredRate, text } = offerOf(options);
  const timeout = someTime(options.timeout ?? '5s', 'arrivals: timeout');
  const warmUp = milliseconds(options.warmUp ?? '2s', 'arrivals: warmUp');
  const maxInFlight = inFlightCap(options.maxInFlight, peakOf(curve), timeout);
  const name = `arrivals ${text}${spacing === 'poisson' ? ', Poisson' : ''}`;
  return {
    name,
    duration,
    async run(target, signal) {
      const origin = loadOrigin(target.url, allowHosts);
      const schedule = spacing === 'even' ? evenSchedule(curve, warmUp) : poissonSchedule(curve, warmUp, target.seed);
      if (schedule.count === 0) {
        throw new RangeError(
          `${name}: no arrival falls into the ${readable(duration)} of this load; raise its rate, or let it last longer`,
        );
      }
      const feed = new Feed(
        { first: schedule.first, step: 1, count: schedule.count - schedule.first },
        (n) => request({ n, random: randomFor(target.seed, n) }),
        (n) => `request({ n: ${n} })`,
      );
      const data: ArrivalsData = { origin, schedule, duration, warmUp, timeout, maxInFlight };
      const { columns, stalls } = await generate(
        {
          module: new URL('./arrivals-worker.js', import.meta.url),
          data,
          feeds: [feed],
          labels: (n) => feed.labels(n),
        },
        target,
        signal,
      );
      const generator = { load: name, loop: 'open', offeredRate, stalls, connections: undefined } as const;
      return { columns, generator, duration };
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
