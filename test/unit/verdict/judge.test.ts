import { describe, expect, test } from 'vitest';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { objectives } from '../../../src/search/objectives.ts';
import { judge } from '../../../src/verdict/judge.ts';
import { type MatcherResult, matchers } from '../../../src/verdict/matchers/matchers.ts';
import { measure } from '../../../src/verdict/metric.ts';
import { meet } from '../../../src/verdict/metrics/meet.ts';
import { metrics } from '../../../src/verdict/metrics/metrics.ts';
import { targets } from '../../../src/verdict/metrics/targets.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import { errorRateBelow, latencyBelow, metricOf, successAbove, sustainRps, winRateAbove } from '../asked.ts';
import { keysOf, outage, raced, steady } from './literals.ts';

const call = (name: keyof typeof matchers, ...args: unknown[]) =>
  (matchers[name] as (this: object, ...all: unknown[]) => MatcherResult).call({}, ...args);

/** A stall of the generator in the middle of a run: what came due in it was sent late. */
const stalled = () =>
  steady(
    { rate: 200, seconds: 4 },
    (_, dueAt) => (dueAt >= 1_000 && dueAt < 3_000 ? { startedAt: 4_000, endedAt: 4_010 } : {}),
    { generator: { stalls: [[1_000, 4_000]] } },
  );

test('a row, a matcher and a target say the same of the same metric', () => {
  const recordings: Recording[] = [
    stalled(),
    steady({ rate: 200, seconds: 20 }, (n) => (n % 10 === 0 ? { category: '503' } : {})),
    outage((n) => (n >= 1_000 && n < 1_100 ? { category: '503' } : {})),
    outage(undefined, {}, 'postgres'),
    raced(20),
  ];
  for (const recording of recordings) {
    const rows = rowsFor(recording, []);
    for (const metric of metrics.filter(({ better }) => better !== 'neither')) {
      for (const window of metric.windows(recording)) {
        const judgement = judge(metric, metric.better === 'more' ? '>' : '<', 50, window);
        const row = rows.find((one) => one.metric === metric.name && one.window === window.name);
        expect([judgement.shown, judgement.samples], metric.name).toEqual([row?.shown, row?.samples]);
      }
    }
  }
  const shown = rowsFor(stalled(), [])[0]?.shown;
  expect(shown).toBe('99/s to 199/s');
  expect(sustainRps(stalled(), 150)).toMatchObject({ status: 'unknown', shown });
  expect(meet(stalled(), { RPS: { above: 150 } })).toMatchObject([{ status: 'unknown', shown }]);
});

test('a metric without a value is unknown, however many samples it had and though nobody doubts it', () => {
  const nothing = { best: Number.NaN, worst: Number.NaN, samples: 5_000, needs: 1, doubts: [] };
  const recording = steady({ rate: 100, seconds: 10 });
  const p99 = judge({ ...metricOf('p99'), measure: () => nothing }, '<', 50, recording);
  expect(p99.because).toContain('There is no value of p99 over the whole run: nothing was measured.');
  for (const metric of metrics.filter(({ better }) => better !== 'neither')) {
    const judgement = judge({ ...metric, byInterval: () => false, measure: () => nothing }, '<', 50, recording);
    expect(judgement.status, metric.name).toBe('unknown');
  }
});

test('a single good sample fails no bound', () => {
  const one = recordingOf({ operations: [{ dueAt: 5 }] });
  expect(errorRateBelow(one, 0.001).status).toBe('unknown');
  expect(latencyBelow(one, 0.99, 50).status).toBe('unknown');
});

test('a metric is measured once for each window of a recording', () => {
  let asked = 0;
  const counting = {
    ...metricOf('p99'),
    measure: (window: Recording['before']) => {
      asked++;
      return metricOf('p99').measure(window);
    },
  };
  const recording = steady({ rate: 100, seconds: 10 });
  expect(measure(counting, recording)).toBe(measure(counting, recording));
  expect(asked).toBe(1);
});

describe('a value whose whole interval lies beyond the bound fails with few samples too', () => {
  const failing = (count: number, samples: number) =>
    steady({ rate: samples, seconds: 1 }, (n) => (n < count ? { category: '503' } : {}));
  const slow = (samples: number) => steady({ rate: samples, seconds: 1 }, (_, dueAt) => ({ endedAt: dueAt + 800 }));
  const unwon = (races: number) =>
    raced(races, (_, contender) => (contender === 0 ? { category: '503' } : {}), { finalState: { after: [] } });

  test('of a share', () => {
    // 173 of 175: 95.9 to 99.86 %.
    expect(errorRateBelow(failing(173, 175), 0.01)).toMatchObject({ status: 'fail', shown: '98.9 %' });
    expect(successAbove(failing(173, 175), 0.99, 'availability').status).toBe('fail');
    // 1 of 175: 0.01 to 3.1 %.
    expect(errorRateBelow(failing(1, 175), 0.01).status).toBe('unknown');
  });

  test('of a percentile', () => {
    expect(latencyBelow(slow(100), 0.99, 500).status).toBe('fail');
    expect(latencyBelow(slow(20), 0.95, 500).status).toBe('fail');
    expect(latencyBelow(slow(100), 0.99, 900).status).toBe('unknown');
  });

  test('of a win rate', () => {
    expect(winRateAbove(unwon(8), 0.99).status).toBe('fail');
    expect(winRateAbove(raced(8), 0.99).status).toBe('unknown');
  });

  test('of a rate', () => {
    // 4 answers in 1 s: 1.1/s to 10.2/s.
    const closed = steady({ rate: 4, seconds: 1 }, undefined, {
      generator: { loop: 'closed', offeredRate: undefined },
    });
    expect(sustainRps(closed, 50).status).toBe('fail');
    expect(sustainRps(closed, 9).status).toBe('unknown');
  });
});

describe('a looser bound never has a worse verdict', () => {
  const order = ['fail', 'unknown', 'pass'];
  const ladder = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

  test.each([
    [310, 4],
    [1_000, 3],
    [175, 3],
    [50, 1],
    [5_000, 7],
  ])('for %d operations with %d errors', (samples, count) => {
    const recording = steady({ rate: samples, seconds: 1 }, (n) => (n < count ? { category: '503' } : {}));
    for (const strict of [false, true]) {
      const verdicts = ladder.map((bound) =>
        order.indexOf(judge(metricOf('error rate'), '<', bound, recording, { strict }).status),
      );
      expect(verdicts).toEqual(verdicts.toSorted((one, other) => one - other));
    }
  });

  test('nor has a lower rate, of an app that fell behind or kept up', () => {
    const recordings = [
      steady({ rate: 200, seconds: 2 }, (n) => (n % 2 ? { category: '503' } : {})),
      steady({ rate: 200, seconds: 2 }),
      steady({ rate: 20, seconds: 2 }),
    ];
    for (const recording of recordings) {
      for (const relation of ['>', '>='] as const) {
        const verdicts = [1, 5, 10, 20, 50, 99, 100, 150, 190, 198, 200, 250, 1_000].map((rate) =>
          order.indexOf(sustainRps(recording, rate, relation).status),
        );
        expect(verdicts).toEqual(verdicts.toSorted((one, other) => other - one));
      }
    }
  });
});

describe('a run of which something is bad to the end does not meet a target, whoever was healed last', () => {
  const finalState = { after: keysOf(1_000) };
  const down = (faults: NonNullable<NonNullable<Parameters<typeof outage>[1]>['faults']>) =>
    outage((_, dueAt) => (dueAt >= 5_000 ? { category: '503' } : {}), { faults, finalState });
  const restart = { kind: 'restart', service: 'app', serviceKind: 'app', inEffectAt: 5_000, healedAt: 6_000 };
  const refuse = { kind: 'refuse', service: 'redis', inEffectAt: 2_000, healedAt: 3_000 };

  test.each([
    ['restart(app)', [restart]],
    ['refuse(redis), then restart(app)', [refuse, restart]],
    ['a database, then the app', [{ ...refuse, service: 'postgres' }, restart]],
    [
      'a service of another kind',
      [{ ...refuse, service: 'search', serviceKind: 'tcp', inEffectAt: 5_000, healedAt: 6_000 }],
    ],
  ])('%s', (_, faults) => {
    const failed = meet(down(faults), targets.production).filter(({ status }) => status === 'fail');
    expect(failed.some(({ metric }) => metric.includes('recovery'))).toBe(true);
  });

  test('each service that suffered has its recovery in the table and in the target', () => {
    const names = rowsFor(down([refuse, restart]), []).map(({ metric }) => metric);
    expect(names).toEqual(expect.arrayContaining(['Redis recovery', 'recovery']));
  });
});

describe('a share that may be meant in per cent is a TypeError', () => {
  const recording = steady({ rate: 400, seconds: 1 });

  test.each<[string, () => unknown]>([
    ['toHaveErrorRateBelow(1)', () => call('toHaveErrorRateBelow', recording, 1)],
    ['toHaveWinRateAbove(1)', () => call('toHaveWinRateAbove', raced(20), 1)],
    ['toStaySteady({ p99: 1 })', () => call('toStaySteady', recording, { p99: 1 })],
    ['objectives({ errorRate: 1 })', () => objectives({ errorRate: 1 })],
  ])('%s', (_, attempt) => {
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow("write '1%' or 0.01");
  });

  test('and so is a share where a target wants per cent, which would demand next to nothing', () => {
    expect(() => meet(recording, { availability: { above: 0.999 } })).toThrow("write '99.9%', or '0.999%'");
    expect(() => meet(raced(20), { 'win rate': { atLeast: 1 } })).toThrow("write '100%', or '1%'");
    expect(() => meet(recording, { 'error rate': { below: 101 } })).toThrow('a number from 0 to 100');
    expect(meet(recording, { 'error rate': { below: '5%' } })).toMatchObject([{ status: 'pass', bound: '< 5 %' }]);
  });
});

test('objectives over the time of several faults judge each for itself, as the matcher does: the time between dilutes nothing', () => {
  const isAway = (dueAt: number) => (dueAt >= 5_000 && dueAt < 6_000) || (dueAt >= 65_000 && dueAt < 66_000);
  const recording = steady({ rate: 100, seconds: 70 }, (_, dueAt) => (isAway(dueAt) ? { category: '503' } : {}), {
    faults: [
      { name: 'refuse(redis)', inEffectAt: 5_000, healedAt: 6_000 },
      { name: 'refuse(redis) #2', inEffectAt: 65_000, healedAt: 66_000 },
    ],
  });
  expect(objectives({ errorRate: '50%', over: 'during' })(recording)).toMatchObject([
    { status: 'fail', shown: '100 %' },
  ]);
});
