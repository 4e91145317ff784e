import { type Duration, milliseconds, readable } from '../duration.ts';
import { mustKnow } from '../known-options.ts';
import { lossCategories } from '../recording/loss.ts';
import { mustBeFunction, someTime, wholeNumber } from './checks.ts';
import { generate } from './generator/generator.ts';
import type { RaceData } from './generator/race-worker.ts';
import type { Load, Request } from './load.ts';
import { checkTransport, type TransportOptions } from './plan/transport.ts';
import { requestTimeout } from './request-timeout.ts';
import { Feed } from './requests/feed.ts';
import { prepare, type RequestLabels } from './requests/prepare.ts';
import { writtenKeys } from './requests/written-keys.ts';
import { resultOf } from './result.ts';

/** One attempt: which race it belongs to and who makes it, both from 0. */
export interface AttemptContext {
  readonly race: number;
  readonly contender: number;
}

/** Contenders that want the same thing at the same instant. Each has an HTTP/1.1 connection of its own. */
export interface RaceOptions extends Omit<TransportOptions, 'http'> {
  /** How many races, one after the other; at least 1. */
  readonly races: number;
  /** How many contenders in each, every one on a connection of its own; at least 2. */
  readonly contenders: number;
  /**
   * Makes one contender's request, as plain data with a `key` (what is raced for); pure, and called for all races
   * ahead. `value` is by default the contender.
   */
  readonly attempt: (context: AttemptContext) => Request;
  /**
   * The statuses that tell a contender that it lost: `[404]`. Any other answer to a loser then violates
   * `toHaveOneWinner`. Default: 409 tells it, and a contender with another answer has not raced.
   */
  readonly lossIs?: readonly (number | string)[];
  /** From the release to giving up; above 0. Default `'5s'`. */
  readonly timeout?: Duration;
  /** How long the connections are used for `connect` before the first race, unrecorded. Default `'500ms'`. */
  readonly warmUp?: Duration;
  /**
   * Widens the races. While they run, each statement that writes, and each COMMIT, waits a random time before it
   * reaches the database: between half of this and this. So all contenders make their checks before one of them acts.
   * Reads pass. The times follow from the run's seed. Needs services made with `postgres({ statements: true })`.
   * Choose a few times what lies between the app's check and its act, and, if its pool is cold, more than it takes to
   * open a connection. Above 0, at most 1 s.
   */
  readonly widen?: Duration;
  /** Path of a harmless GET by which connections are opened; any answer will do. Default `'/health'`. */
  readonly connect?: string;
}

const names = {
  ...{ races: true, contenders: true, attempt: true, timeout: true, warmUp: true, widen: true, connect: true },
  ...{ tls: true, allowHosts: true, lossIs: true },
};

/**
 * Races: in each, all contenders are released together on connections that are already open; the next race starts when
 * the last of them has its answer. The recording's `dueAt` is the release, `startedAt` when the request was written.
 * @throws TypeError when an option is out of its range
 */
export function race(options: RaceOptions): Load {
  mustKnow(options, 'race', names);
  const { attempt } = options;
  const races = wholeNumber(options.races, 'race: races');
  const contenders = wholeNumber(options.contenders, 'race: contenders');
  if (contenders < 2) throw new TypeError('race: contenders must be at least 2, or nobody is raced against; got 1');
  mustBeFunction(attempt, 'race: attempt', `({ race, contender }) => ({ path: '/accept', key: 'R' + race })`);
  const timeout = requestTimeout(options.timeout, 'race');
  const warmUp = milliseconds(options.warmUp ?? '500ms', 'race: warmUp');
  const widen = options.widen === undefined ? undefined : someTime(options.widen, 'race: widen');
  if (widen !== undefined && widen > 1_000) {
    throw new TypeError(`race: widen must be at most 1 s, or time-outs are tested; got ${options.widen}`);
  }
  const lossIs = options.lossIs && lossCategories(options.lossIs, 'race: lossIs');
  const connect = prepare({ path: options.connect ?? '/health' }, 'race: connect').request;
  const { allowHosts = [], tls = {} } = options;
  const transportTo = checkTransport('race', { allowHosts, tls });
  const widened = widen === undefined ? '' : `, widened by up to ${readable(widen)}`;
  const contextOf = (n: number) => ({ race: Math.floor(n / contenders), contender: n % contenders });
  const name = `race of ${contenders} contenders, ${races} ${races === 1 ? 'time' : 'times'}${widened}`;
  return {
    name,
    duration: undefined,
    ...(widen !== undefined && { widen }),
    // Each has a value: by default its contender.
    writtenKeys: () => writtenKeys((n) => ({ value: '', ...attempt(contextOf(n)) }), races * contenders),
    async run(target, signal) {
      const transport = transportTo(target.url);
      signal.throwIfAborted();
      const count = races * contenders;
      const call = (n: number) => `attempt({ race: ${contextOf(n).race}, contender: ${contextOf(n).contender} })`;
      const feed = new Feed({ first: 0, step: 1, count }, (n) => attempt(contextOf(n)), call);
      const requests = feed.ahead(count);
      const labels = requests.map((_, n) => labelAttempt(feed.labels(n), call(n), contextOf(n)));
      const data: RaceData = { transport, contenders, timeout, warmUp, connect, requests };
      const generated = await generate(
        {
          module: new URL('./generator/race-worker.js', import.meta.url),
          parts: [{ data, feeds: [] }],
          labels: (n) => labels[n] as RequestLabels,
          // A race that is reset opens its connections again, each with a time-out of its own.
          longest: races * timeout * 2,
        },
        target,
        signal,
      );
      const own = {
        load: name,
        loop: 'race',
        offeredRate: undefined,
        connections: contenders,
        ...(lossIs && { lossIs }),
      } as const;
      return resultOf(own, generated, generated.end);
    },
  };
}

function labelAttempt(
  { key, name, value, kind }: RequestLabels,
  call: string,
  { contender }: AttemptContext,
): RequestLabels {
  if (key === undefined) {
    throw new TypeError(`${call}: key is missing; it says what is raced for, and who won is judged by it`);
  }
  if (kind === 'read')
    throw new TypeError(`${call}: reads is for requests that only look; a contender must want something`);
  // An attempt says what it wants, whatever its method.
  return { key, name, value: value ?? String(contender), ...(kind && kind !== 'look' && { kind }) };
}
