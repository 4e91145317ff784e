import { type Duration, milliseconds, readable } from '../duration.ts';
import type { ArrivalsData } from './arrivals-worker.ts';
import { Feed } from './feed.ts';
import { generate } from './generator.ts';
import type { Load, Request, RequestContext } from './load.ts';
import { loadOrigin } from './loopback.ts';
import { mustBeFunction, someTime } from './options.ts';
import { randomFor } from './random.ts';
import { scheduleOf } from './schedule.ts';

/** An open loop. */
export interface ArrivalsOptions {
  /** Operations per second, evenly spaced; any number above 0. */
  readonly rate: number;
  /** From zero to the end of the schedule; above 0. */
  readonly duration: Duration;
  /** Makes request n, as plain data; pure, and called about a second ahead. */
  readonly request: (context: RequestContext) => Request;
  /** From sending to giving up; above 0. Default `'5s'`. */
  readonly timeout?: Duration;
  /** Before zero, at the same rate; those operations have negative instants. Default `'2s'`. */
  readonly warmUp?: Duration;
  /** Most operations in flight, at least rate x timeout; an arrival above it is recorded as `saturated` and not sent. */
  readonly maxInFlight?: number;
  /** Hosts besides this machine that the load may go to. */
  readonly allowHosts?: readonly string[];
}

/**
 * Open loop: operations are sent when they are due, whatever the app does, so an app that freezes is seen by every operation
 * that was due meanwhile. The generator wakes up once a millisecond and with each answer, and sends all that is due.
 * @throws TypeError, RangeError when an option is out of its range
 */
export function arrivals(options: ArrivalsOptions): Load {
  const { rate, request, allowHosts } = options;
  if (!(Number.isFinite(rate) && rate > 0)) {
    throw new TypeError(`arrivals: rate must be a number of operations per second above 0; got ${String(rate)}`);
  }
  mustBeFunction(request, 'arrivals: request', `({ n }) => ({ path: '/orders/' + n })`);
  const duration = someTime(options.duration, 'arrivals: duration');
  const timeout = someTime(options.timeout ?? '5s', 'arrivals: timeout');
  const warmUp = milliseconds(options.warmUp ?? '2s', 'arrivals: warmUp');
  const maxInFlight = inFlightCap(options.maxInFlight, rate, timeout);
  const schedule = scheduleOf(rate, duration, warmUp);
  const name = `arrivals ${rate}/s for ${readable(duration)}`;
  return {
    name,
    duration,
    async run(target, signal) {
      const origin = loadOrigin(target.url, allowHosts);
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
      const generator = { load: name, loop: 'open', offeredRate: rate, stalls, connections: undefined } as const;
      return { columns, generator, duration };
    },
  };
}

/** Little's law: rate x timeout are in flight when nothing is answered. Above it, room for what is sent late. */
function inFlightCap(asked: number | undefined, rate: number, timeout: number): number {
  const needed = Math.ceil((rate * timeout) / 1_000);
  if (asked === undefined) return needed + Math.max(100, Math.ceil(rate / 2));
  if (!Number.isInteger(asked) || asked < needed) {
    throw new RangeError(
      `arrivals: maxInFlight must be a whole number of at least rate x timeout = ${needed}, or a slow app would be spared; got ${asked}`,
    );
  }
  return asked;
}
