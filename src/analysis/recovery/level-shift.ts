import { upperTail } from '../stats/binomial.ts';
import { studentTail } from '../stats/student.ts';

/** Hits among the trials of one bin: errors, or slow operations, among those due. */
export interface Hits {
  readonly hits: number;
  readonly trials: number;
}

/** The share of hits in some bins together, 0 to 1; 0 without trials. */
export function shareOf(bins: readonly Hits[]): number {
  const trials = total(bins, 'trials');
  return trials > 0 ? total(bins, 'hits') / trials : 0;
}

/**
 * The probability of as many hits after as there were, or more, if the chance of a hit were the same before: of all hits together, each falls after with the
 * share of the trials that lies there, so that their number is binomial (the conditional test of two Poisson rates; Przyborowski and Wilenski, Biometrika 31, 1940).
 * Hits that come in lots, more unevenly over the bins than a Poisson count, are counted by the lot: its size is variance / mean (quasi-Poisson), as the bins
 * of both sides show it about the mean of their own side, and neighbours that resemble each other make it larger ({@link inflation}).
 * @param before at least one bin
 * @param after at least one bin
 * @returns 0 to 1; 1 where there are no more hits after than before
 */
export function riseChance(before: readonly Hits[], after: readonly Hits[]): number {
  const lot = lotOf([before, after]);
  return chanceOf(
    Math.ceil(total(before, 'hits') / lot),
    total(before, 'trials'),
    Math.floor(total(after, 'hits') / lot + 1e-9),
    total(after, 'trials'),
  );
}

/**
 * The smallest share of hits after that would show as a rise, had the hits before come one by one.
 * @param trials after, at least one
 * @param chance that noise alone may have, above 0 and below 1
 * @returns 0 to 1; 1 also where nothing would show
 */
export function visibleShare(before: readonly Hits[], trials: number, chance: number): number {
  const [earlier, trialsBefore] = [total(before, 'hits'), total(before, 'trials')];
  let [low, high] = [0, trials];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chanceOf(earlier, trialsBefore, middle, trials) <= chance) high = middle;
    else low = middle + 1;
  }
  return low / trials;
}

/**
 * The probability that the mean of the later values lies so far above the mean of the earlier ones, or further, by their own spread alone: Student's test with
 * the variance of both sides pooled, but no less than `least`, since a few bins may be equal by chance, and {@link inflation} for neighbours that
 * resemble each other.
 * @param before at least two values
 * @param after at least one value
 * @param least variance of a value that there is in any case, above 0
 */
export function riseOfMeanChance(before: readonly number[], after: readonly number[], least: number): number {
  const sides = [before, after];
  const freedom = before.length + after.length - 2;
  const residues = sides.map((values) => values.map((value) => value - meanOf(values)));
  const spread = residues.flat().reduce((sum, residue) => sum + residue ** 2, 0) / freedom;
  const variance = Math.max(least, spread) * inflation(residues);
  const error = Math.sqrt(variance * (1 / before.length + 1 / after.length));
  return studentTail((meanOf(after) - meanOf(before)) / error, freedom);
}

function chanceOf(earlier: number, trialsBefore: number, later: number, trialsAfter: number): number {
  const hits = earlier + later;
  const share = trialsAfter / (trialsBefore + trialsAfter);
  return later > hits * share ? upperTail(later, hits, share, 1 - share) : 1;
}

/** How many hits come at once; 1 if they come one by one, or more evenly. */
function lotOf(sides: readonly (readonly Hits[])[]): number {
  // A side without hits tells nothing of how they come.
  const told = sides.filter((bins) => total(bins, 'hits') > 0);
  const freedom = told.reduce((sum, bins) => sum + bins.length - 1, 0);
  if (freedom === 0) return 1;
  const residues = told.map((bins) => {
    const share = shareOf(bins);
    return bins.map(({ hits, trials }) => (hits - share * trials) / Math.sqrt(share * trials));
  });
  const spread = residues.flat().reduce((sum, residue) => sum + residue ** 2, 0) / freedom;
  return Math.max(1, spread * inflation(residues));
}

/**
 * By how much the variance of a mean grows because neighbours resemble each other: (1 + r) / (1 - r), where r is their autocorrelation at lag 1 (Yue and Wang,
 * Water Resources Management 18, 2004), if it is positive.
 * @param sides what is left of the values of each side without their mean
 */
function inflation(sides: readonly (readonly number[])[]): number {
  const squares = sides.flat().reduce((sum, residue) => sum + residue ** 2, 0);
  const products = sides
    .flatMap((residues) => residues.slice(1).map((residue, n) => residue * (residues[n] as number)))
    .reduce((sum, product) => sum + product, 0);
  const r = squares > 0 ? Math.min(0.9, Math.max(0, products / squares)) : 0;
  return (1 + r) / (1 - r);
}

function total(bins: readonly Hits[], what: keyof Hits): number {
  return bins.reduce((sum, bin) => sum + bin[what], 0);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
