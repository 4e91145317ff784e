import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percentileInterval, shareInterval } from '../../../src/analysis/stats/interval.ts';
import { percentile } from '../../../src/analysis/window/latency.ts';
import { randomFor } from '../../../src/random.ts';
import { neededForPercentile } from '../../../src/verdict/samples.ts';

/** The values 1 to n, so that a value is its rank. */
const ranks = (n: number) => Float64Array.from({ length: n }, (_, index) => index + 1);

/** Chances of 0 to n hits, multiplied out term by term. */
function binomial(n: number, p: number): number[] {
  const chances = [1];
  for (let trial = 0; trial < n; trial++) {
    for (let hits = trial + 1; hits >= 0; hits--) {
      chances[hits] = (chances[hits] ?? 0) * (1 - p) + (chances[hits - 1] ?? 0) * p;
    }
  }
  return chances;
}

describe('the interval of a share', () => {
  test.each([
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 5.
    [81, 263, 0.2527, 0.3676],
    [15, 148, 0.0578, 0.1617],
    [0, 20, 0, 0.1684],
    [1, 29, 0.0009, 0.1776],
  ])('%d of %d is as published: %d to %d', (hits, trials, low, high) => {
    const seen = shareInterval(hits, trials);
    expect(seen[0]).toBeCloseTo(low, 4);
    expect(seen[1]).toBeCloseTo(high, 4);
  });

  test('none and all have closed forms: 1 - 0.025^(1/n), and its mirror image', () => {
    for (const trials of [1, 2, 15, 16, 300, 1_000_000]) {
      const limit = 1 - 0.025 ** (1 / trials);
      expect(shareInterval(0, trials)[0]).toBe(0);
      expect(Math.abs(shareInterval(0, trials)[1] / limit - 1)).toBeLessThan(1e-8);
      expect(shareInterval(trials, trials)[0]).toBeCloseTo(1 - limit, 12);
      expect(shareInterval(trials, trials)[1]).toBe(1);
    }
  });

  test.each([
    // Quantiles of the beta distribution by another program, to the digits given.
    [30, 1_000, 0.02033048568311, 0.04255140247003],
    [300_000, 10_000_000, 0.02989435697, 0.03010591526921],
  ])('%d of %d agrees with the beta distribution', (hits, trials, low, high) => {
    expect(shareInterval(hits, trials)[0]).toBeCloseTo(low, 11);
    expect(shareInterval(hits, trials)[1]).toBeCloseTo(high, 11);
  });

  test('nothing tried leaves everything possible', () => {
    expect(shareInterval(0, 0)).toEqual([0, 1]);
  });

  test('holds the true share in at least 95 % of all samples, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 1e-4, max: 1 - 1e-4, noNaN: true }), (n, p) => {
        const held = binomial(n, p).filter((_, hits) => {
          const [low, high] = shareInterval(hits, n);
          return low <= p && p <= high;
        });
        // Each chance belongs to another number of hits.
        expect(held.reduce((sum, chance) => sum + chance, 0)).toBeGreaterThanOrEqual(0.95 - 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  test('encloses the share that was seen, is narrower with less confidence, and mirrors misses', () => {
    fc.assert(
      fc.property(fc.nat(3_000), fc.nat(3_000), (hits, misses) => {
        const trials = hits + misses;
        const [low, high] = shareInterval(hits, trials);
        expect(low * trials).toBeLessThanOrEqual(hits);
        expect(high * trials).toBeGreaterThanOrEqual(hits - 1e-9);
        const [lower, upper] = shareInterval(hits, trials, 0.9);
        expect(lower).toBeGreaterThanOrEqual(low);
        expect(upper).toBeLessThanOrEqual(high);
        expect(shareInterval(misses, trials)[0]).toBeCloseTo(1 - high, 12);
      }),
    );
  });

  test.each([
    [-1, 10],
    [11, 10],
    [1.5, 10],
    [Number.NaN, 10],
    [1, Number.POSITIVE_INFINITY],
  ])('%d of %d is refused', (hits, trials) => {
    expect(() => shareInterval(hits, trials)).toThrow(
      `shareInterval: hits must be a whole number from 0 to the trials; got ${hits} of ${trials}`,
    );
  });

  test.each([0, 1, 95, Number.NaN])('a confidence of %d is refused', (confidence) => {
    const rule = `the confidence must lie between 0 and 1 (0.95 for 95 %); got ${confidence}`;
    expect(() => shareInterval(1, 10, confidence)).toThrow(`shareInterval: ${rule}`);
    expect(() => percentileInterval(ranks(10), 0.5, confidence)).toThrow(`percentileInterval: ${rule}`);
  });
});

describe('the interval of a percentile', () => {
  test.each([
    // Conover, Practical Nonparametric Statistics, and any table of the sign test: the median of 10 and of 100.
    [10, 0.5, [2, 9]],
    [100, 0.5, [40, 61]],
    // P(B <= 982) = 0.0138 and P(B >= 997) = 0.0101 of a binomial variable of 1,000 and 0.99; one rank further in, 0.0264 and 0.0287.
    [1_000, 0.99, [983, 997]],
  ] as const)('of %d values at %d lies at the ranks %j', (n, share, expected) => {
    expect(percentileInterval(ranks(n), share)).toEqual(expected);
  });

  test('lies at the outermost ranks whose chances to miss are small enough', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (n, share) => {
        const chances = binomial(n, share);
        const below = (rank: number) => chances.slice(0, rank).reduce((sum, chance) => sum + chance, 0);
        const [low, high] = percentileInterval(ranks(n), share);
        const first = low === 0 ? 0 : low;
        const last = high === Number.POSITIVE_INFINITY ? n + 1 : high;
        // P(fewer than `low` values at or below the percentile), and P(`high` or more).
        if (first > 0) expect(below(first)).toBeLessThanOrEqual(0.025 + 1e-9);
        expect(below(first + 1)).toBeGreaterThan(0.025 - 1e-9);
        if (last <= n) expect(1 - below(last)).toBeLessThanOrEqual(0.025 + 1e-9);
        expect(1 - below(last - 1)).toBeGreaterThan(0.025 - 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  test('has no upper end before there are enough values: 368 for a p99, 299 where only that end may miss', () => {
    const upper = (n: number, share: number, confidence?: number) =>
      Number.isFinite(percentileInterval(ranks(n), share, confidence)[1]);
    expect([367, 368].map((n) => upper(n, 0.99))).toEqual([false, true]);
    for (const share of [0.95, 0.99]) {
      const needed = neededForPercentile(share);
      expect([needed - 1, needed].map((n) => upper(n, share, 0.9))).toEqual([false, true]);
      const strictly = neededForPercentile(share, 0.025);
      expect([strictly - 1, strictly].map((n) => upper(n, share))).toEqual([false, true]);
    }
  });

  test('of no values is everything', () => {
    expect(percentileInterval(new Float64Array(0), 0.99)).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  test('encloses the percentile that was seen', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, noNaN: true }), { minLength: 1, maxLength: 500 }), (values) => {
        const sorted = Float64Array.from(values).sort();
        for (const share of [0.5, 0.95, 0.99]) {
          const [low, high] = percentileInterval(sorted, share);
          expect(low).toBeLessThanOrEqual(percentile(sorted, share));
          expect(high).toBeGreaterThanOrEqual(percentile(sorted, share));
        }
      }),
    );
  });

  test.each([
    ['spread evenly', (u: number) => u, (share: number) => share],
    [
      'in two heaps, 97 % at 5 ms and 3 % at 400 ms',
      (u: number) => (u < 0.97 ? 5 : 400),
      (share: number) => (share <= 0.97 ? 5 : 400),
    ],
  ])('holds the true one in 95 % of 1,000 samples of 400 values %s (seed 7)', (_, drawn, truth) => {
    const random = randomFor(7, 0);
    const held = { p50: 0, p95: 0, p99: 0 };
    for (let sample = 0; sample < 1_000; sample++) {
      const values = Float64Array.from({ length: 400 }, () => drawn(random())).sort();
      for (const [name, share] of [
        ['p50', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
      ] as const) {
        const [low, high] = percentileInterval(values, share);
        if (low <= truth(share) && truth(share) <= high) held[name]++;
      }
    }
    for (const count of Object.values(held)) expect(count).toBeGreaterThanOrEqual(950);
  });

  test.each([0, 1, 99, Number.NaN])('a share of %d is refused', (share) => {
    expect(() => percentileInterval(ranks(10), share)).toThrow(
      'the share must lie between 0 and 1 (0.99 for p99); got',
    );
  });
});
