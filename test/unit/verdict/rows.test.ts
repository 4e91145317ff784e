import { describe, expect, test } from 'vitest';
import type { Recording } from '../../../src/recording/recording.ts';
import { applyEachOnce } from '../../../src/verdict/checks/apply-each-once.ts';
import { loseNothing } from '../../../src/verdict/checks/lose-nothing.ts';
import { oneWinner } from '../../../src/verdict/checks/one-winner.ts';
import { meet } from '../../../src/verdict/metrics/meet.ts';
import type { Row } from '../../../src/verdict/rows/result.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import { errorRateBelow, latencyBelow, recoverWithin, sustainRps } from '../asked.ts';
import { away, keysOf, outage, raced, steady } from './literals.ts';

const row = (rows: readonly Row[], metric: string) => rows.find((one) => one.metric === metric);
const names = (recording: Recording) => rowsFor(recording, []).map(({ metric, window }) => `${metric}, ${window}`);

describe('the metrics of a run', () => {
  test('without a fault', () => {
    expect(names(steady({ rate: 10, seconds: 1 }))).toEqual(
      ['RPS', 'p50', 'p95', 'p99', 'error rate', 'availability'].map((metric) => `${metric}, the whole run`),
    );
  });

  test('with Redis away', () => {
    expect(names(outage())).toEqual([
      'Redis outage error rate, during refuse(redis)',
      'p99, during refuse(redis)',
      'Redis recovery, after refuse(redis)',
      'lost, the whole run',
      'duplicated, the whole run',
    ]);
  });

  test('with the database away', () => {
    expect(names(outage(undefined, {}, 'postgres'))).toEqual([
      'success during a database outage, during crash(postgres)',
      'p99, during crash(postgres)',
      'success after a database outage, after crash(postgres)',
      'database recovery, after crash(postgres)',
      'lost, the whole run',
      'duplicated, the whole run',
    ]);
  });

  test('with the same fault twice: each of its outages', () => {
    const twice = outage(undefined, {
      faults: [
        { inEffectAt: 5_000, healedAt: 8_000 },
        { inEffectAt: 10_000, healedAt: 13_000 },
      ],
    });
    expect(names(twice).slice(0, 2)).toEqual([
      'Redis outage error rate, during refuse(redis)',
      'Redis outage error rate, during refuse(redis), time 2',
    ]);
  });

  test('of a race', () => {
    expect(names(raced(10))).toEqual(
      ['win rate', 'race conditions', 'race time', 'slowest race'].map((metric) => `${metric}, the whole run`),
    );
  });
});

describe('rows', () => {
  test('a metric that nobody asserted on is measured, with its grade and its action', () => {
    const rows = rowsFor(
      outage((n, dueAt) => (away(dueAt) && n % 4 === 0 ? { category: '503' } : {})),
      [],
    );
    expect(row(rows, 'Redis outage error rate')).toEqual({
      metric: 'Redis outage error rate',
      window: 'during refuse(redis)',
      unit: '%',
      value: 25,
      interval: [expect.closeTo(22.3, 0), expect.closeTo(27.8, 0)],
      shown: '25 %',
      samples: 1_000,
      grade: 'critical',
      action: 'no fallback',
      target: null,
      verdict: 'measured',
      because: "Measured: error rate from the fault's taking effect to its healing.",
      validity: null,
    });
    expect(row(rows, 'lost')).toMatchObject({ value: 0, shown: '0 keys', samples: 3_750, grade: null });
  });

  test('shares and percentiles have an interval, with or without a judgement, and other metrics have none', () => {
    const recording = steady({ rate: 1_000, seconds: 1 }, (n, dueAt) =>
      n < 30 ? { category: '503', endedAt: dueAt + 800 } : {},
    );
    const rows = rowsFor(recording, [errorRateBelow(recording, 0.01)]);
    expect(Object.fromEntries(rows.map(({ metric, interval }) => [metric, interval]))).toEqual({
      RPS: null,
      p50: [10, 10],
      p95: [10, 10],
      p99: [800, null],
      'error rate': [2.03304856831, 4.255140247],
      availability: [95.744859753, 97.9669514317],
    });
    const few = raced(20);
    expect(rowsFor(few, []).map(({ metric, interval }) => [metric, interval])).toEqual([
      ['win rate', [expect.closeTo(83.157, 3), 100]],
      ['race conditions', [0, expect.closeTo(16.843, 3)]],
      ['race time', null],
      ['slowest race', null],
    ]);
    expect(row(rowsFor(outage(), []), 'Redis recovery')).toMatchObject({ interval: null });
  });

  test('a judged row says what the measurement was worth, a measured one does not', () => {
    const recording = steady({ rate: 1_000, seconds: 1 });
    const judgement = errorRateBelow(recording, 0.01);
    const rows = rowsFor(recording, [judgement]);
    expect(row(rows, 'error rate')?.validity).toEqual(judgement.validity);
    expect(row(rows, 'p99')?.validity).toBeNull();
  });

  test('a bound asserted strictly and not is two rows', () => {
    const recording = steady({ rate: 1_000, seconds: 1 });
    const rows = rowsFor(recording, [errorRateBelow(recording, 0.01), errorRateBelow(recording, 0.01, true)]);
    expect(rows.filter(({ metric }) => metric === 'error rate').map(({ target }) => target)).toEqual([
      '< 1 %',
      '< 1 %, strict',
    ]);
  });

  test('a judgement takes the place of the measured row of its metric and window', () => {
    const recording = outage();
    const rows = rowsFor(recording, [errorRateBelow(recording.during, 0.01)]);
    expect(rows.filter(({ metric }) => metric === 'Redis outage error rate')).toEqual([
      expect.objectContaining({ target: '< 1 %', verdict: 'pass', grade: 'excellent' }),
    ]);
    expect(rows).toHaveLength(5);
  });

  test('the same bound twice is one row, another bound or window is another', () => {
    const recording = outage();
    const rows = rowsFor(recording, [
      errorRateBelow(recording.during, 0.01),
      errorRateBelow(recording.window('refuse(redis)'), 0.01),
      errorRateBelow(recording.during, 0.02),
      errorRateBelow(recording.after, 0.01),
    ]);
    expect(rows.map(({ metric, window, target }) => [metric, window, target])).toEqual([
      ['Redis outage error rate', 'during refuse(redis)', '< 1 %'],
      ['Redis outage error rate', 'during refuse(redis)', '< 2 %'],
      ['p99', 'during refuse(redis)', null],
      ['Redis recovery', 'after refuse(redis)', null],
      ['lost', 'the whole run', null],
      ['duplicated', 'the whole run', null],
      ['error rate', 'after refuse(redis)', '< 1 %'],
    ]);
    expect(rows.at(-1)?.grade).toBeNull();
  });

  test('too few samples have no grade, and the row says so', () => {
    const rows = rowsFor(steady({ rate: 298, seconds: 1 }), []);
    expect(row(rows, 'p99')).toMatchObject({
      grade: null,
      because: expect.stringContaining('298 samples; 299 are needed'),
    });
    expect(row(rows, 'error rate')).toMatchObject({ grade: null });
  });

  test('an unknown verdict has no grade', () => {
    const recording = steady({ rate: 298, seconds: 1 });
    expect(row(rowsFor(recording, [latencyBelow(recording, 0.99, 500)]), 'p99')).toMatchObject({
      verdict: 'unknown',
      grade: null,
    });
  });

  test('nor has one whose value alone would have a good grade', () => {
    const recording = steady({ rate: 100, seconds: 4 }, (n) => (n < 102 ? { category: '503' } : {}));
    const judged = row(rowsFor(recording, [latencyBelow(recording, 0.99, 500)]), 'p99');
    expect(judged).toMatchObject({ verdict: 'unknown', grade: null, shown: '10 ms or more' });
    expect(row(rowsFor(recording, []), 'p99')).toMatchObject({
      grade: null,
      because: expect.stringContaining('102 of 400 operations failed, and an error is no answer'),
    });
    const slow = steady({ rate: 100, seconds: 4 }, () => ({ category: 'saturated' }));
    expect(row(rowsFor(slow, []), 'p99')).toMatchObject({ grade: 'critical', action: 'requests pile up' });
  });

  test('a rate that was only offered has no grade unless it is excellent; one that the app fell behind has', () => {
    const rps = (recording: Recording) => row(rowsFor(recording, []), 'RPS');
    const instant = (_: number, dueAt: number) => ({ endedAt: dueAt });
    expect(rps(steady({ rate: 300, seconds: 1 }, instant))).toMatchObject({
      grade: null,
      because: expect.stringContaining('offered no more than 300/s and the app kept up, so it may sustain more'),
    });
    expect(rps(steady({ rate: 1_000, seconds: 1 }, instant))?.grade).toBe('excellent');
    const halved = steady({ rate: 300, seconds: 1 }, (n) => (n % 2 ? { category: '503' } : {}));
    expect(rps(halved)).toMatchObject({ grade: 'warning', action: 'find the bottleneck' });
    const closed = { generator: { loop: 'closed' as const, offeredRate: undefined } };
    expect(rps(steady({ rate: 300, seconds: 1 }, instant, closed))?.grade).toBe('warning');
    const unknown = steady({ rate: 1_000, seconds: 1 }, instant);
    expect(row(rowsFor(unknown, [sustainRps(unknown, 1_001)]), 'RPS')).toMatchObject({
      verdict: 'unknown',
      grade: null,
    });
  });

  test('nor has a fault that was not felt, nor a closed loop under one', () => {
    const bite = { connectionsBefore: 0, seenAtStart: true, seenBeforeEnd: true, detail: '' };
    const unfelt = rowsFor(outage(undefined, { faults: [{ inEffectAt: 5_000, healedAt: 10_000, bite }] }), []);
    expect(row(unfelt, 'Redis outage error rate')).toMatchObject({
      grade: null,
      because: expect.stringContaining('was not felt'),
    });
    const closed = rowsFor(outage(undefined, { generator: { loop: 'closed' } }), []);
    expect(row(closed, 'Redis outage error rate')).toMatchObject({
      grade: null,
      because: expect.stringContaining('is a closed loop'),
    });
  });

  test('a metric whose best and worst case have different grades has none', () => {
    const recording = steady({ rate: 1_000, seconds: 4 }, (n) => (n < 40 ? { category: 'unsent' } : {}));
    expect(row(rowsFor(recording, []), 'error rate')).toMatchObject({ shown: '0 % to 1 %', grade: null, value: 1 });
  });

  test('a recovery that the run did not live to see is graded only once it is certain', () => {
    const down = (seconds: number) =>
      steady({ rate: 100, seconds }, (_, dueAt) => (dueAt >= 10_000 ? { category: '503' } : {}), {
        faults: [{ service: 'postgres', inEffectAt: 10_000, healedAt: 15_000 }],
      });
    expect(row(rowsFor(down(30), []), 'database recovery')).toMatchObject({
      value: null,
      shown: '> 15.0 s',
      grade: null,
    });
    expect(row(rowsFor(down(45), []), 'database recovery')).toMatchObject({
      shown: '> 30.0 s',
      grade: 'critical',
      action: 'add failover',
    });
  });

  test('are plain JSON', () => {
    const recording = steady({ rate: 100, seconds: 1 }, () => ({ category: 'saturated' }));
    const rows = rowsFor(recording, [
      latencyBelow(recording, 0.95, 500),
      loseNothing(recording),
      recoverWithin(recording, 5_000),
    ]);
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    expect(row(rows, 'p95')).toMatchObject({ value: null, shown: 'no answer', verdict: 'fail' });
  });

  test('of an empty run hold no number and no grade', () => {
    const rows = rowsFor(steady({ rate: 0, seconds: 1 }), []);
    expect(rows.map(({ metric, value, grade }) => [metric, value, grade])).toEqual([
      ['RPS', 0, null],
      ...['p50', 'p95', 'p99', 'error rate', 'availability'].map((metric) => [metric, null, null]),
    ]);
    expect(rows.map(({ shown }) => shown).join()).not.toContain('NaN');
  });
});

test.each(['redis', 'postgres'] as const)(
  'an outage of %s in which nothing is answered until its end shows its p99 beside its error rate',
  (kind) => {
    const waiting = outage((_, dueAt) => (away(dueAt) ? { endedAt: 10_010 } : {}), {}, kind);
    const rows = rowsFor(waiting, []).filter(({ window }) => window.startsWith('during'));
    expect(rows.map(({ metric, shown, grade }) => [metric, shown, grade])).toEqual([
      kind === 'redis'
        ? ['Redis outage error rate', '0 %', 'excellent']
        : ['success during a database outage', '100 %', 'good'],
      ['p99', '5.0 s', 'critical'],
    ]);
  },
);

describe('the row of a metric that a check is about says what the check says', () => {
  const keyed = (after: string[], settled = true) =>
    steady({ rate: 200, seconds: 1 }, undefined, { finalState: { after, settled } });
  const twice = keyed([...keysOf(200), 'SM3', 'a stranger']);
  const won = raced(12, (race, contender) => (race === 3 && contender === 1 ? { category: 'ok', outcome: 'ok' } : {}));

  test.each([
    ['a key that was applied twice and one that nobody sent', twice, applyEachOnce],
    ['a lost key', keyed(keysOf(200, ['SM7'])), loseNothing],
    ['a lost key in a state that still moves', keyed(keysOf(200, ['SM7']), false), loseNothing],
    ['a state that still moves', keyed(keysOf(200), false), applyEachOnce],
    ['a race that two won', won, oneWinner],
    ['too few races', raced(9), oneWinner],
    [
      'a final state that was not settled',
      raced(12, undefined, { finalState: { after: [], settled: false } }),
      oneWinner,
    ],
  ])('%s', (_, recording, check) => {
    const judgement = check(recording);
    const { value, shown, samples } = judgement;
    const measured = row(rowsFor(recording, []), judgement.metric);
    expect(measured).toMatchObject({ value, shown, samples });
    const doubt = judgement.status === 'unknown' && samples >= 10 ? judgement.because.split('\n')[0] : '';
    expect(measured?.because).toContain(doubt);
  });

  test('and so does a target, also where no final state was read', () => {
    expect(meet(twice, { duplicated: { atMost: 0 } })).toEqual([applyEachOnce(twice)]);
    const unread = steady({ rate: 200, seconds: 20 }, undefined, {
      faults: [{ kind: 'refuse', service: 'redis', inEffectAt: 5_000, healedAt: 10_000 }],
    });
    expect(meet(unread, { lost: { atMost: 0 } })).toEqual([loseNothing(unread)]);
    expect(loseNothing(unread)).toMatchObject({ status: 'unknown', shown: 'not measured' });
    expect(rowsFor(unread, []).map(({ metric }) => metric)).not.toContain('lost');
  });
});
