import type { Duration } from '../../duration.ts';
import type { Recording } from '../../recording/recording.ts';
import { judge } from '../judge.ts';
import { errorRateOf } from '../metrics/error-rate.ts';
import { p95, p99 } from '../metrics/latency.ts';
import { meet } from '../metrics/meet.ts';
import { recoveryOf } from '../metrics/recovery.ts';
import { type Target, type TargetBounds, type TargetName, target } from '../metrics/targets.ts';
import { rps as throughput } from '../metrics/throughput.ts';
import { suiteOf } from '../origin.ts';
import { type Percent, share, toPercent } from '../percent.ts';
import { isStrict, type Strictness } from '../strictness.ts';
import { assertOn, type MatcherResult, type MatcherState, timeBound } from './assert-on.ts';
import { type CorrectnessMatchers, correctnessMatchers } from './correctness-matchers.ts';
import { type HealthMatchers, healthMatchers } from './health-matchers.ts';
import { toHoldAtLeast } from './hold-at-least.ts';
import { toHoldThroughout } from './hold-throughout.ts';
import { receivedRecording, receivedWindow } from './received.ts';
import { type SteadyBounds, staySteady, steadyBounds } from './steady-bounds.ts';

export type { Strictness } from '../strictness.ts';
export type { MatcherResult, MatcherState } from './assert-on.ts';
export { judgementsOf } from './remembered.ts';

/**
 * What `expect` can say of a recording or a repeated run, and, where it says so, of a window of one. Each passes,
 * fails, or is unknown when the run cannot tell. Unknown does not pass, not even under `.not`.
 */
export interface ResilienceMatchers<R = unknown> extends CorrectnessMatchers<R>, HealthMatchers<R> {
  /**
   * Ok operations per second are `rps` or more, over a recording or window. An open load below that rate is unknown.
   */
  toSustainRps(rps: number): R;
  /** 95 % of the operations of a recording or window took less than this, from due to done. Needs 59, 72 if strict. */
  toHaveP95Below(bound: Duration, options?: Strictness): R;
  /**
   * 99 % of the operations of a recording or window took less than this, from due to done. Needs 299, 368 if strict.
   */
  toHaveP99Below(bound: Duration, options?: Strictness): R;
  /**
   * Fewer than this share of the operations of a recording or window are errors: `'1%'` or 0.01. Needs 3 / share of
   * them, 3.7 / share if strict.
   */
  toHaveErrorRateBelow(share: Percent, options?: Strictness): R;
  /**
   * Within this time of the last fault's healing the service was as well as before the fault. Needs arrivals as its
   * load.
   */
  toRecoverWithin(bound: Duration): R;
  /**
   * Nothing rises by more than this from the start to the end of a recording or window, as a share of its median: `{
   * p99: '10%', memory: '5%' }`. `memory` is the app's; any series of the recording can be named. Passes or fails only
   * if the whole 95 % interval of the rise does. So a run too short to tell is unknown.
   */
  toStaySteady(bounds: SteadyBounds): R;
  /**
   * Every bound of a target that applies to such a run is kept: `'production'`, or bounds of your own, `{ RPS: { above:
   * 200 }, p99: { below: 500 } }` (per second, milliseconds, per cent). Default: the environment variable
   * BREAKING_POINT_TARGET, or production. Strict if the environment variable BREAKING_POINT_STRICT is 1.
   */
  toMeet(target?: TargetName | Target | TargetBounds): R;
  /**
   * What `findBreakingPoint` found held at this value or above: `400`, or `'30s'` for a time. Nothing at or below it
   * broke.
   */
  toHoldAtLeast(bound: Duration): R;
  /** No schedule that `explore` drew made it fail, and one or more could be judged. */
  toHoldThroughout(): R;
}

/**
 * The matchers for `expect.extend`, of Vitest and Jest alike. Each is synchronous, and remembers its judgements for the
 * report.
 */
export const matchers = {
  ...correctnessMatchers,
  ...healthMatchers,

  toSustainRps(this: MatcherState, received: unknown, rps: number): MatcherResult {
    const seen = receivedWindow(received, 'toSustainRps');
    if (!(Number.isFinite(rps) && rps > 0)) {
      throw new TypeError(`toSustainRps needs operations per second above 0, such as 500; got ${String(rps)}`);
    }
    return assertOn(this, seen, (window) => [judge(throughput, '>=', rps, window)]);
  },

  toHaveP95Below(this: MatcherState, received: unknown, bound: Duration, options?: Strictness): MatcherResult {
    const seen = receivedWindow(received, 'toHaveP95Below');
    const limit = timeBound(bound, 'toHaveP95Below');
    const strict = isStrict(options, 'toHaveP95Below');
    return assertOn(this, seen, (window) => [judge(p95, '<', limit, window, { strict })]);
  },

  toHaveP99Below(this: MatcherState, received: unknown, bound: Duration, options?: Strictness): MatcherResult {
    const seen = receivedWindow(received, 'toHaveP99Below');
    const limit = timeBound(bound, 'toHaveP99Below');
    const strict = isStrict(options, 'toHaveP99Below');
    return assertOn(this, seen, (window) => [judge(p99, '<', limit, window, { strict })]);
  },

  toHaveErrorRateBelow(this: MatcherState, received: unknown, bound: Percent, options?: Strictness): MatcherResult {
    const seen = receivedWindow(received, 'toHaveErrorRateBelow');
    const limit = share(bound, 'toHaveErrorRateBelow');
    if (limit === 0) {
      throw new TypeError("toHaveErrorRateBelow needs a share above 0: no rate is below 0 %; write '0.1%' or more");
    }
    const strict = isStrict(options, 'toHaveErrorRateBelow');
    return assertOn(this, seen, (window) => [judge(errorRateOf(window), '<', toPercent(limit), window, { strict })]);
  },

  toRecoverWithin(this: MatcherState, received: unknown, bound: Duration): MatcherResult {
    const why = 'recovery compares what comes after the last fault with what was before the first';
    const seen = receivedRecording(received, 'toRecoverWithin', why);
    const limit = timeBound(bound, 'toRecoverWithin');
    return assertOn(this, seen, (recording) => [judge(recoveryOf(recording), '<=', limit, recording)]);
  },

  toStaySteady(this: MatcherState, received: unknown, bounds: SteadyBounds): MatcherResult {
    const seen = receivedWindow(received, 'toStaySteady');
    const limits = steadyBounds(bounds, 'toStaySteady');
    return assertOn(this, seen, (window) => staySteady(window, limits));
  },

  toMeet(this: MatcherState, received: unknown, wanted?: TargetName | Target | TargetBounds): MatcherResult {
    const seen = receivedRecording(received, 'toMeet', 'a target names the windows that it is about itself');
    const { name, bounds } = targetOf(wanted, seen.parts[0].recording);
    const strict = isStrict(undefined, 'toMeet');
    return assertOn(this, seen, (recording) => meet(recording, bounds, strict), `The target ${name}`);
  },

  toHoldAtLeast,
  toHoldThroughout,
};

function targetOf(wanted: TargetName | Target | TargetBounds | undefined, recording: Recording): Target {
  if (wanted === undefined || typeof wanted === 'string') return target(wanted, suiteOf(recording).targets);
  if (typeof wanted !== 'object' || wanted === null) {
    throw new TypeError(`toMeet needs the name of a target or bounds by metric; got ${JSON.stringify(wanted)}`);
  }
  return 'bounds' in wanted ? wanted : { name: 'given', bounds: wanted };
}
