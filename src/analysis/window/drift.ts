import type { Series, Window } from '../../recording/recording.ts';
import { Collected, mostKept } from '../stats/collected.ts';
import type { Interval } from '../stats/interval.ts';
import { median } from '../stats/order.ts';
import { fewestPoints, theilSen } from '../stats/theil-sen.ts';
import { type Case, readCases } from './cases.ts';
import { percentile } from './latency.ts';
import { oncePerWindow } from './memo.ts';
import { partsOf } from './window.ts';

/** How a quantity changed in the course of a window. */
export interface Drift {
  /** Change per hour, in the quantity's own unit: milliseconds, bytes. NaN if it cannot be told. */
  readonly perHour: number;
  /** Where it lies with 95 % certainty. */
  readonly interval: Interval;
  /** Median of the quantity; the change per hour is compared with it. */
  readonly level: number;
  /** Slots of equal length that the quantity was looked at in. */
  readonly slots: number;
}

/**
 * Slots that a window is cut into if it is long enough: enough for a narrow interval, few enough that each is worth
 * something.
 */
const mostSlots = 60;
/** Shortest slot in milliseconds: what happens within a second is no drift. */
const shortestSlot = 1_000;
/** Operations that a p99 needs. */
const operationsPerSlot = 299;

const hour = 3_600_000;
const unknown: Omit<Drift, 'slots'> = {
  perHour: Number.NaN,
  interval: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  level: Number.NaN,
};

/**
 * The drift of p99: the slope after Theil and Sen through the p99 of each slot, by due time. Slots with less than half
 * of the operations that a p99 needs are left out. Unknown (NaN) with fewer than ten slots.
 */
export const p99Drift: (window: Window, which: Case) => Drift = oncePerWindow((window, which: Case) => {
  const { from, to, recording } = window;
  let operations = 0;
  for (const { rows } of partsOf(window)) operations += rows.length;
  const slots = slotsIn(window, Math.floor(operations / operationsPerSlot));
  const kept = Math.floor(mostKept / Math.max(1, slots));
  const latencies = Array.from({ length: slots }, () => new Collected(which === 'best' ? 'low' : 'high', kept));
  for (const { columns, rows } of partsOf(window)) {
    const cases = readCases(recording, columns);
    for (const row of rows) {
      const slot = Math.floor((((columns.dueAt[row] as number) - from) / (to - from)) * slots);
      latencies[slot]?.push(cases.latency(row, which));
    }
  }
  const points = latencies.flatMap((collected, slot) => {
    const sorted = collected.sorted();
    const at = from + ((slot + 0.5) / slots) * (to - from);
    return sorted.length < operationsPerSlot / 2 ? [] : [{ at, value: percentile(sorted, 0.99) }];
  });
  return driftThrough(points);
});

/**
 * The drift of a series in a window: the slope after Theil and Sen through the median of each slot. Unknown (NaN) with
 * fewer than ten slots.
 */
export function seriesDrift(series: Series, window: Pick<Window, 'from' | 'to'>): Drift {
  const { from, to } = window;
  const inside = series.at.flatMap((at, index) => {
    const value = series.values[index] as number;
    return at >= from && at < to && !Number.isNaN(value) ? [{ at, value }] : [];
  });
  const slots = slotsIn(window, inside.length);
  const readings: Point[][] = Array.from({ length: slots }, () => []);
  for (const point of inside) readings[Math.floor(((point.at - from) / (to - from)) * slots)]?.push(point);
  const points = readings.filter((slot) => slot.length > 0).map(middleOf);
  return driftThrough(points);
}

interface Point {
  readonly at: number;
  readonly value: number;
}

function middleOf(points: readonly Point[]): Point {
  return { at: median(points.map(({ at }) => at)), value: median(points.map(({ value }) => value)) };
}

/** How many slots a window is cut into, given how many there is enough for. */
function slotsIn({ from, to }: Pick<Window, 'from' | 'to'>, enough: number): number {
  return Math.max(0, Math.min(mostSlots, enough, Math.floor((to - from) / shortestSlot)));
}

/** The drift through one point for each slot that has one. */
function driftThrough(points: readonly Point[]): Drift {
  const slope = theilSen(
    points.map(({ at }) => at),
    points.map(({ value }) => value),
  );
  if (!slope) return { ...unknown, slots: points.length };
  return {
    perHour: slope.slope * hour,
    interval: [slope.interval[0] * hour, slope.interval[1] * hour],
    level: median(points.map(({ value }) => value)),
    slots: points.length,
  };
}

/** Slots that a drift needs. */
export const neededSlots = fewestPoints;
