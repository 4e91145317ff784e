import type { BinLook } from './bin-look.ts';
import { findReturn, type RelapseRules } from './relapse.ts';

/** The way back of a service, or of one signal. Times are in milliseconds. */
export interface Comeback {
  /** Read in the worst case. */
  readonly status: 'never-degraded' | 'recovered' | 'not-recovered';
  /**
   * From healing to recovery in the best case: 0 if never degraded, +Infinity if never recovered. At most `afterWorst`.
   */
  readonly afterBest: number;
  /** The same in the worst case. */
  readonly afterWorst: number;
  /**
   * How long after healing the run can tell: to the end of its last whole bin. Without a recovery it is less: to the
   * start of the good bins that the end of the run cut off, since a recovery may have begun there. So "not recovered
   * within `observed`" is certain.
   */
  readonly observed: number;
  /**
   * From the first fault's taking effect to the start of the first bad bin, 0 if both are in one bin; NaN without a bad
   * bin.
   */
  readonly timeToDegrade: number;
  /** From healing to the first recovery, whether it lasted or not, in the worst case; +Infinity if there was none. */
  readonly firstAfter: number;
  /** How often the service went bad again after its first recovery. Only bins that are bad in the best case count. */
  readonly relapses: number;
  /**
   * From healing to the relapse that lasts to the end of the run: the start of the last bins, if they are bad in the
   * best case too and as many as make a recovery. NaN if the run ended well.
   */
  readonly relapsedFrom: number;
}

/** The instants of a run's faults, in milliseconds since zero. */
export interface FaultTimes {
  /** When the first one was asked for: what comes before is the baseline. */
  readonly askedAt: number;
  /** When the first one took effect. */
  readonly inEffectAt: number;
  /** When the last one was healed. */
  readonly healedAt: number;
}

/**
 * Reads the way back from bins in order.
 * @param all one of them begins at the healing
 */
export function readComeback(all: readonly BinLook[], faults: FaultTimes, rules: RelapseRules): Comeback {
  const { askedAt, inEffectAt, healedAt } = faults;
  const bins = all.filter(({ to }) => to > askedAt);
  const healed = bins.filter(({ from }) => from >= healedAt);
  const bad = bins.filter(({ good }) => !good.worst);
  const [best, worst] = [findReturn(healed, 'best', rules), findReturn(healed, 'worst', rules)];
  const back = { best: best.at, worst: Math.max(best.at, worst.at) };
  const [firstBad] = bad;
  return {
    status: !firstBad ? 'never-degraded' : back.worst < Number.POSITIVE_INFINITY ? 'recovered' : 'not-recovered',
    afterBest: back.best - healedAt,
    afterWorst: back.worst - healedAt,
    observed: findConclusiveEnd(healed, back.best, back.worst) - healedAt,
    timeToDegrade: firstBad ? Math.max(0, firstBad.from - inEffectAt) : Number.NaN,
    firstAfter: worst.first - healedAt,
    relapses: countRelapses(healed, worst.first),
    relapsedFrom: findRelapseAtEnd(healed, worst.first, rules.inARow) - healedAt,
  };
}

function countRelapses(bins: readonly BinLook[], recovered: number): number {
  return bins.filter((bin, n) => bin.from > recovered && !bin.good.best && bins[n - 1]?.good.best).length;
}

function findRelapseAtEnd(bins: readonly BinLook[], recovered: number, inARow: number): number {
  const lastGood = bins.findLastIndex((bin) => bin.good.best);
  const tail = bins.slice(lastGood + 1);
  const [first] = tail;
  return first && tail.length >= inARow && first.from > recovered ? first.from : Number.NaN;
}

function findConclusiveEnd(bins: readonly BinLook[], best: number, worst: number): number {
  const end = bins.at(-1)?.to ?? Number.NaN;
  if (Number.isFinite(worst)) return end;
  const which = Number.isFinite(best) ? 'worst' : 'best';
  const lastBad = bins.findLast((bin) => !bin.good[which]);
  return lastBad?.to ?? end;
}
