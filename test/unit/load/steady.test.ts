import { describe, expect, test } from 'vitest';
import { isSteady, joinWindows, type SteadyWindow, windowLength } from '../../../src/load/plan/steady.ts';
import { type WarmUpOption, WarmUpWatch, warmUpPlan } from '../../../src/load/plan/warm-up.ts';

const windowsOf = (...medians: number[]): SteadyWindow[] =>
  medians.map((median) => ({ operations: 50, median, achieved: 1 }));

describe('a warm-up is steady', () => {
  test('when the medians of the last three windows lie within 10 % of the lowest', () => {
    expect(isSteady(windowsOf(100, 110, 105))).toBe(true);
    expect(isSteady(windowsOf(100, 110.1, 105))).toBe(false);
    expect(isSteady(windowsOf(900, 100, 110, 105))).toBe(true);
    expect(isSteady(windowsOf(100, 100, 100, 120))).toBe(false);
  });

  test('or within half a millisecond of each other', () => {
    expect(isSteady(windowsOf(0.2, 0.7, 0.4))).toBe(true);
    expect(isSteady(windowsOf(0.2, 0.71, 0.4))).toBe(false);
  });

  test('not before there are three windows', () => {
    expect(isSteady([])).toBe(false);
    expect(isSteady(windowsOf(5, 5))).toBe(false);
  });

  test('not with too few operations in a window, and not when less than 99 % was sent', () => {
    const [first, second, third] = windowsOf(5, 5, 5) as [SteadyWindow, SteadyWindow, SteadyWindow];
    expect(isSteady([first, second, { ...third, operations: 49 }])).toBe(false);
    expect(isSteady([{ ...first, achieved: 0.96 }, second, third])).toBe(false);
    expect(isSteady([{ ...first, achieved: 0.98 }, second, third])).toBe(true);
  });
});

test('what several processes saw is one window', () => {
  const parts = [
    { due: 60, sent: 60, latencies: Float64Array.of(9, 1, 3) },
    { due: 40, sent: 30, latencies: Float64Array.of(5) },
  ];
  expect(joinWindows(parts)).toEqual({ operations: 4, median: 4, achieved: 0.9 });
  expect(joinWindows([{ due: 0, sent: 0, latencies: Float64Array.of() }])).toEqual({
    operations: 0,
    median: Number.NaN,
    achieved: 0,
  });
  expect(joinWindows([{ due: 1, sent: 1, latencies: Float64Array.of(7, 2, 4) }]).median).toBe(4);
});

test('a window is a second, and longer where the rate is low', () => {
  expect(windowLength(1_000)).toBe(1_000);
  expect(windowLength(60)).toBe(1_000);
  expect(windowLength(10)).toBe(6_000);
});

const plan = (option: unknown, rate = 100) => warmUpPlan(option as WarmUpOption, 'arrivals: warmUp', rate);

test('a warm-up has a length, or lasts until steady, 30 s at most by default', () => {
  expect(plan('2s')).toEqual({ length: 2_000, window: undefined });
  expect(plan(0)).toEqual({ length: 0, window: undefined });
  expect(plan('steady')).toEqual({ length: 30_000, window: 1_000 });
  expect(plan({ until: 'steady', atMost: '10s' })).toEqual({ length: 10_000, window: 1_000 });
});

test.each<[string, () => unknown, RegExp]>([
  ['a warm-up without unit', () => plan('5'), /arrivals: warmUp must be milliseconds or .*"5"/],
  ['a warm-up until something else', () => plan({ until: 'warm' }), /must be a length of time, 'steady', or .*"warm"/],
  ['no warm-up at all', () => plan(null), /must be a length of time, 'steady'.*got null/],
  ['a load that starts from nothing', () => plan('steady', 0), /starts at a rate of 0 .*: give it a rate/],
  [
    'an end before three windows',
    () => plan({ until: 'steady', atMost: '2s' }),
    /atMost must be 3 windows of 1000 ms .*got 2000/,
  ],
  ['an end for so low a rate', () => plan('steady', 1), /3 windows of 60000 ms/],
])('%s is an error before anything starts', (_, make, message) => {
  expect(make).toThrow(message);
});

const seen = (index: number, median: number) => ({
  index,
  due: 100,
  sent: 100,
  latencies: new Float64Array(100).fill(median),
});

test('a watch waits for every process to tell of a window', () => {
  const watch = new WarmUpWatch({ length: 5_000, window: 1_000 }, 2);
  const found = [0, 1, 2].flatMap((index) => [watch.take(seen(index, 3)), watch.take(seen(index, 3.1))]);
  expect(found).toEqual([undefined, undefined, undefined, undefined, undefined, 'steady']);
});

test('a watch gives up with the last window', () => {
  const watch = new WarmUpWatch({ length: 4_500, window: 1_000 }, 1);
  expect([0, 1, 2, 3].map((index) => watch.take(seen(index, 2 ** index)))).toEqual([
    undefined,
    undefined,
    undefined,
    'not steady',
  ]);
});
