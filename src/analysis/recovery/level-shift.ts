import { upperTail } from '../stats/binomial.ts';
import { meanOf } from '../stats/order.ts';
import { studentTail } from '../stats/student.ts';

/** BinHits among the trials of one bin: errors, or slow operations, among those due. */
export interface BinHits {
  readonly hits: number;
  readonly trials: number;
}

/** The share of hits in some bins together, 0 to 1; 0 without trials. */
export function measureShare(bins: readonly BinHits[]): number {
  const trials = addUp(bins, 'trials');
  return trials > 0 ? addUp(bins, 'hits') / trials : 0;
}

/**
 * The probability of as many hits after the fault, or more, if nothing has changed. It is the conditional test of two
 * Poisson rates (Przyborowski and Wilenski, Biometrika 31, 1940): each of all hits falls on the later side with that
 * side's share of the trials, so their number is binomial.
 *
 * BinHits that come in lots are counted by the lot. Its size is variance / mean (quasi-Poisson), taken from the bins of
 * each side about that side's mean. Neighbours that resemble each other make it larger ({@link estimateInflation}).
 * @param before at least one bin
 * @param after at least one bin
 * @returns 0 to 1; 1 where there are no more hits after than before
 */
export function testRise(before: readonly BinHits[], after: readonly BinHits[]): number {
  const lot = estimateLot([before, after]);
  return estimateChance(
    Math.ceil(addUp(before, 'hits') / lot),
    addUp(before, 'trials'),
    Math.floor(addUp(after, 'hits') / lot + 1e-9),
    addUp(after, 'trials'),
  );
}

/**
 * The smallest share of hits on the later side that would show as a rise. It supposes that the earlier hits came one by
 * one.
 * @param trials after, at least one
 * @param chance that noise alone may have, above 0 and below 1
 * @returns 0 to 1; 1 also where nothing would show
 */
export function findVisibleShare(before: readonly BinHits[], trials: number, chance: number): number {
  const [earlier, trialsBefore] = [addUp(before, 'hits'), addUp(before, 'trials')];
  let [low, high] = [0, trials];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (estimateChance(earlier, trialsBefore, middle, trials) <= chance) high = middle;
    else low = middle + 1;
  }
  return low / trials;
}

/**
 * The probability that the mean of the later values lies so far above that of the earlier ones, or further, if nothing
 * has changed. It is Student's test with the variance of both sides pooled. The variance is at least `least`, since a
 * few bins may be equal by chance. Neighbours that resemble each other make it larger ({@link estimateInflation}).
 * @param before at least two values
 * @param after at least one value
 * @param least variance of a value that there is in any case, above 0
 */
export function testRiseOfMean(before: readonly number[], after: readonly number[], least: number): number {
  const sides = [before, after];
  const freedom = before.length + after.length - 2;
  const residues = sides.map((values) => values.map((value) => value - meanOf(values)));
  const spread = residues.flat().reduce((sum, residue) => sum + residue ** 2, 0) / freedom;
  const variance = Math.max(least, spread) * estimateInflation(residues);
  const error = Math.sqrt(variance * (1 / before.length + 1 / after.length));
  return studentTail((meanOf(after) - meanOf(before)) / error, freedom);
}

function estimateChance(earlier: number, trialsBefore: number, later: number, trialsAfter: number): number {
  const hits = earlier + later;
  const share = trialsAfter / (trialsBefore + trialsAfter);
  return later > hits * share ? upperTail(later, hits, share, 1 - share) : 1;
}

/** How many hits come at once; 1 if they come one by one, or more evenly. */
function estimateLot(sides: readonly (readonly BinHits[])[]): number {
  // A side without hits tells nothing of how they come.
  const told = sides.filter((bins) => addUp(bins, 'hits') > 0);
  const freedom = told.reduce((sum, bins) => sum + bins.length - 1, 0);
  if (freedom === 0) return 1;
  const residues = told.map((bins) => {
    const share = measureShare(bins);
    return bins.map(({ hits, trials }) => (hits - share * trials) / Math.sqrt(share * trials));
  });
  const spread = residues.flat().reduce((sum, residue) => sum + residue ** 2, 0) / freedom;
  return Math.max(1, spread * estimateInflation(residues));
}

/**
 * The factor by which the variance of a mean grows because neighbours resemble each other: (1 + r) / (1 - r). Here r is
 * their autocorrelation at lag 1, if it is positive (Yue and Wang, Water Resources Management 18, 2004).
 * @param sides what is left of the values of each side without their mean
 */
function estimateInflation(sides: readonly (readonly number[])[]): number {
  const squares = sides.flat().reduce((sum, residue) => sum + residue ** 2, 0);
  const products = sides
    .flatMap((residues) => residues.slice(1).map((residue, n) => residue * (residues[n] as number)))
    .reduce((sum, product) => sum + product, 0);
  const r = squares > 0 ? Math.min(0.9, Math.max(0, products / squares)) : 0;
  return (1 + r) / (1 - r);
}

function addUp(bins: readonly BinHits[], what: keyof BinHits): number {
  return bins.reduce((sum, bin) => sum + bin[what], 0);
}
