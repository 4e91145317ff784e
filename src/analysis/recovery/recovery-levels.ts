import type { Case } from '../window/cases.ts';
import { type BinHits, measureShare, testRise, testRiseOfMean } from './level-shift.ts';
import type { BinSignal, RecoveryBin } from './recovery-bins.ts';

/** Bins to be compared as a whole: five or more before, one or more after. */
export interface Sides {
  /** Those before the fault; in the best case, as the baseline. */
  readonly before: readonly RecoveryBin[];
  readonly after: readonly RecoveryBin[];
  /** How those after it are read. */
  readonly which: Case;
}

/**
 * The level of a signal on each side: the share of errors, the share of slow operations for p99, or the ok operations
 * that ended for each that was due.
 */
export interface Levels {
  readonly before: number;
  readonly after: number;
}

/**
 * The level of a signal over all bins of each side together. No bin after the fault weighs more than the worst good
 * bin: a stall shows in its own bin, and is no level.
 */
export function compareLevels(kind: BinSignal, sides: Sides): Levels {
  if (kind !== 'goodput')
    return { before: measureShare(countHitsBefore(kind, sides)), after: measureShare(countHitsAfter(kind, sides)) };
  const share = measureGoodputShare(sides.before);
  const lacking = sum(countLacking(sides)) / (share * findScale(sides) * countDue(sides.after));
  return { before: share, after: share * (1 - lacking) };
}

/**
 * The probability that noise alone makes a level this much worse, or worse still ({@link testRise},
 * {@link testRiseOfMean}).
 */
export function estimateChance(kind: BinSignal, sides: Sides): number {
  if (kind !== 'goodput') return testRise(countHitsBefore(kind, sides), countHitsAfter(kind, sides));
  const share = measureGoodputShare(sides.before);
  const lackingBefore = sides.before.map(({ due, completed }) => share * due - completed);
  // An answer more or less there is in any case, and errors vary like a binomial count.
  const least = 1 + Math.max(0, share * (1 - share)) * (countDue(sides.before) / sides.before.length);
  return testRiseOfMean(lackingBefore, countLacking(sides), least);
}

/** Operations due in some bins. */
export function countDue(bins: readonly RecoveryBin[]): number {
  return sum(bins.map(({ due }) => due));
}

/** Errors, or slow operations, before the fault. */
export function countHitsBefore(kind: 'errors' | 'p99', { before }: Pick<Sides, 'before'>): BinHits[] {
  return before.map((bin) => ({ hits: countHits(bin, kind, 'best'), trials: bin.due }));
}

function countHitsAfter(kind: 'errors' | 'p99', { after, which }: Sides): BinHits[] {
  return after.map((bin) => {
    const most = bin.tolerated[kind] * bin.due;
    return { hits: Math.min(most, countHits(bin, kind, which)), trials: bin.due };
  });
}

function countHits(bin: RecoveryBin, kind: 'errors' | 'p99', which: Case): number {
  return (kind === 'errors' ? bin.errors : bin.slow)[which];
}

/** Ok operations that ended for each that was due. */
function measureGoodputShare(bins: readonly RecoveryBin[]): number {
  return sum(bins.map(({ completed }) => completed)) / countDue(bins);
}

/** Ok operations that each bin lacks, at the most as many as a good one may. */
function countLacking(sides: Sides): number[] {
  const perDue = measureGoodputShare(sides.before) * findScale(sides);
  return sides.after.map(({ due, goodput, tolerated }) => {
    const most = tolerated.goodput * perDue * due;
    return Math.max(-most, Math.min(most, perDue * due - goodput[sides.which]));
  });
}

/**
 * No more goodput than before is expected where clearly more was due than before, beyond the chance of random arrivals.
 */
function findScale({ before, after }: Sides): number {
  const [dueBefore, dueAfter] = [countDue(before), countDue(after)];
  const scale = dueBefore / before.length / (dueAfter / after.length);
  return scale < 1 - 3 * Math.sqrt(1 / dueBefore + 1 / dueAfter) ? scale : 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
