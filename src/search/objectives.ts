import { type Duration, milliseconds } from '../duration.ts';
import type { Recording, Window } from '../recording/recording.ts';
import { applyEachOnce } from '../verdict/checks/apply-each-once.ts';
import { loseNothing } from '../verdict/checks/lose-nothing.ts';
import { judge } from '../verdict/judge.ts';
import type { Judgement } from '../verdict/judgement.ts';
import { markRead } from '../verdict/matchers/remembered.ts';
import { wholeOf } from '../verdict/matchers/whole.ts';
import { errorRateOf } from '../verdict/metrics/error-rate.ts';
import { answeredOfOffered, keepingUp } from '../verdict/metrics/kept-up.ts';
import { p95 as percentile95, p99 as percentile99 } from '../verdict/metrics/latency.ts';
import { recoveryOf } from '../verdict/metrics/recovery.ts';
import { type Percent, share, toPercent } from '../verdict/percent.ts';
import { isRepeated, type Repeats } from '../verdict/repeats.ts';
import { neededForPercentile, neededForShare, neededStrictly } from '../verdict/samples.ts';
import { isStrict } from '../verdict/strictness.ts';
import { judgeParts } from '../verdict/worst-part.ts';

/** What a trial must keep to have held. At least one bound. */
export interface ObjectiveBounds {
  /** 95 % of the operations took less, from due to done. */
  readonly p95?: Duration;
  /** 99 % of the operations took less, from due to done. */
  readonly p99?: Duration;
  /** Fewer than this share of the operations are errors. Needs 3 / share of them: 3,000 for `'0.1%'`. */
  readonly errorRate?: Percent;
  /** As well as before within this time of the last fault's healing. */
  readonly recoverWithin?: Duration;
  /** Every key with an ok answer is in the final state. */
  readonly loseNothing?: true;
  /** No key is in the final state more than once. */
  readonly applyEachOnce?: true;
  /** Of which part of a run with a fault `p95`, `p99` and `errorRate` are. Default: the whole run. */
  readonly over?: 'before' | 'during' | 'after';
  /**
   * Whether the whole 95 % interval must keep a bound. Default: true if the environment variable BREAKING_POINT_STRICT
   * is `1`.
   */
  readonly strict?: boolean;
}

/**
 * Judges a trial's recording: all must pass for it to have held, any failure is a break, and unknown is undecided.
 * Repeats as a whole.
 */
export interface Objectives {
  (outcome: Recording | Repeats): readonly Judgement[];
  /** Operations that the bounds need before they can be judged. */
  readonly needed: number;
}

const known = ['p95', 'p99', 'errorRate', 'recoverWithin', 'loseNothing', 'applyEachOnce', 'over', 'strict'];

/**
 * Objectives for trials, from the checks behind the matchers. In an open load without a fault, keeping up is one of
 * them by itself: at least 99 % of what was offered must have been answered meanwhile, or a backlog grew.
 * @throws TypeError when there is no bound, or one is out of its range
 */
export function objectives(bounds: ObjectiveBounds): Objectives {
  mustBeKnown(bounds);
  const { p95, p99, errorRate, over } = bounds;
  const strict = isStrict(bounds.strict === undefined ? undefined : { strict: bounds.strict }, 'objectives');
  const judges = judgesOf(bounds, strict);
  const percentile = (of: number) => (strict ? neededForPercentile(of, 0.025) : neededForPercentile(of));
  const proportion = (of: number) => (strict ? neededStrictly(of) : neededForShare(of));
  const needed = Math.max(
    neededForShare(0.01),
    p95 === undefined ? 0 : percentile(0.95),
    p99 === undefined ? 0 : percentile(0.99),
    errorRate === undefined ? 0 : proportion(share(errorRate, 'objectives: errorRate')),
  );
  const judgeOne = (recording: Recording): Judgement[] => {
    const window = over === undefined ? recording : recording[over];
    const open = recording.generator.loop === 'open' && recording.faults.length === 0;
    return [
      ...judgeParts(window, (part) => judges.map((one) => one(part))),
      ...(open ? [judge(answeredOfOffered, '>=', keepingUp, recording)] : []),
    ];
  };
  const judgeAll = (outcome: Recording | Repeats) => {
    markRead(isRepeated(outcome) ? outcome.repeats : outcome);
    return isRepeated(outcome) ? wholeOf(outcome.repeats.recordings.map(judgeOne)) : judgeOne(outcome);
  };
  return Object.assign(judgeAll, { needed });
}

function mustBeKnown(bounds: ObjectiveBounds): void {
  const { over } = bounds ?? {};
  const stranger = Object.keys(bounds ?? {}).find((key) => !known.includes(key));
  if (stranger !== undefined) {
    throw new TypeError(`objectives: there is no objective '${stranger}'; these are: ${known.join(', ')}`);
  }
  if (over !== undefined && !['before', 'during', 'after'].includes(over)) {
    throw new TypeError(`objectives: over must be 'before', 'during' or 'after'; got ${JSON.stringify(over)}`);
  }
  if (!known.slice(0, -2).some((key) => bounds?.[key as keyof ObjectiveBounds] !== undefined)) {
    throw new TypeError("objectives needs one bound or more, such as { p99: '500ms', errorRate: '0.1%' }");
  }
}

function judgesOf(bounds: ObjectiveBounds, strict: boolean): ((window: Window) => Judgement)[] {
  const { p95, p99, errorRate, recoverWithin: recovery } = bounds;
  const judges: ((window: Window) => Judgement)[] = [];
  if (p95 !== undefined) {
    const limit = readTime(p95, 'p95');
    judges.push((window) => judge(percentile95, '<', limit, window, { strict }));
  }
  if (p99 !== undefined) {
    const limit = readTime(p99, 'p99');
    judges.push((window) => judge(percentile99, '<', limit, window, { strict }));
  }
  if (errorRate !== undefined) {
    const limit = share(errorRate, 'objectives: errorRate');
    if (limit === 0)
      throw new TypeError("objectives: errorRate must be above 0, for no rate is below 0 %; write '0.1%'");
    judges.push((window) => judge(errorRateOf(window), '<', toPercent(limit), window, { strict }));
  }
  if (recovery !== undefined) {
    const limit = readTime(recovery, 'recoverWithin');
    judges.push(({ recording }) => judge(recoveryOf(recording), '<=', limit, recording));
  }
  if (bounds.loseNothing) judges.push((window) => loseNothing(window.recording));
  if (bounds.applyEachOnce) judges.push((window) => applyEachOnce(window.recording));
  return judges;
}

function readTime(bound: Duration, name: string): number {
  const limit = milliseconds(bound, `objectives: ${name}`);
  if (limit > 0) return limit;
  throw new TypeError(`objectives: ${name} must be a time above 0, such as '500ms'; got ${JSON.stringify(bound)}`);
}
