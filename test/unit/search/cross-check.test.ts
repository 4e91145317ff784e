import { expect, test } from 'vitest';
import type { ThroughputAt } from '../../../src/analysis/stats/usl.ts';
import type { Experiment } from '../../../src/experiment.ts';
import { findCapacity } from '../../../src/search/capacity.ts';
import { crossCheckNote } from '../../../src/search/cross-check.ts';
import type { BreakingPoint } from '../../../src/verdict/breaking-point.ts';
import { steady } from '../verdict/literals.ts';

const point: BreakingPoint = {
  ...{ of: 'offered rate', unit: 'number', suffix: '/s', from: 50, to: 5_000, status: 'found' },
  ...{ heldAt: 400, brokeAt: 436, brokeFirst: [], trials: [], contradictions: [], because: '', picture: '', notes: [] },
};

/** Closed loops of an app without contention up to a limit: its throughput is that of one connection times their number, at most the limit. */
const measured = (sigma: number, kappa = 0, lambda = 100): ThroughputAt[] =>
  [1, 2, 4, 8, 16, 32].map((n) => ({
    connections: n,
    throughput: (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1)),
  }));

test('a law whose peak lies in the bracket agrees', () => {
  // 100 / 0.24 = 417 per second, as contention alone lets it come near to.
  const note = crossCheckNote(point, measured(0.24));
  expect(note).toMatch(
    /^Cross-check by the universal scalability law: throughput comes near to 41\d\/s \(contention 24 %, coherency 0 %\), from 100\/s with 1, /,
  );
  expect(note).toMatch(/It agrees within 20 % with the bracket \(held at 400\/s, broke at 436\/s\)\.$/);
});

test('a peak above the bracket says that an objective broke before throughput did', () => {
  // sqrt(0.95 / 0.002) = 22 connections, 740 per second.
  const note = crossCheckNote(point, measured(0.05, 0.002));
  expect(note).toMatch(/throughput is highest at 22 connections, 739\/s/);
  expect(note).toMatch(/more than where it broke .*: an objective was broken before throughput came to its limit\.$/);
});

test('a peak that no closed loop came near to is said to be extrapolated', () => {
  expect(crossCheckNote(point, measured(0.01))).toMatch(/It was not measured either: no closed loop came near it\.$/);
  expect(crossCheckNote(point, measured(0))).toMatch(/throughput grows with the connections without a limit/);
});

test('a peak below what held is a contradiction to look at', () => {
  expect(crossCheckNote(point, measured(0.5))).toMatch(
    /That is less than was sustained \(held at 400\/s, broke at 436\/s\)/,
  );
});

test('without a break there is nothing to compare with', () => {
  expect(crossCheckNote({ ...point, brokeAt: undefined }, measured(0.05))).toMatch(/Nothing broke \(held at 400\/s\)/);
});

test('throughput that follows no such law says nothing', () => {
  const jumping = measured(0).map((one, index) => ({ ...one, throughput: index % 2 === 0 ? 100 : 700 }));
  expect(crossCheckNote(point, jumping)).toMatch(/The law does not fit \(off by [\d.]+ % on average\)/);
});

test('too few usable loops give no law', () => {
  expect(crossCheckNote(point, measured(0).slice(0, 2))).toMatch(
    /not possible, for fewer than three closed loops .* \(100\/s with 1, 200\/s with 2\)\.$/,
  );
});

test('findCapacity makes the closed loops after the search, each from a fresh start, and leaves its verdict alone', async () => {
  const calls: string[] = [];
  const run = async ({ load }: Experiment) => {
    calls.push(load.name);
    const [, rate] = /(\d+)\/s/.exec(load.name) ?? [];
    const seconds = (load.duration ?? 0) / 1_000;
    if (rate !== undefined) {
      return steady({ rate: Number(rate), seconds }, (n, dueAt) => ({ endedAt: Math.max(dueAt, n * 2.5) + 10 }));
    }
    // 100 per second and connection, at most 400: of more connections than 16, one in ten answers is an error.
    const connections = Number(/autocannon (\d+)/.exec(load.name)?.[1]);
    return steady({ rate: Math.min(400, 100 * connections), seconds }, (n) =>
      connections > 16 && n % 10 === 0 ? { category: '503' } : {},
    );
  };
  const reset = () => void calls.push('reset');
  const search = { request: () => ({ path: '/' }), from: 300, to: 600, width: '40%', reset } as const;
  const found = await findCapacity(run, search);
  const made = calls.splice(0);
  const checked = await findCapacity(run, { ...search, crossCheck: true });
  expect(calls.slice(0, made.length)).toEqual(made);
  expect(calls.slice(made.length)).toEqual(
    [1, 2, 4, 8, 16, 32].flatMap((n) => [
      'reset',
      `autocannon ${n} ${n === 1 ? 'connection' : 'connections'} for 2.0 s`,
    ]),
  );
  expect(checked).toMatchObject({ status: found.status, heldAt: found.heldAt, brokeAt: found.brokeAt });
  expect(found.notes).toEqual([]);
  // That of 32 connections is left out for its errors.
  expect(checked.notes).toEqual([expect.stringMatching(/from 99\/s with 1, .*, 398\/s with 16 connections\./)]);
});

test('a cross-check that is neither wanted nor not is an error', async () => {
  const run = () => Promise.reject(new Error('not to be called'));
  const wrong = { request: () => ({ path: '/' }), crossCheck: 'yes' as unknown as boolean };
  await expect(findCapacity(run, wrong)).rejects.toThrow(/crossCheck must be true or false; got "yes"/);
});
