import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitScalabilityLaw, type ScalabilityLaw, type ThroughputAt } from '../../../src/analysis/stats/usl.ts';

const connections = [1, 2, 4, 8, 16, 32];

/** X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)), with each value so many times as high. */
const measured = (lambda: number, sigma: number, kappa: number, off: readonly number[] = []): ThroughputAt[] =>
  connections.map((n, index) => ({
    connections: n,
    throughput: ((lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1))) * (off[index] ?? 1),
  }));

const lawOf = (points: readonly ThroughputAt[]) => fitScalabilityLaw(points) as ScalabilityLaw;

test('the parameters of a system that follows the law are found, and its peak', () => {
  // sqrt((1 - 0.05) / 0.002) = 21.79; X = 100 x 21.79 / (1 + 0.05 x 20.79 + 0.002 x 21.79 x 20.79).
  const law = lawOf(measured(100, 0.05, 0.002));
  expect(law.lambda).toBeCloseTo(100, 6);
  expect(law.sigma).toBeCloseTo(0.05, 8);
  expect(law.kappa).toBeCloseTo(0.002, 8);
  expect(law.peakAt).toBeCloseTo(21.794, 3);
  expect(law.peak).toBeCloseTo(739.77, 1);
  expect(law.error).toBeCloseTo(0, 8);
});

test('whatever the parameters are, exact measurements give them back', () => {
  const coefficient = (max: number) => fc.double({ min: 1e-5, max, noNaN: true });
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 1e5, noNaN: true }),
      coefficient(0.9),
      coefficient(0.1),
      (lambda, sigma, kappa) => {
        const law = lawOf(measured(lambda, sigma, kappa));
        expect(law.lambda / lambda).toBeCloseTo(1, 6);
        expect(law.sigma).toBeCloseTo(sigma, 6);
        expect(law.kappa).toBeCloseTo(kappa, 6);
      },
    ),
  );
});

test('no neighbour of the peak has more throughput, and no measured point of the law either', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      fc.double({ min: 1e-4, max: 0.1, noNaN: true }),
      (sigma, kappa) => {
        const { peak, peakAt } = lawOf(measured(100, sigma, kappa));
        const most = Math.max(...measured(100, sigma, kappa).map(({ throughput }) => throughput));
        expect(peak).toBeGreaterThanOrEqual(most * (1 - 1e-9));
        expect(peakAt).toBeGreaterThanOrEqual(1);
      },
    ),
  );
});

test('a system that scales without limit has none: a throughput in proportion to the connections', () => {
  const law = lawOf(measured(50, 0, 0));
  expect(law.lambda).toBeCloseTo(50, 8);
  expect([law.sigma, law.kappa]).toEqual([expect.closeTo(0, 10), expect.closeTo(0, 10)]);
  expect(law.peak).toBeGreaterThan(1e9);
});

test('contention alone has no peak, and comes near to lambda / sigma', () => {
  const law = lawOf(measured(100, 0.25, 0));
  expect(law.sigma).toBeCloseTo(0.25, 8);
  expect(law.kappa).toBeCloseTo(0, 8);
  expect(law.peak / 400).toBeCloseTo(1, 2);
});

test('noise that would make a coefficient negative leaves it at 0', () => {
  // Faster than in proportion at the end, as no law with coefficients from 0 can be.
  const law = lawOf(measured(50, 0, 0, [1, 1, 1.02, 1.03, 1.05, 1.08]));
  expect([law.sigma, law.kappa]).toEqual([0, 0]);
  expect([law.peakAt, law.peak]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect(law.residuals.every((residual) => Math.abs(residual) < 0.06)).toBe(true);
});

test('under five per cent of noise the peak throughput is found within ten', () => {
  const noise = fc.array(fc.double({ min: 0.95, max: 1.05, noNaN: true }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(noise, (off) => {
      // The peak of the noiseless law lies at 15.4 connections, inside of what is measured.
      const law = lawOf(measured(100, 0.05, 0.004, off));
      expect(law.peak / lawOf(measured(100, 0.05, 0.004)).peak).toBeGreaterThan(0.9);
      expect(law.peak / lawOf(measured(100, 0.05, 0.004)).peak).toBeLessThan(1.1);
      expect(law.error).toBeLessThan(0.06);
    }),
  );
});

test('contention above 1 has its peak at one connection', () => {
  const law = lawOf(measured(100, 1.5, 0.1));
  expect(law.peakAt).toBe(1);
  expect(law.peak).toBeCloseTo(100, 6);
});

test('fewer than three numbers of connections give no law', () => {
  const [one, two] = measured(100, 0.1, 0.01) as [ThroughputAt, ThroughputAt];
  expect(fitScalabilityLaw([])).toBeUndefined();
  expect(fitScalabilityLaw([one, two, one, two])).toBeUndefined();
});

test.each([
  { connections: 0, throughput: 5 },
  { connections: 1.5, throughput: 5 },
  { connections: 2, throughput: 0 },
  { connections: 2, throughput: Number.NaN },
])('%o is no measurement', (wrong) => {
  expect(() => fitScalabilityLaw([...measured(1, 0, 0), wrong])).toThrow(
    /needs whole connections from 1 and a throughput above 0/,
  );
});
