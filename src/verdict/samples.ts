/**
 * Operations that a proportion needs before zero errors speak for a bound: with 3 / bound of them and none wrong, the
 * 95 % upper limit of the true share is the bound (the rule of three, from (1 - p)^n = 0.05).
 */
export function neededForShare(bound: number): number {
  return Math.ceil(roundUp(3 / Math.min(1, bound)));
}

/**
 * Operations that a percentile needs so that its 95 % upper limit is finite: the smallest n with 1 - share^n >= 0.95.
 * 59 for p95, 299 for p99.
 * @param chance of a greater percentile than this limit: 0.025 is that beyond either end of a 95 % interval
 */
export function neededForPercentile(share: number, chance = 0.05): number {
  return Math.ceil(Math.log(chance) / Math.log(share));
}

/**
 * Least number of samples, all good, whose 95 % interval lies wholly on the good side of a bound: 368 for 1 %.
 * @param bound share of bad ones that is allowed, above 0 and at most 1
 */
export function neededStrictly(bound: number): number {
  return bound === 1 ? 1 : neededForPercentile(1 - bound, 0.025);
}

/** Races that a win rate needs. It is a plain count over the races that were run, without a claim about others. */
export const neededRaces = 10;

/** Share of the races whose attempts must have overlapped in time for the races to count as races. */
export const neededOverlap = 0.9;

/**
 * Answers that the bound of a rate must lead one to expect: with these, chance alone moves the rate by less than a
 * fifth.
 */
export const neededAnswers = 100;

// 3 / 0.003 is 1000.0000000000001 in binary.
function roundUp(value: number): number {
  return Number(value.toPrecision(12));
}
