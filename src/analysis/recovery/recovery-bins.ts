import { countAboveIn, median } from '../stats/order.ts';
import type { Case } from '../window/cases.ts';
import type { BinLook, Good } from './bin-look.ts';
import type { BestWorst, Bin, MeasuredBin } from './bins.ts';
import { estimateShortfall, findPoissonLimit } from './noise.ts';

/** How the service did in the whole bins before the first fault was asked for. */
export interface Baseline {
  /** How many bins there were. */
  readonly bins: number;
  /** Operations due per bin: the median. */
  readonly due: number;
  /** Ok operations completed per bin: the median. */
  readonly goodput: number;
  /**
   * Share of errors over all bins together, 0 to 1, in the best case. A median of such small counts would mostly be 0.
   */
  readonly errorShare: number;
  /** p99 in milliseconds, in the best case: the median of the bins'. */
  readonly p99: number;
  /** An operation is slow above this many milliseconds: max(objective, (1 + slower) x p99). */
  readonly slowAbove: number;
  /** Share of operations that were that slow over all of the bins together. */
  readonly slowShare: number;
}

/** When a bin is good. */
export interface BinRules {
  /** Share of errors that is good whatever the baseline, 0 to 1. Default 0.01. */
  readonly errorShare: number;
  /** p99 that is good whatever the baseline, in milliseconds. Default 500. */
  readonly objective: number;
  /** How far above the baseline's p99 a good bin may lie, as a share of it. Default 1: up to twice the baseline. */
  readonly slower: number;
  /**
   * Accepted probability that noise makes any bin of a healthy run bad, above 0 and below 1. It holds for each of
   * goodput, errors and latency. Default 0.01.
   */
  readonly falseAlarm: number;
}

/** What is judged in the operations of a bin. */
export type BinSignal = 'goodput' | 'errors' | 'p99';

/** A bin, and whether the service was as good in it as before the fault. */
export interface RecoveryBin extends Bin, BinLook {
  readonly failed: BestWorst;
  readonly isShown: boolean;
  /** Share of errors among the operations due, 0 to 1; NaN if none was due. */
  readonly errorShare: BestWorst;
  /** Ok operations that the baseline lets expect for what was due. */
  readonly expected: number;
  /** Ok operations that ended in the bin. The best case adds those that the generator failed to send. */
  readonly goodput: BestWorst;
  /** Operations due that were slower than {@link Baseline.slowAbove}. */
  readonly slow: BestWorst;
  /**
   * Limits of a good bin, each from 0 to 1: the share of `expected` that may be missing from its goodput, and the
   * shares of the operations due that may be errors, or slow.
   */
  readonly tolerated: Readonly<Record<BinSignal, number>>;
  readonly signals: Readonly<Record<BinSignal, Good>>;
}

/** What is known of a bin before it is judged. */
type UnjudgedBin = Omit<RecoveryBin, 'signals' | 'good' | 'failed'>;

/** One error in a thousand is usual, even if the baseline happened to have none. */
const usualShare = 0.001;
/** By the definition of p99, one operation in a hundred may be slower. */
const slowerThanP99 = 0.01;
/** Below half of the operations that a bin should hold, it shows nothing: good in the best case, bad in the worst. */
const fewestShown = 0.5;

/** Whether enough was due in a bin for it to show anything. */
export function showsAnything({ due }: Bin, baseline: Baseline): boolean {
  return due >= fewestShown * baseline.due;
}

/** The baseline of some bins, at least one, in each of which something was due. */
export function measureBaseline(bins: readonly MeasuredBin[], rules: BinRules): Baseline {
  const sum = (count: (bin: MeasuredBin) => number): number => bins.reduce((total, bin) => total + count(bin), 0);
  const due = sum((bin) => bin.due);
  const p99 = median(bins.map((bin) => bin.p99.best));
  const slowAbove = Math.max(rules.objective, (1 + rules.slower) * p99);
  return {
    bins: bins.length,
    due: median(bins.map((bin) => bin.due)),
    goodput: median(bins.map((bin) => bin.completed)),
    errorShare: sum((bin) => bin.errors.best) / due,
    p99,
    slowAbove,
    slowShare: sum((bin) => countAboveIn(bin.latencies.best, slowAbove)) / due,
  };
}

/**
 * Judges bins against a baseline. A bin is good if
 * - goodput >= (1 - eps) x baseline, where eps lies above Poisson noise ({@link estimateShortfall}). Where fewer
 *   operations were due than before (a load that ramps down), the baseline shrinks with them;
 * - share of errors <= max(errorShare, baseline), the baseline with room for its noise ({@link findPoissonLimit});
 * - p99 <= max(objective, (1 + slower) x baseline): no more operations are slower than that than the one in a hundred
 *   of a p99, or than noise makes of the baseline's share of them.
 *
 * A wide eps hides little: in an open load, what a lasting degradation takes from the goodput shows as errors or as
 * latency.
 *
 * `falseAlarm` is divided by the number of bins from the fault on, so that it holds for the run and not for each bin.
 * `npm run bench -- recovery` simulates runs of 13 to 31 s (Poisson arrivals, errors up to 5 %, exponential latency):
 * noise delays the recovery in about 1 % of healthy runs at the most. The unit test of false alarms repeats it in
 * small.
 *
 * In the best case the generator's standstill yields the goodput of the baseline, and an operation that it failed to
 * send counts as done. In the worst case what was measured stands.
 * @param faultAt when the first fault was asked for
 */
export function judgeBins(
  bins: readonly MeasuredBin[],
  baseline: Baseline,
  faultAt: number,
  rules: BinRules,
): RecoveryBin[] {
  const looks = Math.max(1, bins.filter((bin) => bin.to > faultAt).length);
  const chance = rules.falseAlarm / looks;
  const eps = estimateShortfall(baseline.goodput, baseline.bins, chance);
  const noisyShare = (share: number, due: number): number =>
    findPoissonLimit(Math.max(usualShare, share) * due, chance) / due;

  const signalsIn = (bin: UnjudgedBin, which: Case): Readonly<Record<BinSignal, boolean>> => {
    if (!bin.isShown) {
      const good = which === 'best';
      return { goodput: good, errors: good, p99: good };
    }
    return {
      goodput: bin.goodput[which] >= (1 - bin.tolerated.goodput) * bin.expected,
      errors: bin.errors[which] / bin.due <= bin.tolerated.errors,
      p99: bin.slow[which] / bin.due <= bin.tolerated.p99,
    };
  };
  return bins.map((measured) => {
    const { latencies, ...rest } = measured;
    const slow = (which: Case): number => countAboveIn(latencies[which], baseline.slowAbove);
    const bin = {
      ...rest,
      isShown: showsAnything(rest, baseline),
      errorShare: { best: rest.errors.best / rest.due, worst: rest.errors.worst / rest.due },
      expected: expectGoodput(rest, baseline),
      goodput: { best: measureGoodput(rest, baseline, 'best'), worst: measureGoodput(rest, baseline, 'worst') },
      slow: { best: slow('best'), worst: slow('worst') },
      tolerated: {
        goodput: eps,
        errors: Math.max(rules.errorShare, noisyShare(baseline.errorShare, rest.due)),
        p99: Math.max(slowerThanP99, noisyShare(baseline.slowShare, rest.due)),
      },
    };
    const [best, worst] = [signalsIn(bin, 'best'), signalsIn(bin, 'worst')];
    const of = (signal: BinSignal): Good => ({ best: best[signal], worst: worst[signal] });
    const signals = { goodput: of('goodput'), errors: of('errors'), p99: of('p99') };
    const failed = {
      best: measureFailed(bin, signals, baseline, 'best'),
      worst: measureFailed(bin, signals, baseline, 'worst'),
    };
    return { ...bin, signals, failed, good: combineGood(Object.values(signals)) };
  });
}

/** Share of errors beyond those before the fault, of a bin that has more of them than it may. */
function measureFailed(
  { errorShare }: UnjudgedBin,
  { errors }: RecoveryBin['signals'],
  baseline: Baseline,
  which: Case,
): number {
  return errors[which] ? 0 : Math.max(0, errorShare[which] - baseline.errorShare);
}

/** Good where all of them are. */
export function combineGood(goods: readonly Good[]): Good {
  return { best: goods.every(({ best }) => best), worst: goods.every(({ worst }) => worst) };
}

function expectGoodput(bin: Bin, baseline: Baseline): number {
  return baseline.goodput * Math.min(1, bin.due / baseline.due);
}

function measureGoodput(bin: Bin, baseline: Baseline, which: Case): number {
  if (which === 'worst') return bin.completed;
  const stalledShare = bin.stalled / (bin.to - bin.from);
  return bin.completed + baseline.goodput * stalledShare + bin.errors.worst - bin.errors.best;
}
