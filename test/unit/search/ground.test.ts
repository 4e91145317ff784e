import { expect, onTestFinished, test } from 'vitest';
import type { Experiment } from '../../../src/experiment.ts';
import { findBreakingPoint } from '../../../src/search/breaking-point.ts';
import { findCapacity } from '../../../src/search/capacity.ts';
import { offerGround, trialGround } from '../../../src/search/ground.ts';
import type { BreakingPoint } from '../../../src/verdict/breaking-point.ts';
import type { Exploration } from '../../../src/verdict/exploration.ts';
import { steady } from '../verdict/literals.ts';

/** A test's ground that notes what is done on it. */
function ground() {
  const calls: string[] = [];
  const reported: (BreakingPoint | Exploration)[] = [];
  const close = offerGround({
    reset: async (what) => void calls.push(`reset ${what}`),
    beginTrial: (title) => void calls.push(`begin ${title}`),
    endTrial: () => void calls.push('end'),
    report: (point) => void reported.push(point),
  });
  onTestFinished(close);
  return { calls, reported, close };
}

const search = (calls: string[]) => ({
  of: 'offered rate',
  suffix: '/s',
  from: 100,
  to: 200,
  trial: async (value: number) => {
    calls.push(`run ${value}`);
    return value;
  },
  holds: () => true,
});

test('every trial starts afresh, the first too, and has a title by its value', async () => {
  const { calls, reported } = ground();
  const point = await findBreakingPoint(search(calls));
  expect(calls).toEqual([
    ...['begin trial 1: 100/s', 'reset all', 'run 100', 'end'],
    ...['begin trial 2: 200/s', 'reset all', 'run 200', 'end'],
    ...['begin trial 3: 200/s, sustained', 'reset all', 'run 200', 'end'],
  ]);
  expect(reported).toEqual([point]);
});

test.each([
  ['app', ['begin trial 1: 100/s', 'reset app']],
  ['none', ['begin trial 1: 100/s', 'run 100']],
] as const)('reset %s does no more than that', async (reset, first) => {
  const { calls } = ground();
  await findBreakingPoint({ ...search(calls), reset });
  expect(calls.slice(0, 2)).toEqual(first);
});

test('a function of the test takes the place of the reset', async () => {
  const { calls } = ground();
  await findBreakingPoint({ ...search(calls), reset: () => calls.push('own') });
  expect(calls.filter((call) => /^(reset|own)/.test(call))).toEqual(['own', 'own']);
});

test('an app that dies for good in a trial is there again in the next: the bracket is that of the app, not of its death', async () => {
  let alive = true;
  const close = offerGround({
    reset: async () => {
      alive = true;
    },
    beginTrial: () => undefined,
    endTrial: () => undefined,
    report: () => undefined,
  });
  onTestFinished(close);
  const outages = {
    of: 'outage length',
    from: '1s',
    to: '30s',
    trial: async (length: number) => {
      alive &&= length < 10_500;
      return alive;
    },
    holds: (survived: boolean) => survived,
  } as const;
  const point = await findBreakingPoint(outages);
  expect(point).toMatchObject({ status: 'found', contradictions: [] });
  expect(point.heldAt as number).toBeLessThan(10_500);
  expect(point.brokeAt as number).toBeGreaterThanOrEqual(10_500);
  // As it would be without: after the first break nothing holds any more, down to what held before it.
  const blind = await findBreakingPoint({ ...outages, reset: 'none' });
  expect(blind.brokeAt).toBe(1_000);
});

test('a trial that throws is over, and names the value', async () => {
  const { calls, reported } = ground();
  const trial = () => Promise.reject(new Error('the app is gone'));
  await expect(findBreakingPoint({ ...search(calls), trial })).rejects.toThrow(
    'the trial of offered rate at 100/s threw: the app is gone',
  );
  expect(calls.at(-1)).toBe('end');
  expect(reported).toEqual([]);
});

test('without a test around it a search cannot be told to reset', async () => {
  expect(trialGround()).toBeUndefined();
  await expect(findBreakingPoint({ ...search([]), reset: 'all' })).rejects.toThrow(
    /reset 'all' needs a test of resilience\(\) that takes the fixture run; pass a function here/,
  );
});

test('a ground that was taken back is not used, and taking it back leaves that of a later test', () => {
  const earlier = ground();
  const later = ground();
  const now = trialGround();
  earlier.close();
  expect(trialGround()).toBe(now);
  later.close();
  expect(trialGround()).toBeUndefined();
});

test('findCapacity is reported once, with its rates', async () => {
  const { calls, reported } = ground();
  const run = async ({ load }: Experiment) => steady({ rate: 100, seconds: (load.duration ?? 0) / 1_000 });
  const point = await findCapacity(run, { request: () => ({ path: '/' }), from: 50, to: 100 });
  expect(reported).toEqual([point]);
  expect(calls[0]).toBe('begin trial 1: 50/s');
});
