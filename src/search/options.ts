import { type Duration, milliseconds } from '../duration.ts';
import { mustBeJudged } from '../known-options.ts';
import type { Scale } from '../verdict/breaking-point.ts';
import type { Judgement } from '../verdict/judgement.ts';
import { type Percent, share } from '../verdict/percent.ts';
import type { TrialContext } from './bisection.ts';
import { type Reset, trialGround } from './ground.ts';

/** What is looked for, and how. */
export interface BreakingPointSearch<T> {
  /** What is varied, for people: `offered rate`, `outage length`. */
  readonly of: string;
  /** The lowest value that is tried, above 0: a number, or a time such as `'1s'`. */
  readonly from: Duration;
  /** The highest value, above `from`. */
  readonly to: Duration;
  /**
   * Only whole numbers (of milliseconds, where times are varied) are tried, as of connections; `from` and `to` must be
   * whole. Default false.
   */
  readonly whole?: boolean;
  /** What is put after a number for people: `'/s'`, `' connections'`. Default nothing. */
  readonly suffix?: string;
  /**
   * Makes a trial at a value (in milliseconds where `from` or `to` is a time) and returns what came of it, most often
   * the recording of `run`. It should last `stretch` times as long as usual, where that makes sense.
   */
  readonly trial: (value: number, context: TrialContext) => Promise<T>;
  /** Did it hold? Judgements, as {@link objectives} makes them, or yes or no. */
  readonly holds: (outcome: T) => boolean | readonly Judgement[];
  /**
   * What is put back before each trial, so that none suffers from the one before it: `'all'` empties the services and
   * starts the app anew (what the test made before is gone then: make it in the trial, or in `prepare` of `run`),
   * `'app'` only starts the app anew, `'none'` leaves all as it is. Or a function of your own, called between two
   * trials instead. Default: `'all'` in a test with the fixture `run`, otherwise `'none'`.
   */
  readonly reset?: Reset | 'none' | (() => unknown);
  /** How wide the bracket may be, as a share of the value that held; from 0.1 % to below 100 %. Default `'10%'`. */
  readonly width?: Percent;
  /** How often a trial is made at one value while it is undecided, a whole number from 1. Default 3. */
  readonly attempts?: number;
  /** Most trials in all, a whole number from 1. Default 40. */
  readonly mostTrials?: number;
  /** `false`: the test only looks at what is found. Otherwise it fails when it asserts nothing on it. Default true. */
  readonly judged?: boolean;
}

/**
 * The options of a search in numbers.
 * @throws TypeError when one is out of its range
 */
export function checkSearch<T>(plan: BreakingPointSearch<T>) {
  const { of, trial, holds, reset, attempts = 3, mostTrials = 40, whole = false, suffix = '' } = plan;
  const subject = 'findBreakingPoint:';
  if (typeof of !== 'string' || of === '') {
    throw new TypeError(`${subject} of must say what is varied, such as 'offered rate'; got ${JSON.stringify(of)}`);
  }
  for (const [name, value] of Object.entries({ trial, holds })) {
    if (typeof value !== 'function') throw new TypeError(`${subject} ${name} must be a function; got ${typeof value}`);
  }
  mustBeReset(reset, subject);
  mustBeJudged(plan.judged, `${subject} judged`);
  if (typeof suffix !== 'string')
    throw new TypeError(`${subject} suffix must be text, such as '/s'; got ${typeof suffix}`);
  if (typeof whole !== 'boolean')
    throw new TypeError(`${subject} whole must be true or false; got ${JSON.stringify(whole)}`);
  const unit = typeof plan.from === 'string' || typeof plan.to === 'string' ? 'duration' : 'number';
  const [from, to] = [limitOf(plan.from, `${subject} from`), limitOf(plan.to, `${subject} to`)];
  if (to <= from) {
    throw new TypeError(
      `${subject} to must be above from; got ${JSON.stringify(plan.from)} to ${JSON.stringify(plan.to)}`,
    );
  }
  if (whole && !(Number.isInteger(from) && Number.isInteger(to))) {
    throw new TypeError(
      `${subject} from and to must be whole numbers where whole is true; got ${JSON.stringify(plan.from)} to ${JSON.stringify(plan.to)}`,
    );
  }
  const width = share(plan.width ?? '10%', `${subject} width`);
  if (width < 0.001 || width >= 1) {
    throw new TypeError(`${subject} width must be from 0.1 % to below 100 %; got ${JSON.stringify(plan.width)}`);
  }
  for (const [name, value] of Object.entries({ attempts, mostTrials })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new TypeError(`${subject} ${name} must be a whole number from 1; got ${String(value)}`);
  }
  const scale: Scale = { unit, suffix: unit === 'number' ? suffix : '' };
  return { of, scale, range: { from, to, width, attempts, mostTrials, whole } } as const;
}

/** @throws TypeError when a search cannot put back what it was asked to */
export function mustBeReset(reset: unknown, subject: string): void {
  const known = reset === undefined || typeof reset === 'function' || ['all', 'app', 'none'].includes(reset as string);
  if (!known) {
    throw new TypeError(
      `${subject} reset must be 'all', 'app', 'none' or a function; got ${JSON.stringify(reset) ?? typeof reset}`,
    );
  }
  if ((reset === 'all' || reset === 'app') && !trialGround()) {
    throw new TypeError(
      `${subject} reset '${reset}' needs a test of resilience() that takes the fixture run; pass a function here`,
    );
  }
}

function limitOf(value: Duration, subject: string): number {
  const number = typeof value === 'number' ? value : milliseconds(value, subject);
  if (Number.isFinite(number) && number > 0) return number;
  throw new TypeError(`${subject} must be above 0, a number or a time such as '1s'; got ${String(value)}`);
}

/** What is called before a trial, with its number from 1. */
export function resetOf(reset: BreakingPointSearch<unknown>['reset']): (trial: number) => unknown {
  if (typeof reset === 'function') return (trial) => (trial > 1 ? reset() : undefined);
  const ground = trialGround();
  if (!ground || reset === 'none') return () => undefined;
  return () => ground.reset(reset ?? 'all');
}
