import type { RegisterModel } from '../../analysis/linearizability/register.ts';
import { lossCategories } from '../../recording/loss.ts';
import { applyEachOnce } from '../checks/apply-each-once.ts';
import type { Invariant } from '../checks/invariant.ts';
import { keep } from '../checks/keep.ts';
import { linearizable } from '../checks/linearizable.ts';
import { loseNothing } from '../checks/lose-nothing.ts';
import { oneWinner } from '../checks/one-winner.ts';
import { readItsWrites } from '../checks/read-its-writes.ts';
import { judge } from '../judge.ts';
import { winRate } from '../metrics/races.ts';
import { type Percent, share, toPercent } from '../percent.ts';
import { isStrict, type Strictness } from '../strictness.ts';
import { assertOn, type MatcherResult, type MatcherState } from './assert-on.ts';
import { receivedRecording } from './received.ts';

/** What `toHaveOneWinner` goes by. */
export interface OneWinnerOptions {
  /**
   * The answers that tell a contender that it lost, as statuses or categories: `[404]`. Any other answer to a loser is
   * then a violation. Default: what `race({ lossIs })` says, else 409; a contender with another answer has not raced.
   */
  readonly lossIs?: readonly (number | string)[];
}

/** What `toBeLinearizable` goes by. */
export interface LinearizableOptions {
  /** How operations use registers: `register()`. */
  readonly model: RegisterModel;
  /**
   * Most configurations that the search looks at in all: 1 to 10,000,000. Default a million, and ten for each
   * operation.
   */
  readonly states?: number;
}

/** What `expect` can say of what the app did with what it was given. */
export interface CorrectnessMatchers<R = unknown> {
  /**
   * More than this share of the races had exactly one winner: `'99%'` or 0.99. Two winners of one race fail in any
   * case. Needs 10 races, 3.7 / (1 - share) if strict.
   */
  toHaveWinRateAbove(share: Percent, options?: Strictness): R;
  /**
   * Every race had exactly one winner, the same in the answers and in the final state. Each loser was told so, or its
   * outcome is unknown. No loser was told so before a possible winner had asked.
   */
  toHaveOneWinner(options?: OneWinnerOptions): R;
  /** Every key with an ok answer is in the final state. Needs keys in the requests, and finalState. */
  toLoseNothing(): R;
  /** No key is in the final state more than once. Needs keys in the requests, and finalState. */
  toApplyEachOnce(): R;
  /**
   * Every read of an acknowledged key saw a value that a write may have left there. A 404, nothing, or another value is
   * a violation. Needs requests with keys, some with `reads`; those that write say their `value`.
   */
  toReadItsWrites(): R;
  /**
   * The operations of each key fit an order: no stale read, no lost update. In it each takes effect between its sending
   * and its answer, and is answered as it was. Needs requests that write values and others that read them, or a
   * mapping, `register({ call })`.
   */
  toBeLinearizable(options: LinearizableOptions): R;
  /**
   * A rule of your own was kept: `invariant('no order is shipped unpaid', ({ operations, finalState }) => witnesses)`.
   */
  toKeep(rule: Invariant): R;
}

export const correctnessMatchers = {
  toHaveWinRateAbove(this: MatcherState, received: unknown, bound: Percent, options?: Strictness): MatcherResult {
    const seen = receivedRecording(received, 'toHaveWinRateAbove', 'races are judged by all of their attempts');
    const limit = share(bound, 'toHaveWinRateAbove');
    if (limit === 1) {
      throw new TypeError('toHaveWinRateAbove needs a share below 100 %: no rate is above it; write toHaveOneWinner()');
    }
    const strict = isStrict(options, 'toHaveWinRateAbove');
    return assertOn(this, seen, (recording) => [judge(winRate, '>', toPercent(limit), recording, { strict })]);
  },

  toHaveOneWinner(this: MatcherState, received: unknown, options?: OneWinnerOptions): MatcherResult {
    const seen = receivedRecording(received, 'toHaveOneWinner', 'races are judged by all of their attempts');
    const lossIs = lossesOf(options);
    return assertOn(this, seen, (recording) => [oneWinner(recording, lossIs)]);
  },

  toLoseNothing(this: MatcherState, received: unknown): MatcherResult {
    const why = 'the final state is that of the whole run';
    const seen = receivedRecording(received, 'toLoseNothing', why);
    return assertOn(this, seen, (recording) => [loseNothing(recording)]);
  },

  toApplyEachOnce(this: MatcherState, received: unknown): MatcherResult {
    const why = 'the final state is that of the whole run';
    const seen = receivedRecording(received, 'toApplyEachOnce', why);
    return assertOn(this, seen, (recording) => [applyEachOnce(recording)]);
  },

  toReadItsWrites(this: MatcherState, received: unknown): MatcherResult {
    const seen = receivedRecording(received, 'toReadItsWrites', 'a read is held against all writes before it');
    return assertOn(this, seen, (recording) => [readItsWrites(recording)]);
  },

  toBeLinearizable(this: MatcherState, received: unknown, options: LinearizableOptions): MatcherResult {
    const seen = receivedRecording(received, 'toBeLinearizable', 'an order of operations begins with the first');
    const { model, states } = linearizableOptions(options);
    return assertOn(this, seen, (recording) => [linearizable(recording, model, states)]);
  },

  toKeep(this: MatcherState, received: unknown, rule: Invariant): MatcherResult {
    const seen = receivedRecording(received, 'toKeep', 'an invariant is about all that was done');
    if (typeof rule?.name !== 'string' || typeof rule.check !== 'function') {
      throw new TypeError(
        `toKeep needs invariant('no order is shipped unpaid', ({ operations, finalState }) => [...]); got ${typeof rule}`,
      );
    }
    return assertOn(this, seen, (recording) => [keep(recording, rule)]);
  },
};

function lossesOf(options: OneWinnerOptions | undefined): string[] | undefined {
  const lossIs = options?.lossIs;
  if (options === undefined || (typeof options === 'object' && lossIs === undefined)) return undefined;
  return lossCategories(lossIs ?? options, 'toHaveOneWinner({ lossIs })');
}

function linearizableOptions(options: LinearizableOptions): LinearizableOptions {
  if (typeof options?.model !== 'object' || options.model === null || !('finalState' in options.model)) {
    throw new TypeError(`toBeLinearizable needs a model: write toBeLinearizable({ model: register() })`);
  }
  const { states } = options;
  if (states !== undefined && !(Number.isInteger(states) && states >= 1 && states <= 10_000_000)) {
    throw new TypeError(
      `toBeLinearizable({ states }) must be a whole number from 1 to 10,000,000, the configurations that are looked at; got ${String(states)}`,
    );
  }
  return options;
}
