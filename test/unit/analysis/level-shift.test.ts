import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BinHits,
  findVisibleShare,
  measureShare,
  testRise,
  testRiseOfMean,
} from '../../../src/analysis/recovery/level-shift.ts';
import { studentTail } from '../../../src/analysis/stats/student.ts';

/** Bins of 100 trials. */
const bins = (...hits: number[]): BinHits[] => hits.map((one) => ({ hits: one, trials: 100 }));

describe('a rise of hits', () => {
  test('has the chance that all of them fall after, if there were none before', () => {
    expect(testRise(bins(0, 0, 0, 0, 0), bins(2, 2, 2, 2, 2))).toBeCloseTo(1 / 1_024, 12);
    // Two trials of three lie after.
    expect(testRise(bins(0, 0), bins(1, 1, 1, 1))).toBeCloseTo((2 / 3) ** 4, 12);
  });

  test('of one before and four after, with as many trials, is 6 / 32', () => {
    expect(testRise(bins(1, 0), bins(2, 2))).toBeCloseTo(6 / 32, 12);
  });

  test('is none where there are no more than before', () => {
    expect(testRise(bins(2, 2), bins(2, 2))).toBe(1);
    expect(testRise(bins(2, 2), bins(1, 1))).toBe(1);
    expect(testRise(bins(0, 0), bins(0, 0))).toBe(1);
  });

  test('of hits that come in lots counts the lots', () => {
    // Mean 10, each 10 away from it: a spread of 4 x 10 / 3 times that of a Poisson count, so 40 hits are three lots.
    expect(testRise(bins(0, 0), bins(20, 0, 20, 0))).toBeCloseTo((2 / 3) ** 3, 12);
    // Neighbours that resemble each other, autocorrelation 1 / 4: 5 / 3 times as large, so that it is one lot and a part of one.
    expect(testRise(bins(0, 0), bins(20, 20, 0, 0))).toBeCloseTo(2 / 3, 12);
    // With the bins before, 15 times that of a Poisson count: 20 hits are two lots there, and 40 are two after, to be on the safe side.
    expect(testRise(bins(20, 0), bins(20, 0, 20, 0))).toBe(1);
  });

  test('is seldom found where there is none', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 5, maxLength: 9 }), (hits) => {
        expect(testRise(bins(...hits), bins(...hits))).toBe(1);
      }),
    );
  });
});

test('the share of some bins weighs each by its trials', () => {
  expect(
    measureShare([
      { hits: 1, trials: 100 },
      { hits: 0, trials: 300 },
    ]),
  ).toBe(1 / 400);
  expect(measureShare([])).toBe(0);
});

test('what would just be seen is the smallest number of hits that noise makes seldom enough', () => {
  // Ten of ten that fall after have a chance of 1 / 1024, nine of 1 / 512.
  expect(findVisibleShare(bins(0, 0, 0, 0, 0), 500, 0.001)).toBe(10 / 500);
  expect(findVisibleShare(bins(0, 0, 0, 0, 0), 500, 0.0011)).toBe(10 / 500);
  expect(findVisibleShare(bins(0, 0, 0, 0, 0), 500, 0.002)).toBe(9 / 500);
  // Of five operations after, not even five errors would be seldom enough.
  expect(findVisibleShare(bins(0), 5, 1e-9)).toBe(1);
});

describe('a rise of a mean', () => {
  test('goes by the spread of both sides', () => {
    // Means 0 and 2, variance (4 x 1) / 2 = 2, error sqrt(2): t = sqrt(2) with two degrees of freedom, of which the tail is (1 - sqrt(1 / 2)) / 2.
    expect(testRiseOfMean([-1, 1], [1, 3], 0.01)).toBeCloseTo((1 - Math.SQRT1_2) / 2, 12);
  });

  test('goes by no less than the least spread', () => {
    // t = 2 / sqrt(2 / 3) with four degrees of freedom: the sine of its angle is sqrt(0.6).
    expect(testRiseOfMean([0, 0, 0], [2, 2, 2], 1)).toBeCloseTo((1 - Math.sqrt(0.6) * 1.2) / 2, 12);
  });

  test('is less certain where neighbours resemble each other', () => {
    const mixed = testRiseOfMean([-1, 1, -1, 1], [2, 4, 2, 4], 0.01);
    expect(testRiseOfMean([-1, -1, 1, 1], [2, 2, 4, 4], 0.01)).toBeGreaterThan(2 * mixed);
  });

  test('is one half where there is none, and near one where it falls', () => {
    expect(testRiseOfMean([0, 1], [0, 1], 1)).toBe(0.5);
    expect(testRiseOfMean([100, 101], [0, 1], 1)).toBeGreaterThan(0.99);
  });
});

test.each([
  [6.314, 1, 0.05],
  [2.92, 2, 0.05],
  [2.353, 3, 0.05],
  [5.208, 6, 0.001],
  [3.852, 13, 0.001],
  [1.645, 2_000, 0.05],
  [-2.353, 3, 0.95],
  [0, 7, 0.5],
])("Student's t exceeds %f with %i degrees of freedom as often as the tables say", (t, freedom, chance) => {
  expect(studentTail(t, freedom) / chance).toBeCloseTo(1, 2);
});
