import { asserted, type MatcherResult, type MatcherState } from './asserted.ts';
import { applyEachOnce } from './checks/apply-each-once.ts';
import { loseNothing } from './checks/lose-nothing.ts';
import { oneWinner } from './checks/one-winner.ts';
import { winRateAbove } from './checks/win-rate-above.ts';
import { type Percent, share } from './percent.ts';
import { receivedRecording } from './received.ts';
import { isStrict, type Strictness } from './strictness.ts';

/** What `expect` can say of what the app did with what it was given. */
export interface CorrectnessMatchers<R = unknown> {
  /**
   * More than this share of the races had exactly one winner: `'99%'` or 0.99. Two winners of one race fail in any case. Needs 10
   * races, 3.7 / (1 - share) if strict.
   */
  toHaveWinRateAbove(share: Percent, options?: Strictness): R;
  /** Every race had exactly one winner, the same in the answers and in the final state. */
  toHaveOneWinner(): R;
  /** Every key with an ok answer is in the final state. Needs keys in the requests, and finalState. */
  toLoseNothing(): R;
  /** No key is in the final state more than once. Needs keys in the requests, and finalState. */
  toApplyEachOnce(): R;
}

export const correctnessMatchers = {
  toHaveWinRateAbove(this: MatcherState, received: unknown, bound: Percent, options?: Strictness): MatcherResult {
    const seen = receivedRecording(received, 'toHaveWinRateAbove', 'races are judged by all of their attempts');
    const limit = share(bound, 'toHaveWinRateAbove');
    if (limit === 1) {
      throw new TypeError('toHaveWinRateAbove needs a share below 100 %: no rate is above it; write toHaveOneWinner()');
    }
    const strict = isStrict(options, 'toHaveWinRateAbove');
    return asserted(this, seen, (recording) => [winRateAbove(recording, limit, '>', strict)]);
  },

  toHaveOneWinner(this: MatcherState, received: unknown): MatcherResult {
    const seen = receivedRecording(received, 'toHaveOneWinner', 'races are judged by all of their attempts');
    return asserted(this, seen, (recording) => [oneWinner(recording)]);
  },

  toLoseNothing(this: MatcherState, received: unknown): MatcherResult {
    const why = 'the final state is that of the whole run';
    const seen = receivedRecording(received, 'toLoseNothing', why);
    return asserted(this, seen, (recording) => [loseNothing(recording)]);
  },

  toApplyEachOnce(this: MatcherState, received: unknown): MatcherResult {
    const why = 'the final state is that of the whole run';
    const seen = receivedRecording(received, 'toApplyEachOnce', why);
    return asserted(this, seen, (recording) => [applyEachOnce(recording)]);
  },
};
