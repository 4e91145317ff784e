import type { Series, Window } from '../../recording/recording.ts';
import { Collector, mostKept } from '../stats/collector.ts';
import type { Interval } from '../stats/interval.ts';
import { greatest, least as leastOf, median } from '../stats/order.ts';
import { fewestPoints, fitTheilSen } from '../stats/theil-sen.ts';
import { type Case, readCases } from './cases.ts';
import { percentile } from './latency.ts';
import { memoizePerWindow } from './memo.ts';
import { readParts } from './window.ts';

/** How a quantity changed over a window. */
export interface Drift {
  /** Change per hour, in the quantity's own unit: milliseconds, bytes. NaN if it cannot be told. */
  readonly perHour: number;
  /** Where it lies with 95 % certainty. */
  readonly interval: Interval;
  /** Median of the quantity; the change per hour is compared with it. */
  readonly level: number;
  /**
   * How far the last part of the window lies above what came before, in the quantity's own unit; 0 where it does not.
   */
  readonly late: LateRise;
  /** Slots of equal length that the quantity was looked at in. */
  readonly slots: number;
}

/** A rise in the last part, such as a leak that began late or a step. A slope through the whole hardly feels it. */
export interface LateRise {
  /** The least that it is: the lowest of the last slots against the highest before them. */
  readonly least: number;
  /** What it seems to be: the difference of the medians. */
  readonly most: number;
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
  late: { least: 0, most: 0 },
};

/**
 * The drift of p99: the slope after Theil and Sen through the p99 of each slot, by due time. Slots with less than half
 * of the operations that a p99 needs are left out. Unknown (NaN) with fewer than ten slots.
 */
export const measureP99Drift: (window: Window, which: Case) => Drift = memoizePerWindow((window, which: Case) => {
  const { from, to, recording } = window;
  let operations = 0;
  for (const { rows } of readParts(window)) operations += rows.length;
  const slots = countSlots(window, Math.floor(operations / operationsPerSlot));
  const kept = Math.floor(mostKept / Math.max(1, slots));
  const latencies = Array.from({ length: slots }, () => new Collector(which === 'best' ? 'low' : 'high', kept));
  for (const { columns, rows } of readParts(window)) {
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
  return fitDrift(points);
});

/**
 * The drift of a series in a window: the slope after Theil and Sen through the median of each slot. Unknown (NaN) with
 * fewer than ten slots.
 */
export function measureSeriesDrift(series: Series, window: Pick<Window, 'from' | 'to'>): Drift {
  const { from, to } = window;
  const inside = series.at.flatMap((at, index) => {
    const value = series.values[index] as number;
    return at >= from && at < to && !Number.isNaN(value) ? [{ at, value }] : [];
  });
  const slots = countSlots(window, inside.length);
  const readings: Point[][] = Array.from({ length: slots }, () => []);
  for (const point of inside) readings[Math.floor(((point.at - from) / (to - from)) * slots)]?.push(point);
  const points = readings.filter((slot) => slot.length > 0).map(findMiddle);
  return fitDrift(points);
}

interface Point {
  readonly at: number;
  readonly value: number;
}

function findMiddle(points: readonly Point[]): Point {
  return { at: median(points.map(({ at }) => at)), value: median(points.map(({ value }) => value)) };
}

/** How many slots a window is cut into, given how many there is enough for. */
function countSlots({ from, to }: Pick<Window, 'from' | 'to'>, enough: number): number {
  return Math.max(0, Math.min(mostSlots, enough, Math.floor((to - from) / shortestSlot)));
}

/** Most of the slots that the last part may have, as a share. A rise before that is how the run began. */
const longestEnd = 2 / 3;
/** Share of the earlier slots that may be outliers: they are not what the last part is compared with. */
const outliers = 0.05;
/** Fewest last slots that are more than an outlier themselves. */
const fewestAtEnd = 3;

/**
 * How far the last slots lie above all before them. Each number of last slots is tried, up to two thirds of all. It
 * counts if the median of the last slots lies above all earlier slots but the outliers. One or two last slots must lie
 * twice as far out as any before them, and make nothing certain.
 */
function measureLateRise(values: readonly number[]): LateRise {
  let [least, most] = [0, 0];
  for (let length = 1; length <= values.length * longestEnd; length++) {
    const [before, end] = [values.slice(0, -length), values.slice(-length)];
    const [usual, high] = [median(before), findHigh(before)];
    const isShort = length < fewestAtEnd;
    const limit = isShort ? usual + 2 * (greatest(before) - usual) : high;
    if (!Number.isFinite(limit) || median(end) <= limit) continue;
    most = Math.max(most, median(end) - usual);
    if (!isShort) least = Math.max(least, leastOf(end) - high);
  }
  return { least, most };
}

/** The highest of some values but for outliers. */
function findHigh(values: readonly number[]): number {
  return values.toSorted((a, b) => b - a)[Math.floor(values.length * outliers)] ?? Number.NaN;
}

/** The drift through one point for each slot that has one. */
function fitDrift(points: readonly Point[]): Drift {
  const values = points.map(({ value }) => value);
  const slope = fitTheilSen(
    points.map(({ at }) => at),
    values,
  );
  if (!slope) return { ...unknown, slots: points.length };
  return {
    perHour: slope.slope * hour,
    interval: [slope.interval[0] * hour, slope.interval[1] * hour],
    level: median(values),
    late: measureLateRise(values),
    slots: points.length,
  };
}

/** Slots that a drift needs. */
export const neededSlots = fewestPoints;
