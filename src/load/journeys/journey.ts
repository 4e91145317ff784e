import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Duration } from '../../duration.ts';
import { someTime, wholeNumber } from '../checks.ts';
import type { About, JourneyResponse, Request } from '../load.ts';

/** What a `step` is given. */
export interface StepContext {
  /** Aborts when the step is given up. */
  readonly signal: AbortSignal;
  /**
   * Says what the operation is about. Say it before the work begins where that is possible: a key that is told only on
   * success is no key of a failure.
   */
  readonly about: (about: About) => void;
}

/** Who goes on a journey. */
export interface JourneyUser<State extends object = Record<string, unknown>> {
  /** From 0. Without `users`, every journey has a user of its own, of the same number as the journey. */
  readonly n: number;
  /** How many journeys this user began before this one, those of the warm-up included. */
  readonly sequence: number;
  /** Empty at first; what one journey leaves here the user's next one finds. */
  readonly state: Partial<State>;
}

/** What a journey is given. Its functions need no `this`. */
export interface JourneyContext<Data = unknown, State extends object = Record<string, unknown>> {
  /** Number of the arrival, from 0; negative in the warm-up. */
  readonly n: number;
  /** Uniform in [0, 1), from the run's seed: the same n gives the same numbers. */
  readonly random: () => number;
  /** What the test gave as `data`. Shared by all journeys. */
  readonly data: Data;
  readonly user: JourneyUser<State>;
  /** Aborts when the journey is given up. */
  readonly signal: AbortSignal;
  /**
   * Sends a request and waits for its answer: one recorded operation. The journey's first one is due when the arrival
   * is due; every other when the journey asks for it.
   * @throws StepFailed when it is not ok; the journey may catch it
   */
  readonly http: (request: Request) => Promise<JourneyResponse>;
  /**
   * Anything but HTTP as one recorded operation, with its name: ok when it fulfils, unless with an answer whose status
   * says otherwise; when it rejects, `unknown`, or `failed` for a {@link NotApplied}.
   * @throws StepFailed when it rejects or takes longer than the load's `timeout`
   */
  readonly step: <T>(name: string, work: (context: StepContext) => T | Promise<T>, about?: About) => Promise<T>;
  /** Pauses, for as long as said or between two lengths, drawn from the seed. No operation's latency counts it. */
  readonly think: (time: Duration | { readonly from: Duration; readonly to: Duration }) => Promise<void>;
}

/** What a journey's module exports by default. */
export type JourneyFunction<Data = unknown, State extends object = Record<string, unknown>> = (
  context: JourneyContext<Data, State>,
) => Promise<void>;

/** Who travels, with what, and for how long at most. */
export interface JourneyOptions {
  /** Plain data for the journeys, copied to the generator: rows of a file, tokens, ids. */
  readonly data?: unknown;
  /**
   * How many users there are, each with a state and on one journey at a time. An arrival takes the user that has been
   * free for longest. When none is free it is recorded as not sent: `saturated` if most of them have spent the greater
   * part of their journey waiting for the app, else `unsent`, for then the plan has too few users. Default: every
   * arrival is a new user.
   */
  readonly users?: number;
  /**
   * A journey that has not ended after this is given up, and recorded as those for whom no user is free. Default
   * `'60s'`.
   */
  readonly timeLimit?: Duration;
}

/** A journey as `arrivals` takes it. Plain data. */
export interface Journey {
  /** Name of its file: `order`. What is not sent goes by this name. */
  readonly name: string;
  /** URL of the module. */
  readonly module: string;
  readonly data: unknown;
  readonly users: number | undefined;
  /** Milliseconds. */
  readonly timeLimit: number;
}

/**
 * A journey through the app, for `arrivals({ rate, duration, journey })`: a module that Node loads in the generator,
 * whose default export is an async function of {@link JourneyContext}. A step that fails ends its journey unless that
 * catches it; whatever else a journey throws is an error of the test, and ends the run. The generator keeps the
 * operations of all journeys in memory until the end: some millions of them at most. Longer soaks are for arrivals of
 * requests, whose operations go to disk.
 * @param module `new URL('../order.ts', import.meta.url)`, or a path relative to the working directory
 * @throws TypeError, RangeError when the file is not there or an option is out of its range
 */
export function journey(module: URL | string, options: JourneyOptions = {}): Journey {
  const path = pathOf(module);
  if (!existsSync(path)) {
    throw new TypeError(
      `journey: there is no file ${path}; name the module by new URL('../order.ts', import.meta.url), which is relative to the test`,
    );
  }
  const { users } = options;
  return {
    name: basename(path, extname(path)),
    module: pathToFileURL(path).href,
    data: options.data,
    users: users === undefined ? undefined : wholeNumber(users, 'journey: users'),
    timeLimit: someTime(options.timeLimit ?? '60s', 'journey: timeLimit'),
  };
}

function pathOf(module: unknown): string {
  if (module instanceof URL && module.protocol === 'file:') return fileURLToPath(module);
  if (typeof module === 'string' && module !== '') return resolve(module);
  throw new TypeError(
    `journey: the module must be named by a file URL or a path, such as new URL('../order.ts', import.meta.url); got ${String(module)}`,
  );
}
