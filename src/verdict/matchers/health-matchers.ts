import { usualWorkWithin, workBin } from '../../analysis/health/health-work.ts';
import { type Duration, readable } from '../../duration.ts';
import { reportReadiness } from '../checks/report-readiness.ts';
import { stayLive } from '../checks/stay-live.ts';
import { stayUp } from '../checks/stay-up.ts';
import { judge } from '../judge.ts';
import { backlogMetric, usualProbe } from '../metrics/backlog.ts';
import { assertOn, type MatcherResult, type MatcherState, timeBound } from './assert-on.ts';
import { receivedRecording } from './received.ts';

/** What `toReportReadiness` goes by. */
export interface ReadinessBound {
  /** For how long the app's word may contradict its work; at least 500 ms. */
  readonly within: Duration;
  /** How long work may take to count as done; above 0. Default 5 s. */
  readonly workWithin?: Duration;
}

/** What `expect` can say of the app's health. */
export interface HealthMatchers<R = unknown> {
  /**
   * The app did not exit, with any code, unless a fault such as `crash(app)` ended it, and was ready again after each
   * start. An exit counts although `restart: 'always'` started the app again.
   */
  toStayUp(): R;
  /**
   * The app's readiness, the path that `command({ ready })` names, told the truth. Within this time of a change it said
   * not ready while more than half of the operations failed, and ready while 90 % of them were done. In between, either
   * is true. The bound is at least 500 ms. An operation that takes longer than `workWithin` (default 5 s) counts as
   * failed; its client's time-out does not matter.
   * @throws TypeError when the run did not poll it
   */
  toReportReadiness(bound: ReadinessBound): R;
  /**
   * The app's liveness, the path that `command({ live })` names, answered every poll with 2xx within this time,
   * whatever its dependencies did. Effects of a fault of the app itself (`crash(app)`) do not count. Default 1 s, at
   * most 2 s.
   * @throws TypeError when the run did not poll it
   */
  toStayLive(bound?: { readonly within?: Duration }): R;
  /**
   * The numbers of the probe `backlog`, or of another one (`{ probe: 'waiting' }`), stayed below this from the start of
   * the run until everything had come to rest. Where the probe gave no number it is unknown, unless what was seen
   * breaks the bound. Needs 10 numbers, and `run({ probe })`.
   */
  toHaveBacklogBelow(bound: number, options?: { readonly probe?: string }): R;
}

export const healthMatchers = {
  toStayUp(this: MatcherState, received: unknown): MatcherResult {
    const seen = receivedRecording(received, 'toStayUp', 'the app must stay up through all of a run');
    return assertOn(this, seen, (recording) => [stayUp(recording)]);
  },

  toReportReadiness(this: MatcherState, received: unknown, bound: ReadinessBound): MatcherResult {
    const why = 'the truth of a word shows in what comes before and after a change';
    const seen = receivedRecording(received, 'toReportReadiness', why);
    const within = timeBound(bound?.within, 'toReportReadiness({ within })');
    if (within < workBin) {
      throw new RangeError(
        `toReportReadiness({ within }) must be at least ${readable(workBin)}, the bins in which the app's work is looked at; got ${JSON.stringify(bound.within)}`,
      );
    }
    const workWithin = timeBound(bound.workWithin ?? usualWorkWithin, 'toReportReadiness({ workWithin })');
    return assertOn(this, seen, (recording) => [reportReadiness(recording, within, workWithin)]);
  },

  toStayLive(this: MatcherState, received: unknown, bound: { readonly within?: Duration } = {}): MatcherResult {
    const seen = receivedRecording(received, 'toStayLive', 'the app must live through all of a run');
    const within = timeBound(bound.within ?? '1s', 'toStayLive({ within })');
    return assertOn(this, seen, (recording) => [stayLive(recording, within)]);
  },

  toHaveBacklogBelow(
    this: MatcherState,
    received: unknown,
    bound: number,
    options?: { readonly probe?: string },
  ): MatcherResult {
    const why = 'a backlog that a window leaves behind is there in the next';
    const seen = receivedRecording(received, 'toHaveBacklogBelow', why);
    const metric = backlogMetric(backlogProbe(bound, options));
    return assertOn(this, seen, (recording) => [judge(metric, '<', bound, recording)]);
  },
};

/**
 * The name of the probe that is meant.
 * @throws TypeError when the bound is no number above 0, or the options are none
 */
function backlogProbe(bound: unknown, options: unknown = {}): string {
  if (!(typeof bound === 'number' && Number.isFinite(bound) && bound > 0)) {
    throw new TypeError(
      `toHaveBacklogBelow needs a number above 0, such as 100; got ${JSON.stringify(bound) ?? String(bound)}`,
    );
  }
  const given = typeof options === 'object' && options !== null ? Object.entries(options) : [['options', options]];
  const wrong = given.find(([key, value]) => key !== 'probe' || !['string', 'undefined'].includes(typeof value));
  if (wrong) {
    throw new TypeError(
      `toHaveBacklogBelow takes { probe: 'name' } as its options, a name of run({ probe }); got ${String(wrong[0])}: ${JSON.stringify(wrong[1])}`,
    );
  }
  return (options as { readonly probe?: string }).probe ?? usualProbe;
}
