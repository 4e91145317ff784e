import { expect, test } from 'vitest';
import { estimateShortfall, findPoissonLimit } from '../../../src/analysis/recovery/noise.ts';
import { countAbove, median } from '../../../src/analysis/stats/order.ts';

/** P(X <= count) of a Poisson variable, term by term. */
function poissonAtMost(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let sum = term;
  for (let k = 1; k <= count; k++) {
    term *= mean / k;
    sum += term;
  }
  return sum;
}

test('the shortfall is the bound of Chernoff, widened for a mean that was itself measured', () => {
  // sqrt(2 ln(1000) / 100) = 0.3717, and with five counts sqrt(1 + pi / 10) = 1.1464 times that.
  expect(estimateShortfall(100, Number.POSITIVE_INFINITY, 0.001)).toBeCloseTo(0.3717, 4);
  expect(estimateShortfall(100, 5, 0.001)).toBeCloseTo(0.4261, 4);
  expect(estimateShortfall(1, 5, 0.001)).toBe(1);
});

test.each([10, 100, 600])(
  'a Poisson count of mean %i falls further than the shortfall more rarely than asked for',
  (mean) => {
    for (const chance of [0.05, 0.001, 0.000_1]) {
      const least = Math.ceil((1 - estimateShortfall(mean, Number.POSITIVE_INFINITY, chance)) * mean);
      expect(poissonAtMost(least - 1, mean)).toBeLessThanOrEqual(chance);
    }
  },
);

test('the shortfall of a run lies above the usual 95 % of Poisson noise', () => {
  expect(estimateShortfall(100, 5, 0.01 / 10)).toBeGreaterThan(1.96 / Math.sqrt(100));
});

test.each([0.1, 1, 7.5, 100, 600])(
  'the limit of a Poisson count of mean %d is the first that is exceeded rarely enough',
  (mean) => {
    for (const chance of [0.05, 0.001, 0.000_01]) {
      const limit = findPoissonLimit(mean, chance);
      expect(1 - poissonAtMost(limit, mean)).toBeLessThanOrEqual(chance);
      expect(1 - poissonAtMost(limit - 1, mean)).toBeGreaterThan(chance);
    }
  },
);

test('the limit of a Poisson count is 0 where nothing is expected, and holds where exp(-mean) is 0', () => {
  expect(findPoissonLimit(0, 0.001)).toBe(0);
  // Normal approximation: 10,000 + 3.09 x 100.
  expect(Math.abs(findPoissonLimit(10_000, 0.001) - 10_310)).toBeLessThan(5);
});

test('the median is the middle, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY])).toBe(
    Number.POSITIVE_INFINITY,
  );
  expect(median([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  expect(median([])).toBeNaN();
});

test('values at the limit are not above it', () => {
  const values = Float64Array.of(1, 2, 2, 3);
  expect([0, 1, 2, 2.5, 3].map((limit) => countAbove(values, limit))).toEqual([4, 3, 1, 1, 0]);
});
