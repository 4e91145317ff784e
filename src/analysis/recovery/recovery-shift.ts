import type { Case } from '../window/cases.ts';
import type { Comeback, FaultTimes } from './comeback.ts';
import { findVisibleShare, measureShare } from './level-shift.ts';
import { type Baseline, type BinRules, type BinSignal, type RecoveryBin, showsAnything } from './recovery-bins.ts';
import {
  compareLevels,
  countDue,
  countHitsBefore,
  estimateChance,
  type Levels,
  type Sides,
} from './recovery-levels.ts';

/** A signal that is worse over all bins after a supposed recovery together than before the fault. */
export interface LevelShift extends Levels {
  readonly kind: BinSignal;
  /** Operations due after the supposed recovery. */
  readonly operations: number;
}

/** What the bins after a supposed recovery show together. */
export interface Tail {
  /**
   * The instant from which they show no shift: the supposed recovery, or later where a shift passed. +Infinity where a
   * shift lasts to the end.
   */
  readonly from: number;
  /** The shifts that made it later, or never. */
  readonly shifts: readonly LevelShift[];
}

/** The tail after the recovery by single bins of the best case, and of the worst. */
export type Tails = Readonly<Record<Case, Tail>>;

/** What tails are read from. */
export interface TailGround {
  /** All whole bins of the run. */
  readonly bins: readonly RecoveryBin[];
  readonly baseline: Baseline;
  readonly times: FaultTimes;
  readonly rules: Pick<BinRules, 'errorShare' | 'falseAlarm'> & { readonly inARow: number };
}

/**
 * The three signals share the false alarms: an alarm that fails a run must be rarer than a bad bin, which only delays
 * the recovery.
 */
const shared = 1 / 3;
/** By the definition of p99. */
const slowerThanP99 = 0.01;
/**
 * Share of the goodput that must be missing. As much is under way at the end of 10 s, if answers take half a second.
 */
const leastFall = 0.05;
const nothing: Tail = { from: Number.NEGATIVE_INFINITY, shifts: [] };

/**
 * Judges the bins after a recovery as a whole. Errors that rise from 2 % to 6 % for good do not show in a bin of 100
 * operations. A signal has shifted if it is both
 * - clearly worse than before the fault: with the spread of the bins themselves, noise is as bad with a probability of
 *   at most a third of `falseAlarm`, for there are three signals ({@link estimateChance}); and
 * - much worse: errors by more than `errorShare` of the operations, slow operations by more than the one in a hundred
 *   of a p99, goodput by more than 5 %.
 *
 * A shift lasts if the second half of the bins is much worse too. Then there was no recovery. Otherwise it passed, and
 * the recovery moves to where the bins that are left show none. `npm run bench -- recovery` simulates runs of 13 to 31
 * s. Noise makes a shift in at most 0.3 % of healthy runs with independent operations, in none with stalls or a latency
 * that wanders, and in 1.1 % where an error rate of 5 % wanders by half of itself within seconds.
 *
 * A service that is bad to the end of the run has relapsed, which says more.
 * @param comeback by single bins
 */
export function readTails({ afterBest, afterWorst, relapsedFrom }: Comeback, ground: TailGround): Tails {
  const tail = (after: number, which: Case): Tail =>
    Number.isFinite(after) && !Number.isFinite(relapsedFrom)
      ? readTail(ground.times.healedAt + after, which, ground)
      : nothing;
  return { best: tail(afterBest, 'best'), worst: tail(afterWorst, 'worst') };
}

/** The shifts that delayed or prevented the recovery: in the best case, or else in the worst. */
export function chooseShifts({ best, worst }: Tails): readonly LevelShift[] {
  return best.from === Number.POSITIVE_INFINITY || worst.shifts.length === 0 ? best.shifts : worst.shifts;
}

/**
 * Applies what the tails show to a way back.
 * @param comeback by single bins, of one signal or of all together
 * @param kind of the signal, whose own shifts count; of all together, any
 */
export function applyTails(
  comeback: Comeback,
  tails: Tails,
  { bins, times: { healedAt } }: TailGround,
  kind?: string,
): Comeback {
  const after = ({ from, shifts }: Tail): number =>
    kind === undefined || shifts.some((shift) => shift.kind === kind) ? from - healedAt : 0;
  const afterBest = Math.max(comeback.afterBest, after(tails.best));
  const afterWorst = Math.max(comeback.afterWorst, after(tails.worst), afterBest);
  if (afterBest === comeback.afterBest && afterWorst === comeback.afterWorst) return comeback;
  if (afterWorst < Number.POSITIVE_INFINITY) return { ...comeback, status: 'recovered', afterBest, afterWorst };
  const observed = (bins.at(-1)?.to ?? Number.NaN) - healedAt;
  return { ...comeback, status: 'not-recovered', afterBest, afterWorst, observed, relapses: 0 };
}

/**
 * A rise of the errors that could hide after a late recovery, or in a short run: too small for a bin, and for so few
 * operations.
 * @param after instant at which the tail begins
 * @returns the operations of the tail, and the smallest share of errors that would have been a shift. Undefined where
 * next to nothing hides: that share is at most twice what counts as much worse.
 */
export function estimateHidden(
  after: number,
  { bins, baseline, times, rules }: TailGround,
): { readonly share: number; readonly operations: number } | undefined {
  const before = countHitsBefore('errors', { before: bins.filter((bin) => isBaseline(bin, times)) });
  const operations = countDue(bins.filter((bin) => bin.from >= after && showsAnything(bin, baseline)));
  const share = operations > 0 ? findVisibleShare(before, operations, rules.falseAlarm * shared) : 1;
  return share > measureShare(before) + 2 * rules.errorShare ? { share, operations } : undefined;
}

function readTail(supposed: number, which: Case, { bins, baseline, times, rules }: TailGround): Tail {
  const before = bins.filter((bin) => isBaseline(bin, times));
  let after = bins.filter((bin) => bin.from >= supposed && showsAnything(bin, baseline));
  let from = supposed;
  let shifts: readonly LevelShift[] = [];
  while (after.length >= rules.inARow) {
    const seen = findShifts({ before, after, which }, rules);
    if (seen.length === 0) break;
    const end = { before, after: after.slice(after.length >> 1), which };
    const lasting = seen.filter(({ kind }) => isMuchWorse(kind, compareLevels(kind, end), rules));
    if (lasting.length > 0) return { from: Number.POSITIVE_INFINITY, shifts: lasting };
    shifts = seen;
    after = after.slice(1);
    from = after[0]?.from ?? from;
  }
  return { from, shifts };
}

function isBaseline(bin: RecoveryBin, { askedAt }: FaultTimes): boolean {
  return bin.to <= askedAt && bin.due > 0;
}

function findShifts(sides: Sides, rules: TailGround['rules']): LevelShift[] {
  const operations = countDue(sides.after);
  return (['goodput', 'errors', 'p99'] as const)
    .map((kind) => ({ kind, ...compareLevels(kind, sides), operations }))
    .filter((one) => isMuchWorse(one.kind, one, rules) && estimateChance(one.kind, sides) <= rules.falseAlarm * shared);
}

function isMuchWorse(kind: BinSignal, { before, after }: Levels, { errorShare }: TailGround['rules']): boolean {
  if (kind === 'goodput') return after < (1 - leastFall) * before;
  return after - before > (kind === 'errors' ? errorShare : slowerThanP99);
}
