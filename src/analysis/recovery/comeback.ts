import type { Case } from '../window/cases.ts';

/** A span of a run, and whether what is looked at was as well in it as before the fault. Good in the worst case implies good in the best. */
export interface Look {
  /** Milliseconds since the recording's zero; half-open. */
  readonly from: number;
  readonly to: number;
  readonly good: Good;
}

/** Whether a span is good, in favour of the app and against it. */
export type Good = Readonly<Record<Case, boolean>>;

/** What a row of looks says of a service's way back. Times are in milliseconds. */
export interface Comeback {
  /** Read in the worst case. */
  readonly status: 'never-degraded' | 'recovered' | 'not-recovered';
  /** From healing to recovery in the best case: 0 if never degraded, +Infinity if not recovered. At most `afterWorst`. */
  readonly afterBest: number;
  /** The same in the worst case. */
  readonly afterWorst: number;
  /**
   * How long after healing the run can tell: to the end of its last whole bin. If it was not recovered, to the start of the good
   * bins that the end cut off, since a recovery may have begun there: "not recovered within `observed`" is certain.
   */
  readonly observed: number;
  /** From the fault's taking effect to the start of the first bad bin, 0 if they share a bin; NaN if none was bad. */
  readonly timeToDegrade: number;
  /** How often the service went bad again after its recovery, by bins that are bad in the best case too. */
  readonly relapses: number;
  /**
   * From healing to where it went bad again for the rest of the run, after its recovery: the start of the bins at the run's end that
   * are bad in the best case too, if there are as many as make a recovery. NaN if it ended well.
   */
  readonly relapsedFrom: number;
}

/**
 * Reads the way back from bins in order.
 * @param bins those that the fault can have touched, one of which begins at `healedAt`
 * @param inARow good bins in a row that make a recovery
 */
export function comebackOf(bins: readonly Look[], faultAt: number, healedAt: number, inARow: number): Comeback {
  const healed = bins.filter((bin) => bin.from >= healedAt);
  const bad = bins.filter((bin) => !bin.good.worst);
  const best = recoveredAt(healed, inARow, 'best');
  const worst = recoveredAt(healed, inARow, 'worst');
  const [firstBad] = bad;
  return {
    status: !firstBad ? 'never-degraded' : worst < Number.POSITIVE_INFINITY ? 'recovered' : 'not-recovered',
    afterBest: best - healedAt,
    afterWorst: worst - healedAt,
    observed: conclusiveUntil(healed, best, worst) - healedAt,
    timeToDegrade: firstBad ? Math.max(0, firstBad.from - faultAt) : Number.NaN,
    relapses: healed.filter((bin, index) => bin.from > worst && !bin.good.best && healed[index - 1]?.good.best).length,
    relapsedFrom: relapseAtEnd(healed, worst, inARow) - healedAt,
  };
}

/** Start of the first run of good bins that is long enough; +Infinity without one. */
function recoveredAt(bins: readonly Look[], inARow: number, which: Case): number {
  let good = 0;
  for (const [index, bin] of bins.entries()) {
    good = bin.good[which] ? good + 1 : 0;
    if (good === inARow) return (bins[index + 1 - inARow] as Look).from;
  }
  return Number.POSITIVE_INFINITY;
}

function relapseAtEnd(bins: readonly Look[], recovered: number, inARow: number): number {
  const lastGood = bins.findLastIndex((bin) => bin.good.best);
  const tail = bins.slice(lastGood + 1);
  const [first] = tail;
  return first && tail.length >= inARow && first.from > recovered ? first.from : Number.NaN;
}

function conclusiveUntil(bins: readonly Look[], best: number, worst: number): number {
  const end = bins.at(-1)?.to ?? Number.NaN;
  if (Number.isFinite(worst)) return end;
  const which = Number.isFinite(best) ? 'worst' : 'best';
  const lastBad = bins.findLast((bin) => !bin.good[which]);
  return lastBad?.to ?? end;
}
