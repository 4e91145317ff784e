import { asserted, type MatcherResult, type MatcherState } from './asserted.ts';
import { stayUp } from './checks/stay-up.ts';
import { receivedRecording } from './received.ts';

/** What `expect` can say of the app's health. */
export interface HealthMatchers<R = unknown> {
  /**
   * The app did not exit, with whatever code, but where a fault such as `crash(app)` ended it; and it was ready again after each start. An
   * exit counts although `restart: 'always'` started it again.
   */
  toStayUp(): R;
}

export const healthMatchers = {
  toStayUp(this: MatcherState, received: unknown): MatcherResult {
    const seen = receivedRecording(received, 'toStayUp', 'the app must stay up through all of a run');
    return asserted(this, seen, (recording) => [stayUp(recording)]);
  },
};
