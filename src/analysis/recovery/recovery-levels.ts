import type { Case } from '../window/cases.ts';
import { type Hits, riseChance, riseOfMeanChance, shareOf } from './level-shift.ts';
import type { BinSignal, RecoveryBin } from './recovery-bins.ts';

/** Bins to be compared as a whole: five or more before, one or more after. */
export interface Sides {
  /** Those before the fault; in the best case, as the baseline. */
  readonly before: readonly RecoveryBin[];
  readonly after: readonly RecoveryBin[];
  /** How those after it are read. */
  readonly which: Case;
}

/** The level of a signal on each side: the share of errors, for p99 that of slow operations, for goodput the ok operations that ended for each that was due. */
export interface Levels {
  readonly before: number;
  readonly after: number;
}

/**
 * The level of a signal over all bins of each side together. No bin after the fault weighs more than the worst good one: what a single bin shows (a stall, a
 * relapse) is told of that bin, and is no level.
 */
export function levelsOf(kind: BinSignal, sides: Sides): Levels {
  if (kind !== 'goodput') return { before: shareOf(hitsBefore(kind, sides)), after: shareOf(hitsAfter(kind, sides)) };
  const share = goodputShare(sides.before);
  const lacking = sum(lackingAfter(sides)) / (share * scaleOf(sides) * dueIn(sides.after));
  return { before: share, after: share * (1 - lacking) };
}

/** The probability of a level so much worse, or worse still, by noise alone: {@link riseChance} and {@link riseOfMeanChance}. */
export function chanceOf(kind: BinSignal, sides: Sides): number {
  if (kind !== 'goodput') return riseChance(hitsBefore(kind, sides), hitsAfter(kind, sides));
  const share = goodputShare(sides.before);
  const lackingBefore = sides.before.map(({ due, completed }) => share * due - completed);
  // An answer more or less there is in any case, and errors vary like a binomial count.
  const least = 1 + Math.max(0, share * (1 - share)) * (dueIn(sides.before) / sides.before.length);
  return riseOfMeanChance(lackingBefore, lackingAfter(sides), least);
}

/** Operations due in some bins. */
export function dueIn(bins: readonly RecoveryBin[]): number {
  return sum(bins.map(({ due }) => due));
}

/** Errors, or slow operations, before the fault. */
export function hitsBefore(kind: 'errors' | 'p99', { before }: Pick<Sides, 'before'>): Hits[] {
  return before.map((bin) => ({ hits: hitsIn(bin, kind, 'best'), trials: bin.due }));
}

function hitsAfter(kind: 'errors' | 'p99', { after, which }: Sides): Hits[] {
  return after.map((bin) => {
    const most = bin.tolerated[kind] * bin.due;
    return { hits: Math.min(most, hitsIn(bin, kind, which)), trials: bin.due };
  });
}

function hitsIn(bin: RecoveryBin, kind: 'errors' | 'p99', which: Case): number {
  return (kind === 'errors' ? bin.errors : bin.slow)[which];
}

/** Ok operations that ended for each that was due. */
function goodputShare(bins: readonly RecoveryBin[]): number {
  return sum(bins.map(({ completed }) => completed)) / dueIn(bins);
}

/** Ok operations that each bin lacks, at the most as many as a good one may. */
function lackingAfter(sides: Sides): number[] {
  const perDue = goodputShare(sides.before) * scaleOf(sides);
  return sides.after.map(({ due, goodput, tolerated }) => {
    const most = tolerated.goodput * perDue * due;
    return Math.max(-most, Math.min(most, perDue * due - goodput[sides.which]));
  });
}

/** Where clearly more was due than before, and not by the chance of random arrivals, no more goodput than before is expected. */
function scaleOf({ before, after }: Sides): number {
  const [dueBefore, dueAfter] = [dueIn(before), dueIn(after)];
  const scale = dueBefore / before.length / (dueAfter / after.length);
  return scale < 1 - 3 * Math.sqrt(1 / dueBefore + 1 / dueAfter) ? scale : 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
