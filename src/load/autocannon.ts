import { type Duration, milliseconds, readable } from '../duration.ts';
import { mustKnow } from '../known-options.ts';
import { randomFor } from '../random.ts';
import { mustBeFunction, someTime, wholeNumber } from './checks.ts';
import type { AutocannonData } from './closed-loop/autocannon-worker.ts';
import { generate } from './generator/generator.ts';
import type { Load, Request, RequestContext } from './load.ts';
import { loadOrigin } from './plan/loopback.ts';
import { requestTimeout } from './request-timeout.ts';
import { Feed } from './requests/feed.ts';
import { allMethods } from './requests/prepare.ts';
import { writtenKeys } from './requests/written-keys.ts';
import { resultOf } from './result.ts';

/** A closed loop. */
export interface AutocannonOptions {
  /** Connections that each send the next request when the last one was answered; at least 1. */
  readonly connections: number;
  /** From zero until no more requests are sent; above 0. */
  readonly duration: Duration;
  /**
   * Makes request n, as plain data; pure, and called ahead, as far as the app's speed asks for. Not for HEAD, whose
   * answers autocannon cannot read.
   */
  readonly request: (context: RequestContext) => Request;
  /** From sending to giving up; at least a second. Default `'5s'`. */
  readonly timeout?: Duration;
  /** Before zero; those operations have negative instants. Default `'2s'`. */
  readonly warmUp?: Duration;
  /** Hosts besides this machine that the load may go to. */
  readonly allowHosts?: readonly string[];
}

const names = {
  ...{ connections: true, duration: true, request: true, timeout: true, warmUp: true, allowHosts: true },
};

/** autocannon waits for the body that the length of a HEAD answer announces. */
const methods = new Set([...allMethods].filter((method) => method !== 'HEAD'));

/**
 * Closed loop, by autocannon: as many requests as the app answers. While the app is away it measures as many failures
 * as it has connections, so error rates under faults belong to {@link arrivals}.
 * @throws TypeError when an option is out of its range
 */
export function autocannon(options: AutocannonOptions): Load {
  mustKnow(options, 'autocannon', names);
  const { request, allowHosts } = options;
  const connections = wholeNumber(options.connections, 'autocannon: connections');
  mustBeFunction(request, 'autocannon: request', `({ n }) => ({ path: '/orders/' + n })`);
  const duration = someTime(options.duration, 'autocannon: duration');
  const warmUp = milliseconds(options.warmUp ?? '2s', 'autocannon: warmUp');
  const timeout = requestTimeout(options.timeout, 'autocannon');
  if (timeout < 1_000) throw new TypeError(`autocannon: timeout must be at least a second; got ${readable(timeout)}`);
  const name = `autocannon ${connections} ${connections === 1 ? 'connection' : 'connections'} for ${readable(duration)}`;
  return {
    name,
    duration,
    writtenKeys: (seed) => writtenKeys((n) => request({ n, random: randomFor(seed, n) })),
    async run(target, signal) {
      const origin = loadOrigin(target.url, allowHosts);
      const make = (n: number) => request({ n, random: randomFor(target.seed, n) });
      const call = (n: number) => `request({ n: ${n} })`;
      const main = new Feed({ first: 0, step: 1, count: Number.POSITIVE_INFINITY }, make, call, methods);
      const warming = new Feed({ first: -1, step: -1, count: Number.POSITIVE_INFINITY }, make, call, methods);
      const data: AutocannonData = { origin, connections, duration, warmUp, timeout };
      const generated = await generate(
        {
          module: new URL('./closed-loop/autocannon-worker.js', import.meta.url),
          parts: [{ data, feeds: warmUp > 0 ? [main, warming] : [main] }],
          labels: (n) => (n < 0 ? warming : main).labels(n),
          longest: duration + timeout,
        },
        target,
        signal,
      );
      const own = { load: name, loop: 'closed', offeredRate: undefined, connections } as const;
      return resultOf(own, generated, duration);
    },
  };
}
