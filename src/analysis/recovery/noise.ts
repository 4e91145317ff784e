/**
 * The share by which noise may take a Poisson count below its mean.
 *
 * A Poisson variable of mean n lies at or below (1 - eps) n with probability at most exp(-n eps^2 / 2) (Chernoff). That
 * is solved for eps. It is widened by sqrt(1 + pi / (2 k)), because the mean is only the median of k counts.
 * @param mean expected count, above 0
 * @param counts how many counts the mean was taken from, at least 1
 * @param chance the probability of a false alarm that is accepted, above 0 and below 1
 * @returns 0 to 1
 */
export function estimateShortfall(mean: number, counts: number, chance: number): number {
  const eps = Math.sqrt((2 * Math.log(1 / chance)) / mean) * Math.sqrt(1 + Math.PI / (2 * counts));
  return Math.min(1, eps);
}

/**
 * The smallest count that a Poisson variable exceeds with at most the given probability.
 * @param mean 0 or more
 * @param chance above 0 and below 1
 */
export function findPoissonLimit(mean: number, chance: number): number {
  // Summed from the mode's side in logarithms: exp(-mean) alone is 0 from a mean of 746 on.
  const wanted = Math.log1p(-chance);
  let logTerm = -mean;
  let logSum = logTerm;
  let count = 0;
  const beyond = mean + 40 * Math.sqrt(mean) + 40;
  while (logSum < wanted && count < beyond) {
    count++;
    logTerm += Math.log(mean / count);
    logSum = Math.max(logSum, logTerm) + Math.log1p(Math.exp(-Math.abs(logSum - logTerm)));
  }
  return count;
}
