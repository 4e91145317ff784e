import { describe, expect, test } from 'vitest';
import { loseNothing } from '../../../src/verdict/checks/lose-nothing.ts';
import { oneWinner } from '../../../src/verdict/checks/one-winner.ts';
import { errorRateBelow, latencyBelow } from '../asked.ts';
import { outage, raced, steady } from './literals.ts';

/** 1,000 operations: 50 held back by the app, 30 that the generator could not send, the others 2 ms late, each hundredth 20 ms and the last 35 ms. */
const troubled = steady(
  { rate: 1_000, seconds: 1 },
  (n, dueAt) => {
    if (n < 50) return { category: 'saturated' };
    if (n < 80) return { category: 'unsent' };
    const startedAt = dueAt + (n === 999 ? 35 : n % 100 === 99 ? 20 : 2);
    return { startedAt, endedAt: startedAt + 10 };
  },
  { generator: { stalls: [[900, 1_100]] } },
);

describe('the validity of a judgement', () => {
  test('has the lag of the generator, the share that it sent, what was dropped and by whom, its stalls and the samples', () => {
    const validity = {
      lag: { p99: 20, max: 35 },
      achieved: 0.92,
      saturated: 50,
      unsent: 30,
      stalled: 100,
      samples: 1_000,
      needed: 299,
    };
    expect(latencyBelow(troubled, 0.99, 500).validity).toEqual(validity);
    expect(errorRateBelow(troubled, 0.01).validity).toEqual({ ...validity, needed: 300 });
  });

  test('is that of the window which is judged', () => {
    const recording = outage((_, dueAt) => (dueAt < 5_000 ? { startedAt: dueAt + 7 } : {}));
    expect(errorRateBelow(recording.before, 0.1).validity).toMatchObject({ lag: { p99: 7, max: 7 }, samples: 1_000 });
    expect(errorRateBelow(recording.during, 0.1).validity).toMatchObject({ lag: { p99: 0, max: 0 }, samples: 1_000 });
  });

  test('of a closed loop has no lag and no share, for it has no plan; a race has a lag', () => {
    const closed = steady({ rate: 400, seconds: 1 }, undefined, { generator: { loop: 'closed' } });
    expect(errorRateBelow(closed, 0.01).validity).toMatchObject({ lag: null, achieved: null, samples: 400 });
    const late = raced(10, (race) => ({ startedAt: race * 100 + 3 }));
    expect(oneWinner(late).validity).toMatchObject({ lag: { p99: 3, max: 3 }, achieved: null, needed: 10 });
  });

  test('of an empty window, and of a count of keys, says null where there is no number', () => {
    const nothing = errorRateBelow(steady({ rate: 0, seconds: 1 }), 0.01).validity;
    expect(nothing).toMatchObject({ lag: null, achieved: null, samples: 0, needed: 300 });
    expect(loseNothing(outage()).validity).toMatchObject({ achieved: 1, samples: 4_000, needed: null });
  });

  test('is plain JSON', () => {
    for (const { validity } of [
      latencyBelow(troubled, 0.99, 500),
      errorRateBelow(steady({ rate: 0, seconds: 1 }), 0.01),
    ]) {
      expect(JSON.parse(JSON.stringify(validity))).toEqual(validity);
    }
  });
});

describe('the reasons of a judgement', () => {
  const failing = (n: number) => (n % 10 === 0 ? { category: '503' } : {});

  test('tell of the generator in one sentence where it failed', () => {
    const { status, because } = errorRateBelow(steady({ rate: 1_000, seconds: 1 }, failing), 0.01);
    expect(status).toBe('fail');
    expect(because.split('\n')).toContain(
      'Measured on 1,000 samples, where 300 are enough. The load was sent as planned, at most 0.0 ms late.',
    );
  });

  test('... and where it is unknown, with whose fault it was and a remedy', () => {
    const { status, because } = errorRateBelow(troubled, 0.06);
    expect(status).toBe('unknown');
    expect(because.split('\n')).toContain(
      'Measured on 1,000 samples, where 50 are enough. The load generator sent 92 % of what was due, at most 35 ms late; it held back 50 operations because the app left no room for more in flight. ' +
        'The load generator stood still for 100 ms and could not send 30 operations, which is not held against the app: lower the rate, or run on a machine with a core to spare.',
    );
  });

  test('say nothing of it where it passed', () => {
    const { status, because } = errorRateBelow(steady({ rate: 1_000, seconds: 1 }), 0.01);
    expect(status).toBe('pass');
    expect(because).not.toMatch(/generator|samples|planned/);
  });

  test('do not repeat how many samples are missing', () => {
    const { because } = errorRateBelow(steady({ rate: 100, seconds: 1 }), 0.01);
    expect(because.match(/300/g)).toHaveLength(1);
    expect(because).toContain('\nThe load was sent as planned');
  });

  test('leave out a plan that a closed loop does not have', () => {
    const closed = steady({ rate: 1_000, seconds: 1 }, failing, { generator: { loop: 'closed' } });
    expect(errorRateBelow(closed, 0.01).because).toMatch(/\nMeasured on 1,000 samples, where 300 are enough\.\n/);
    const lossy = outage(undefined, { generator: { loop: 'closed' }, finalState: { after: ['SM1'] } });
    expect(loseNothing(lossy).because).not.toMatch(/generator|samples|planned/);
  });
});

describe('how busy the generator was', () => {
  const health = { eventLoopDelay: { p99: 2, max: 40 }, cpu: 0.5, processes: 1 };
  const failing = (n: number) => (n % 10 === 0 ? { category: '503' } : {});
  const reasons = (generator: object, series: { name: string; values: number[] }[] = []) =>
    errorRateBelow(
      steady({ rate: 1_000, seconds: 1 }, failing, {
        generator,
        series: series.map((one) => ({ ...one, subject: 'machine', unit: '%' as const, at: [500] })),
      }),
      0.01,
    );

  test('is beside the judgement where it was measured, and only there', () => {
    expect(reasons({ health }).validity.generator).toEqual(health);
    expect(reasons({}).validity).not.toHaveProperty('generator');
    expect(reasons({ health }).because).not.toContain('of a core');
  });

  test('has a remedy where it was saturated', () => {
    expect(reasons({ health }).because).not.toContain('measured its own slowness');
    expect(reasons({ health: { ...health, cpu: 0.91 } }).because).toContain(
      'The load generator used 91 % of a core (event loop late by up to 40 ms), so it may have measured its own slowness: spread arrivals over more processes ({ processes: 2 }), or lower the rate',
    );
  });

  test('is told with a machine that had no CPU left', () => {
    const machine = (busy: number) => [
      { name: 'cpu', values: [busy] },
      { name: 'cores', values: [2] },
    ];
    expect(reasons({ health }, machine(190)).validity.machine).toBe(0.95);
    expect(reasons({ health }, machine(190)).because).not.toContain('All cores');
    expect(reasons({}, machine(192)).because).toContain('All cores of the machine were busy for 96 % of the time');
  });

  test('and a warm-up until steady says what came of it', () => {
    expect(reasons({ warmUp: { length: 4_000, steady: true } }).because).not.toContain('warm-up');
    expect(reasons({ warmUp: { length: 30_000, steady: false } }).because).toContain(
      'The app was not steady after 30.0 s of warm-up',
    );
    expect(reasons({ warmUp: { length: 2_000, steady: undefined } }).because).not.toContain('warm-up');
  });
});
