import { expect, test } from 'vitest';
import { recovery } from '../../src/analysis/recovery.ts';
import type { Operation } from '../../src/recording/columns.ts';
import { recordingOf } from '../../src/recording/literal.ts';

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
    return recovery(recordingOf({ operations, faults, duration, generator: { offeredRate: 200 } }));
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
});

test('a service that fails one in five for 3 s after the healing is seen in every run', () => {
  const seen = steadyRuns((dueAt) => (dueAt >= 3_500 && dueAt < 9_700 ? 0.2 : 0), exponential(10));
  expect(seen.map((run) => run.after)).toEqual(Array(runs).fill(3_000));
});
