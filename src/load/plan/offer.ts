import { type Duration, readable } from '../../duration.ts';
import { someTime } from '../checks.ts';
import { curveOf, type RateCurve } from './curve.ts';
import { type Stage, stagesText, stepsOf } from './stages.ts';

/** What an open loop offers, and when. */
export interface Offer {
  readonly curve: RateCurve;
  /** Milliseconds from zero to its end. */
  readonly duration: number;
  /** Operations per second; undefined where the rate changes. */
  readonly offeredRate: number | undefined;
  /** As a person reads it: `200/s for 20.0 s`. */
  readonly text: string;
}

/**
 * What `arrivals` is asked to offer: a `rate` for a `duration`, or `stages`.
 * @throws TypeError when both are given, or one is out of its range
 */
export function offerOf(options: {
  readonly rate?: number;
  readonly duration?: Duration;
  readonly stages?: readonly Stage[];
}): Offer {
  const { rate = 0, duration, stages } = options;
  if (stages === undefined) return steadyOffer(rate, duration as Duration);
  if (duration !== undefined) {
    throw new TypeError(
      `arrivals: duration and stages exclude each other, for stages have lengths of their own; got ${JSON.stringify(duration)} and ${JSON.stringify(stages)}`,
    );
  }
  const steps = stepsOf(rate, stages);
  const length = steps.reduce((sum, step) => sum + step.length, 0);
  return { curve: curveOf(steps), duration: length, offeredRate: undefined, text: stagesText(rate, steps) };
}

function steadyOffer(rate: number, duration: Duration): Offer {
  if (!(Number.isFinite(rate) && rate > 0)) {
    throw new TypeError(`arrivals: rate must be a number of operations per second above 0; got ${String(rate)}`);
  }
  const length = someTime(duration, 'arrivals: duration');
  const curve = curveOf([{ startRate: rate, endRate: rate, length }]);
  return { curve, duration: length, offeredRate: rate, text: `${rate}/s for ${readable(length)}` };
}
