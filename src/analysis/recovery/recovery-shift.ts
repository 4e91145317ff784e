import type { Case } from '../window/cases.ts';
import type { Comeback, FaultTimes } from './comeback.ts';
import { shareOf, visibleShare } from './level-shift.ts';
import { type Baseline, type BinRules, type BinSignal, type RecoveryBin, shows } from './recovery-bins.ts';
import { chanceOf, dueIn, hitsBefore, type Levels, levelsOf, type Sides } from './recovery-levels.ts';

/** A signal that is worse over all bins after a supposed recovery together than before the fault. */
export interface LevelShift extends Levels {
  readonly kind: BinSignal;
  /** Operations due after the supposed recovery. */
  readonly operations: number;
}

/** What the bins after a supposed recovery say together. */
export interface Tail {
  /** From where on they show no shift: the supposed recovery, or later where a shift passed; +Infinity where one lasts to the end. */
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

/** The three signals share the false alarms: one that fails a run for good must be rarer than a bad bin, which only delays it. */
const shared = 1 / 3;
/** By the definition of p99. */
const slowerThanP99 = 0.01;
/** Share of the goodput. Answers of half a second that are under way at the end of ten seconds are as many. */
const leastFall = 0.05;
const nothing: Tail = { from: Number.NEGATIVE_INFINITY, shifts: [] };

/**
 * Judges the bins after a recovery as a whole, since a level that shifted for good may be too little worse for a bin of 100 operations to show. A signal
 * has shifted if it is
 * - clearly worse than in the bins before the fault: with the spread that the bins themselves show, noise alone is as bad in at most a third of
 *   `falseAlarm`, for there are three signals ({@link chanceOf}); and
 * - much worse, as a bin's own tolerance is for the whole: errors by more than `errorShare` of the operations, operations slower than `slowAbove` by more than the one in
 *   a hundred of a p99, goodput by more than 5 %.
 *
 * A shift lasts if the second half of the bins is much worse too; then there was no recovery. Else it passed, and the recovery is where the bins that are left
 * show none. `npm run bench -- recovery` simulates runs of 13 to 31 s: noise makes a shift in at most 0.3 % of healthy runs whose operations are independent, in none with
 * stalls or a latency that wanders, and in 1.1 % where an error rate of 5 % wanders by half of itself within seconds. A service that was bad in single bins to the end of the run has relapsed, which says more.
 * @param comeback by single bins
 */
export function readTails({ afterBest, afterWorst, relapsedFrom }: Comeback, ground: TailGround): Tails {
  const tail = (after: number, which: Case): Tail =>
    Number.isFinite(after) && !Number.isFinite(relapsedFrom)
      ? readTail(ground.times.healedAt + after, which, ground)
      : nothing;
  return { best: tail(afterBest, 'best'), worst: tail(afterWorst, 'worst') };
}

/** The shifts that put a recovery off, or ruled it out: for certain, or else in the worst case. */
export function shiftsIn({ best, worst }: Tails): readonly LevelShift[] {
  return best.from === Number.POSITIVE_INFINITY || worst.shifts.length === 0 ? best.shifts : worst.shifts;
}

/**
 * A way back with what the tails make of it.
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
 * What could hide after a recovery that came late, or in a short run: a rise that is too small for a bin, and for so few operations.
 * @param after instant from which the tail is looked at
 * @returns how many operations it has and the least share of errors that would have been a shift; undefined where that is so little more than before that next to
 * nothing hides: at most twice what counts as much worse
 */
export function hiddenIn(
  after: number,
  { bins, baseline, times, rules }: TailGround,
): { readonly share: number; readonly operations: number } | undefined {
  const before = hitsBefore('errors', { before: bins.filter((bin) => isBaseline(bin, times)) });
  const operations = dueIn(bins.filter((bin) => bin.from >= after && shows(bin, baseline)));
  const share = operations > 0 ? visibleShare(before, operations, rules.falseAlarm * shared) : 1;
  return share > shareOf(before) + 2 * rules.errorShare ? { share, operations } : undefined;
}

function readTail(supposed: number, which: Case, { bins, baseline, times, rules }: TailGround): Tail {
  const before = bins.filter((bin) => isBaseline(bin, times));
  let after = bins.filter((bin) => bin.from >= supposed && shows(bin, baseline));
  let from = supposed;
  let shifts: readonly LevelShift[] = [];
  while (after.length >= rules.inARow) {
    const seen = shiftsOf({ before, after, which }, rules);
    if (seen.length === 0) break;
    const end = { before, after: after.slice(after.length >> 1), which };
    const lasting = seen.filter(({ kind }) => isMuchWorse(kind, levelsOf(kind, end), rules));
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

function shiftsOf(sides: Sides, rules: TailGround['rules']): LevelShift[] {
  const operations = dueIn(sides.after);
  return (['goodput', 'errors', 'p99'] as const)
    .map((kind) => ({ kind, ...levelsOf(kind, sides), operations }))
    .filter((one) => isMuchWorse(one.kind, one, rules) && chanceOf(one.kind, sides) <= rules.falseAlarm * shared);
}

function isMuchWorse(kind: BinSignal, { before, after }: Levels, { errorShare }: TailGround['rules']): boolean {
  if (kind === 'goodput') return after < (1 - leastFall) * before;
  return after - before > (kind === 'errors' ? errorShare : slowerThanP99);
}
