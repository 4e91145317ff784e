import { expect, test } from 'vitest';
import { measureRecovery } from '../../../src/analysis/recovery/recovery.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';

const runs = 60;
const duration = 14_000;
const faults = [{ inEffectAt: 3_500, healedAt: 6_700 }];

/** Uniform in (0, 1], the same numbers each time (mulberry32). */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return 1 - ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Draw = () => number;
const exponential = (mean: number) => (draw: Draw) => -mean * Math.log(draw());
const logNormal = (middle: number, spread: number) => (draw: Draw) =>
  middle * Math.exp(spread * Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw()));

/** Poisson arrivals at 200/s; share of errors and latency as they are drawn, whatever the fault. */
function steadyRuns(errorShare: (dueAt: number) => number, latency: (draw: Draw) => number, seed = 1) {
  const draw = drawing(seed);
  return Array.from({ length: runs }, () => {
    const operations: Partial<Operation>[] = [];
    for (let dueAt = exponential(5)(draw); dueAt < duration; dueAt += exponential(5)(draw)) {
      const category = draw() < errorShare(dueAt) ? '503' : 'ok';
      operations.push({ dueAt, endedAt: dueAt + latency(draw), category });
    }
    return measureRecovery(recordingOf({ operations, faults, duration, generator: { offeredRate: 200 } }));
  });
}

test.each([
  ['fast', 0, exponential(10)],
  ['fast with one error in a thousand', 0.001, exponential(10)],
  ['fast with errors of 1 %', 0.01, exponential(10)],
  ['fast with errors of 5 %', 0.05, exponential(10)],
  ['slower than the objective', 0, exponential(150)],
  ['at the objective', 0, logNormal(150, 0.5)],
  ['slow with a long tail', 0, logNormal(100, 1)],
])('a healthy service that is %s is not called degraded by noise', (_, errorShare, latency) => {
  const seen = steadyRuns(() => errorShare, latency);
  expect(seen.filter((run) => run.status === 'unmeasured')).toHaveLength(0);
  // 3 % of 60 runs are 1.8; more than 5 would happen by chance in 1 % of seeds.
  expect(seen.filter((run) => run.status !== 'never-degraded').length).toBeLessThanOrEqual(5);
  expect(seen.filter((run) => run.after > 0).length).toBeLessThanOrEqual(2);
  // 0.3 % of 60 runs are 0.2; more than 2 would happen by chance in 1 of 900 seeds.
  expect(seen.filter((run) => run.shifts.length > 0).length).toBeLessThanOrEqual(2);
});

/** What varies by itself, from each tenth of a second to the next: a first-order autoregression with a mean of 0 and a variance of 1. */
function wandering(draw: Draw, likeness: number): (dueAt: number) => number {
  const levels: number[] = [];
  const normal = (): number => Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw());
  return (dueAt) => {
    const tenth = Math.floor(dueAt / 100);
    while (levels.length <= tenth) {
      levels.push(likeness * (levels.at(-1) ?? 0) + Math.sqrt(1 - likeness ** 2) * normal());
    }
    return levels[tenth] as number;
  };
}

/** Stands still for a second once in ten, for what is due meanwhile. */
function standingStill(draw: Draw): (dueAt: number) => number {
  const from: number[] = [];
  for (let at = exponential(10_000)(draw); at < duration; at += exponential(10_000)(draw)) from.push(at);
  return (dueAt) => Math.max(0, ...from.filter((at) => dueAt >= at).map((at) => at + 1_000 - dueAt));
}

test.each<[string, (draw: Draw) => (dueAt: number) => { readonly latency: number; readonly errorShare: number }]>([
  [
    'a latency, and so a goodput, that wanders',
    (draw) => {
      const level = wandering(draw, 0.9);
      return (dueAt) => ({ latency: 100 * Math.exp(0.7 * level(dueAt)), errorShare: 0 });
    },
  ],
  [
    'errors that wander',
    (draw) => {
      const level = wandering(draw, 0.8);
      return (dueAt) => ({ latency: 10, errorShare: 0.02 * Math.exp(0.5 * level(dueAt) - 0.125) });
    },
  ],
  [
    'a stall now and then',
    (draw) => {
      const still = standingStill(draw);
      return (dueAt) => ({ latency: 10 + still(dueAt), errorShare: 0 });
    },
  ],
])('%s is seldom taken for a lasting shift', (_, make) => {
  const draw = drawing(2);
  const shifted = Array.from({ length: runs }, () => {
    const at = make(draw);
    const operations = Array.from({ length: duration / 5 }, (__, n) => {
      const { latency, errorShare } = at(n * 5);
      return { dueAt: n * 5, endedAt: n * 5 + latency, category: draw() < errorShare ? '503' : 'ok' };
    });
    return (
      measureRecovery(recordingOf({ operations, faults, duration, generator: { offeredRate: 200 } })).shifts.length > 0
    );
  });
  // Simulated: 0, 0.6 and 0 %.
  expect(shifted.filter(Boolean).length).toBeLessThanOrEqual(2);
});

test('errors of 6 % for good after 2 % are seen in most runs of 14 s', () => {
  const seen = steadyRuns((dueAt) => (dueAt < 6_700 ? 0.02 : 0.06), exponential(10));
  const never = seen.filter((run) => run.after === Number.POSITIVE_INFINITY).length;
  // Simulated: 78 %.
  expect(never).toBeGreaterThan(0.55 * runs);
});

test('a service that fails one in five for 3 s after the healing is seen in every run', () => {
  const seen = steadyRuns((dueAt) => (dueAt >= 3_500 && dueAt < 9_700 ? 0.2 : 0), exponential(10));
  expect(seen.map((run) => run.after)).toEqual(Array(runs).fill(3_000));
});
