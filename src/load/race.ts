import { type Duration, milliseconds, readable } from '../duration.ts';
import { generate } from './generator.ts';
import type { Load, Request } from './load.ts';
import { mustBeFunction, someTime, wholeNumber } from './options.ts';
import { type Prepared, prepare } from './prepare.ts';
import type { RaceData } from './race-worker.ts';
import { checkTransport, type TransportOptions } from './transport.ts';

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
  /** Makes one contender's request, as plain data with a `key` (what is raced for); pure, and called for all races ahead. `value` is by default the contender. */
  readonly attempt: (context: AttemptContext) => Request;
  /** From the release to giving up; above 0. Default `'5s'`. */
  readonly timeout?: Duration;
  /** How long the connections are used for `connect` before the first race, unrecorded. Default `'500ms'`. */
  readonly warmUp?: Duration;
  /**
   * Amplifies: while the races run, each statement that writes, and each COMMIT, waits a random time from 0 up to this before it reaches
   * the database, so that contenders make their checks before any of them acts. Reads pass. The times follow from the run's seed. For
   * services made with `postgres({ statements: true })`. A few times what the app takes between check and act; above 0, at most 1 s.
   */
  readonly widen?: Duration;
  /** Path of a harmless GET by which connections are opened; any answer will do. Default `'/health'`. */
  readonly connect?: string;
}

/**
 * Races: in each, all contenders are released together on connections that are already open; the next race starts when the
 * last of them has its answer. The recording's `dueAt` is the release, `startedAt` when the request was written.
 * @throws TypeError when an option is out of its range
 */
export function race(options: RaceOptions): Load {
  const { attempt } = options;
  const races = wholeNumber(options.races, 'race: races');
  const contenders = wholeNumber(options.contenders, 'race: contenders');
  if (contenders < 2) throw new TypeError('race: contenders must be at least 2, or nobody is raced against; got 1');
  mustBeFunction(attempt, 'race: attempt', `({ race, contender }) => ({ path: '/accept', key: 'R' + race })`);
  const timeout = someTime(options.timeout ?? '5s', 'race: timeout');
  const warmUp = milliseconds(options.warmUp ?? '500ms', 'race: warmUp');
  const widen = options.widen === undefined ? undefined : someTime(options.widen, 'race: widen');
  if (widen !== undefined && widen > 1_000) {
    throw new TypeError(`race: widen must be at most 1 s, or time-outs are tested; got ${options.widen}`);
  }
  const connect = prepare({ path: options.connect ?? '/health' }, 'race: connect').request;
  const { allowHosts = [], tls = {} } = options;
  const transportTo = checkTransport('race', { allowHosts, tls });
  const widened = widen === undefined ? '' : `, widened by up to ${readable(widen)}`;
  const name = `race of ${contenders} contenders, ${races} ${races === 1 ? 'time' : 'times'}${widened}`;
  return {
    name,
    duration: undefined,
    ...(widen !== undefined && { widen }),
    async run(target, signal) {
      const transport = transportTo(target.url);
      signal.throwIfAborted();
      const attempts = Array.from({ length: races * contenders }, (_, n) =>
        prepared(attempt, { race: Math.floor(n / contenders), contender: n % contenders }),
      );
      const requests = attempts.map(({ request }) => request);
      const data: RaceData = { transport, contenders, timeout, warmUp, connect, requests };
      const { columns, stalls, end, health } = await generate(
        {
          module: new URL('./race-worker.js', import.meta.url),
          parts: [{ data, feeds: [] }],
          labels: (n) => (attempts[n] as Prepared).labels,
          // A race that is reset opens its connections again, each with a time-out of its own.
          longest: races * timeout * 2,
        },
        target,
        signal,
      );
      return {
        columns,
        generator: { load: name, loop: 'race', offeredRate: undefined, stalls, connections: contenders, health },
        duration: end,
      };
    },
  };
}

function prepared(attempt: (context: AttemptContext) => Request, context: AttemptContext): Prepared {
  const call = `attempt({ race: ${context.race}, contender: ${context.contender} })`;
  const { request, labels } = prepare(called(attempt, context, call), call);
  if (labels.key === undefined) {
    throw new TypeError(`${call}: key is missing; it says what is raced for, and who won is judged by it`);
  }
  return { request, labels: { ...labels, value: labels.value ?? String(context.contender) } };
}

function called(attempt: (context: AttemptContext) => Request, context: AttemptContext, call: string): Request {
  try {
    return attempt(context);
  } catch (error) {
    throw new Error(`${call} threw: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
