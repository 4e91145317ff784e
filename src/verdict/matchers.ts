import { type Duration, milliseconds } from '../duration.ts';
import type { Recording, Window } from '../recording/recording.ts';
import { applyEachOnce } from './checks/apply-each-once.ts';
import { errorRateBelow } from './checks/error-rate-below.ts';
import { latencyBelow } from './checks/latency-below.ts';
import { loseNothing } from './checks/lose-nothing.ts';
import { meet } from './checks/meet.ts';
import { oneWinner } from './checks/one-winner.ts';
import { recoverWithin } from './checks/recover-within.ts';
import { sustainRps } from './checks/sustain-rps.ts';
import { winRateAbove } from './checks/win-rate-above.ts';
import { toHoldAtLeast } from './hold-at-least.ts';
import { combined, type Judgement } from './judgement.ts';
import { messageOf } from './messages.ts';
import { type Percent, share } from './percent.ts';
import { receivedRecording, receivedWindow } from './received.ts';
import { remember } from './remembered.ts';
import { isStrict, type Strictness } from './strictness.ts';
import { type Target, type TargetBounds, type TargetName, target } from './targets.ts';

export { judgementsOf } from './remembered.ts';
export type { Strictness } from './strictness.ts';

/** What a matcher is called on by `expect`. */
export interface MatcherState {
  /** True under `.not`; may be absent otherwise. */
  readonly isNot?: boolean;
}

/** What a matcher gives back to `expect`. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * What `expect` can say of a recording, and of a window of one where it says so. Each passes, fails, or is unknown when the
 * run cannot tell; unknown does not pass, under `.not` neither.
 */
export interface ResilienceMatchers<R = unknown> {
  /** Ok operations per second are `rps` or more, over a recording or window. An open load offered below that rate is unknown. */
  toSustainRps(rps: number): R;
  /** 95 % of the operations of a recording or window took less than this, from due to done. Needs 59 of them, 72 if strict. */
  toHaveP95Below(bound: Duration, options?: Strictness): R;
  /** 99 % of the operations of a recording or window took less than this, from due to done. Needs 299 of them, 368 if strict. */
  toHaveP99Below(bound: Duration, options?: Strictness): R;
  /**
   * Fewer than this share of the operations of a recording or window are errors: `'1%'` or 0.01. Needs 3 / share of them,
   * 3.7 / share if strict.
   */
  toHaveErrorRateBelow(share: Percent, options?: Strictness): R;
  /**
   * More than this share of the races had exactly one winner: `'99%'` or 0.99. Two winners of one race fail in any case. Needs 10
   * races, 3.7 / (1 - share) if strict.
   */
  toHaveWinRateAbove(share: Percent, options?: Strictness): R;
  /** Every race had exactly one winner, the same in the answers and in the final state. */
  toHaveOneWinner(): R;
  /** The service was as well as before the fault within this time of the last fault's healing. Needs arrivals as its load. */
  toRecoverWithin(bound: Duration): R;
  /** Every key with an ok answer is in the final state. Needs keys in the requests, and finalState. */
  toLoseNothing(): R;
  /** No key is in the final state more than once. Needs keys in the requests, and finalState. */
  toApplyEachOnce(): R;
  /**
   * Every bound of a target that applies to such a run is kept: `'production'`, or bounds of your own,
   * `{ RPS: { above: 200 }, p99: { below: 500 } }` (per second, milliseconds, per cent). Default: the environment variable
   * BREAKING_POINT_TARGET, or production. Strict if the environment variable BREAKING_POINT_STRICT is 1.
   */
  toMeet(target?: TargetName | Target | TargetBounds): R;
  /** What `findBreakingPoint` found held at this value or above: `400`, or `'30s'` where a time was varied. Nothing at or below it broke. */
  toHoldAtLeast(bound: Duration): R;
}

/** The matchers for `expect.extend`, of Vitest and Jest alike. Each is synchronous and remembers its judgements for the report. */
export const matchers = {
  toSustainRps(this: MatcherState, received: unknown, rps: number): MatcherResult {
    const window = receivedWindow(received, 'toSustainRps');
    if (!(Number.isFinite(rps) && rps > 0)) {
      throw new TypeError(`toSustainRps needs operations per second above 0, such as 500; got ${String(rps)}`);
    }
    return asserted(this, window, [sustainRps(window, rps)]);
  },

  toHaveP95Below(this: MatcherState, received: unknown, bound: Duration, options?: Strictness): MatcherResult {
    const window = receivedWindow(received, 'toHaveP95Below');
    const limit = timeBound(bound, 'toHaveP95Below');
    return asserted(this, window, [latencyBelow(window, 0.95, limit, isStrict(options, 'toHaveP95Below'))]);
  },

  toHaveP99Below(this: MatcherState, received: unknown, bound: Duration, options?: Strictness): MatcherResult {
    const window = receivedWindow(received, 'toHaveP99Below');
    const limit = timeBound(bound, 'toHaveP99Below');
    return asserted(this, window, [latencyBelow(window, 0.99, limit, isStrict(options, 'toHaveP99Below'))]);
  },

  toHaveErrorRateBelow(this: MatcherState, received: unknown, bound: Percent, options?: Strictness): MatcherResult {
    const window = receivedWindow(received, 'toHaveErrorRateBelow');
    const limit = share(bound, 'toHaveErrorRateBelow');
    if (limit === 0) {
      throw new TypeError("toHaveErrorRateBelow needs a share above 0: no rate is below 0 %; write '0.1%' or more");
    }
    return asserted(this, window, [errorRateBelow(window, limit, isStrict(options, 'toHaveErrorRateBelow'))]);
  },

  toHaveWinRateAbove(this: MatcherState, received: unknown, bound: Percent, options?: Strictness): MatcherResult {
    const recording = receivedRecording(received, 'toHaveWinRateAbove', 'races are judged by all of their attempts');
    const limit = share(bound, 'toHaveWinRateAbove');
    if (limit === 1) {
      throw new TypeError('toHaveWinRateAbove needs a share below 100 %: no rate is above it; write toHaveOneWinner()');
    }
    return asserted(this, recording, [winRateAbove(recording, limit, '>', isStrict(options, 'toHaveWinRateAbove'))]);
  },

  toHaveOneWinner(this: MatcherState, received: unknown): MatcherResult {
    const recording = receivedRecording(received, 'toHaveOneWinner', 'races are judged by all of their attempts');
    return asserted(this, recording, [oneWinner(recording)]);
  },

  toRecoverWithin(this: MatcherState, received: unknown, bound: Duration): MatcherResult {
    const why = 'recovery compares what comes after the last fault with what was before the first';
    const recording = receivedRecording(received, 'toRecoverWithin', why);
    return asserted(this, recording, [recoverWithin(recording, timeBound(bound, 'toRecoverWithin'))]);
  },

  toLoseNothing(this: MatcherState, received: unknown): MatcherResult {
    const why = 'the final state is that of the whole run';
    const recording = receivedRecording(received, 'toLoseNothing', why);
    return asserted(this, recording, [loseNothing(recording)]);
  },

  toApplyEachOnce(this: MatcherState, received: unknown): MatcherResult {
    const why = 'the final state is that of the whole run';
    const recording = receivedRecording(received, 'toApplyEachOnce', why);
    return asserted(this, recording, [applyEachOnce(recording)]);
  },

  toMeet(this: MatcherState, received: unknown, wanted?: TargetName | Target | TargetBounds): MatcherResult {
    const recording = receivedRecording(received, 'toMeet', 'a target names the windows that it is about itself');
    const { name, bounds } = targetOf(wanted);
    return asserted(this, recording, meet(recording, bounds, isStrict(undefined, 'toMeet')), `The target ${name}`);
  },

  toHoldAtLeast,
};

function asserted(state: MatcherState, window: Window, judgements: readonly Judgement[], title = ''): MatcherResult {
  const isNot = state.isNot === true;
  const recording: Recording = window.recording;
  remember(recording, judgements, isNot);
  const status = combined(judgements);
  return {
    // Unknown fails on either side of `.not`.
    pass: status === 'unknown' ? isNot : status === 'pass',
    message: () => messageOf(recording, judgements, isNot, title),
  };
}

function timeBound(bound: Duration, matcher: string): number {
  const time = milliseconds(bound, matcher);
  if (time > 0) return time;
  throw new TypeError(`${matcher} needs a time above 0, such as '500ms'; got ${JSON.stringify(bound)}`);
}

function targetOf(wanted: TargetName | Target | TargetBounds | undefined): Target {
  if (wanted === undefined || typeof wanted === 'string') return target(wanted);
  if (typeof wanted !== 'object' || wanted === null) {
    throw new TypeError(`toMeet needs the name of a target or bounds by metric; got ${JSON.stringify(wanted)}`);
  }
  return 'bounds' in wanted ? wanted : { name: 'given', bounds: wanted };
}
