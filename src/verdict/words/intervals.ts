import { type Interval, percentileInterval, shareInterval } from '../../analysis/stats/interval.ts';
import type { Sorted } from '../../analysis/stats/order.ts';
import { readable } from '../../duration.ts';
import { percentText, toPercent } from '../percent.ts';
import { textOf, type Unit } from './units.ts';

/**
 * The 95 % interval of a share in per cent, from the lower end of one case to the upper end of the other. Undefined
 * without trials.
 * @param one hits in the best or the worst case
 * @param other hits in the other case
 */
export function percentInterval(one: number, other: number, trials: number): Interval | undefined {
  if (trials === 0) return undefined;
  const [low] = shareInterval(Math.min(one, other), trials);
  const [, high] = shareInterval(Math.max(one, other), trials);
  return [toPercent(low), toPercent(high)];
}

/**
 * The 95 % interval of a percentile, from the best case's lower end to the worst case's upper end. Undefined without
 * values.
 */
export function timeInterval(best: Sorted, worst: Sorted, share: number): Interval | undefined {
  if (worst.length === 0) return undefined;
  return [percentileInterval(best, share)[0], percentileInterval(worst, share)[1]];
}

/** An interval of per cent as a sentence. Empty without one. */
function percentIntervalText(interval: Interval | undefined): string {
  return interval ? `95 % interval: ${ends(interval, (percent) => percentText(percent / 100))}.` : '';
}

/** An interval of milliseconds as a sentence. Empty without one, and when nothing but missing answers are in it. */
function timeIntervalText(interval: Interval | undefined): string {
  return interval && Number.isFinite(interval[0]) ? `95 % interval: ${ends(interval, readable)}.` : '';
}

/** An interval as a sentence, in the unit of its metric. Empty without one. */
export function intervalText(unit: Unit, interval: Interval | undefined): string {
  if (unit === 'ms') return timeIntervalText(interval);
  if (unit === '%') return percentIntervalText(interval);
  return interval ? `95 % interval: ${ends(interval, (value) => textOf(unit, value))}.` : '';
}

function ends([low, high]: Interval, text: (value: number) => string): string {
  if (high === Number.POSITIVE_INFINITY) return `${text(low)} or more`;
  return text(low) === text(high) ? text(low) : `${text(low)} to ${text(high)}`;
}
