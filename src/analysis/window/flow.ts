import type { CategoryName } from '../../recording/categories.ts';
import { type Columns, chunksOf } from '../../recording/columns.ts';
import type { Window } from '../../recording/recording.ts';
import { median } from '../stats/order.ts';
import type { Case } from './cases.ts';
import { measureDelivery } from './delivery.ts';
import { memoizePerWindow } from './memo.ts';
import { filterByName } from './window.ts';

/** What became of what an open load offered, in a window. */
export interface Flow {
  /** Operations that were due in the window. */
  readonly due: number;
  /**
   * Share of what was offered that the app dealt with meanwhile, 0 to 1; the rest went into a growing backlog. NaN if
   * nothing was due. In the best case an operation counts from when it was sent, and what the generator could not send
   * not at all.
   */
  readonly keptUp: { readonly best: number; readonly worst: number };
}

/** Instants at which the backlog is looked at. */
const looks = 40;
/**
 * Looks that are compared: near enough that a pause of a seventh of the window falls between fewer than half of the
 * pairs, far enough that single operations do not matter.
 */
const [nearest, farthest] = [4, 8];
/**
 * Categories of operations that the app never dealt with. A refusal is an answer in this sense: nothing is left to do.
 */
const left: readonly CategoryName[] = ['timeout', 'saturated', 'unsent'];

/**
 * How an app keeps up with an open load: the backlog is what became due less what was dealt with, and its growth is the
 * median of the slopes between looks at it (as Theil and Sen have it, over pairs a tenth to a fifth of the window
 * apart), so that a pause of the app is no growth, wherever it falls. A backlog that is there from the start, as
 * operations under way, is none either.
 */
export const measureFlow: (window: Window) => Flow = memoizePerWindow((window) => {
  const { due } = measureDelivery(window);
  const keptUp = (which: Case): number => {
    const growth = measureGrowth(countBacklogs(window, which)) * looks;
    return Math.min(1, Math.max(0, 1 - growth / due));
  };
  return { due, keptUp: { best: keptUp('best'), worst: keptUp('worst') } };
});

/**
 * Operations per second that were due in a window: what an open load offered, as drawn or as its stages went. NaN for a
 * window without length.
 */
export function measureOffered(window: Window): number {
  return (measureDelivery(window).due * 1_000) / (window.to - window.from);
}

/** The backlog at each look, evenly spaced over the window. */
function countBacklogs(window: Window, which: Case): number[] {
  const { from, to, recording } = window;
  const spacing = (to - from) / looks;
  // Looks lie in the middle of their spans: what happens in a span before its middle is seen by it, the rest by the
  // next.
  const lookAfter = (instant: number): number => Math.max(0, Math.ceil((instant - from) / spacing - 0.5));
  const change = new Int32Array(looks);
  const count = (instant: number, by: number): void => {
    const look = lookAfter(instant);
    if (look < looks) change[look] = (change[look] as number) + by;
  };
  const never = new Set(left.map((category) => recording.columns.categories.indexOf(category)));
  for (const columns of chunksOf(recording.columns)) {
    const isNamed = filterByName(window, columns);
    const unsent = columns.categories.indexOf('unsent');
    for (let row = 0; row < columns.length; row++) {
      const arrived = isNamed(row) ? findArrival(columns, row, which, unsent) : Number.NaN;
      if (Number.isNaN(arrived)) continue;
      count(arrived, 1);
      const end = columns.endedAt[row] as number;
      if (!never.has(columns.category[row] as number) && !Number.isNaN(end)) count(end, -1);
    }
  }
  let backlog = 0;
  return Array.from(change, (difference) => {
    backlog += difference;
    return backlog;
  });
}

/** The instant from which an operation is the app's to deal with; NaN if it never is. */
function findArrival(columns: Columns, row: number, which: Case, unsent: number): number {
  const due = columns.dueAt[row] as number;
  if (which === 'worst') return due;
  if (columns.category[row] === unsent) return Number.NaN;
  const sent = columns.startedAt[row] as number;
  return Number.isNaN(sent) ? due : Math.max(due, sent);
}

/** Median growth from one look to the next. */
function measureGrowth(values: readonly number[]): number {
  const slopes: number[] = [];
  for (let apart = nearest; apart <= farthest; apart++) {
    for (let look = apart; look < values.length; look++) {
      slopes.push(((values[look] as number) - (values[look - apart] as number)) / apart);
    }
  }
  return median(slopes);
}
