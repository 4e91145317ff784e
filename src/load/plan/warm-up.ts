import { type Duration, milliseconds } from '../../duration.ts';
import { someTime } from '../checks.ts';
import { isSteady, joinWindows, type SteadyWindow, steadyRule, windowLength } from './steady.ts';

/**
 * How long a load warms up: a length of time, or until the app is steady, 30 s at most unless `atMost` says otherwise.
 */
export type WarmUpOption = Duration | 'steady' | { readonly until: 'steady'; readonly atMost?: Duration };

/** A checked {@link WarmUpOption}, in milliseconds. */
export interface WarmUpPlan {
  /** How long it lasts, at most. */
  readonly length: number;
  /** Length of the windows by which it is found out whether the app is steady; undefined where the length is fixed. */
  readonly window: number | undefined;
}

/**
 * @param subject the option in errors: `arrivals: warmUp`
 * @param rate operations per second at which the load starts
 * @throws TypeError, RangeError when the option is out of its range, or the app cannot be found steady by it
 */
export function warmUpPlan(option: WarmUpOption, subject: string, rate: number): WarmUpPlan {
  if (option !== 'steady' && typeof option !== 'object') {
    return { length: milliseconds(option, subject), window: undefined };
  }
  if (option === null || (option !== 'steady' && option.until !== 'steady')) {
    throw new TypeError(
      `${subject} must be a length of time, 'steady', or { until: 'steady', atMost: '30s' }; got ${JSON.stringify(option)}`,
    );
  }
  if (rate === 0) {
    throw new TypeError(
      `${subject} cannot be until steady, for this load starts at a rate of 0 and has no operations before zero: give it a rate, or a length of warm-up`,
    );
  }
  const length = someTime(option === 'steady' ? '30s' : (option.atMost ?? '30s'), `${subject}.atMost`);
  const window = windowLength(rate);
  if (length < steadyRule.windows * window) {
    throw new RangeError(
      `${subject}: atMost must be ${steadyRule.windows} windows of ${window} ms or more (a window holds ${steadyRule.operations} operations, and lasts a second or more); got ${length} ms`,
    );
  }
  return { length, window };
}

/** What happened in one window of a warm-up. */
export interface WarmUpWindow {
  /** Its number, from 0. */
  readonly index: number;
  /** Arrivals that were due in it, and how many were sent in it. */
  readonly due: number;
  readonly sent: number;
  /** Milliseconds from due to the end, of the operations that ended in it. */
  readonly latencies: Float64Array;
}

/** Finds out, window by window, whether the warm-up is over because the app is steady. */
export class WarmUpWatch {
  readonly #processes: number;
  readonly #last: number;
  readonly #parts = new Map<number, WarmUpWindow[]>();
  readonly #windows: SteadyWindow[] = [];

  /** @param processes that each tell of every window */
  constructor(plan: { readonly length: number; readonly window: number }, processes: number) {
    this.#processes = processes;
    this.#last = Math.floor(plan.length / plan.window);
  }

  /** Takes what one process saw. @returns that the warm-up is over, and why; undefined when it goes on */
  take(window: WarmUpWindow): 'steady' | 'not steady' | undefined {
    const parts = [...(this.#parts.get(window.index) ?? []), window];
    this.#parts.set(window.index, parts);
    if (parts.length < this.#processes) return undefined;
    this.#parts.delete(window.index);
    this.#windows.push(joinWindows(parts));
    if (isSteady(this.#windows)) return 'steady';
    return this.#windows.length >= this.#last ? 'not steady' : undefined;
  }
}
