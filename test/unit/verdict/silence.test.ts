import { describe, expect, test } from 'vitest';
import { countErrors } from '../../../src/analysis/window/errors.ts';
import { measureLatencies, percentile } from '../../../src/analysis/window/latency.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { meet } from '../../../src/verdict/metrics/meet.ts';
import { target } from '../../../src/verdict/metrics/targets.ts';
import { errorRateBelow, latencyBelow } from '../asked.ts';

/** One connection of a closed loop: what it sends from `from` to `to`, one operation after the other. */
function connection(
  from: number,
  to: number,
  took: (at: number) => number,
  vary: (at: number) => Partial<Operation> = () => ({}),
): Partial<Operation>[] {
  const operations: Partial<Operation>[] = [];
  for (let at = from; at < to; ) {
    const endedAt = at + took(at);
    operations.push({ dueAt: at, endedAt, ...vary(at) });
    at = endedAt;
  }
  return operations;
}

/** Ten connections for 20 s. */
function closedLoop(
  of: (index: number) => readonly Partial<Operation>[],
  rest: Omit<LiteralRecording, 'operations'> = {},
): Recording {
  const operations = Array.from({ length: 10 }, (_, index) => of(index)).flat();
  return recordingOf({
    duration: 20_000,
    ...rest,
    operations: operations.toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0)),
    generator: { load: 'autocannon 10 connections for 20 s', loop: 'closed', connections: 10, ...rest.generator },
  });
}

/** Answered after 5 ms each, from `from` to `to`. */
const answered = (from: number, to: number, each = 5) => connection(from, to, () => each);
/** Time-outs of 5 s, from `from` to `to`. */
const timedOut = (from: number, to: number) =>
  connection(
    from,
    to,
    () => 5_000,
    () => ({ category: 'timeout' }),
  );

const silences: Readonly<Record<string, (index: number) => readonly Partial<Operation>[]>> = {
  'for good, with nothing under way': () => answered(0, 10_000),
  'for good, in time-outs': () => [...answered(0, 10_000), ...timedOut(10_000, 20_000)],
  'for good, in operations that never ended': () => [
    ...answered(0, 10_000),
    { dueAt: 10_000, endedAt: Number.NaN, outcome: 'unknown', category: 'reset' },
  ],
  'in refused connections, tried again every 100 ms': () => [
    ...answered(0, 10_000),
    ...connection(
      10_000,
      20_000,
      () => 100,
      () => ({ category: 'refused' }),
    ).map((one) => ({ ...one, endedAt: (one.dueAt ?? 0) + 1 })),
  ],
  'in the middle': () => [...answered(0, 8_000), ...timedOut(8_000, 13_000), ...answered(13_000, 20_000)],
  'at the start': () => [...timedOut(0, 10_000), ...answered(10_000, 20_000)],
  'on half of its connections, in time-outs': (index) =>
    index < 5 ? answered(0, 20_000) : [...answered(0, 10_000), ...timedOut(10_000, 20_000)],
  'on half of its connections, with nothing under way': (index) => answered(0, index < 5 ? 20_000 : 10_000),
  'after a warm-up that was answered': () => [...answered(-2_000, 0), ...timedOut(0, 20_000)],
};

describe.each(Object.entries(silences))('a closed loop that falls silent %s', (_, sent) => {
  test('fails its error rate and its p99: what it would have sent at its usual pace counts', () => {
    const recording = closedLoop(sent);
    expect(errorRateBelow(recording, 0.01), errorRateBelow(recording, 0.01).because).toMatchObject({ status: 'fail' });
    expect(errorRateBelow(recording, 0.01, true).status).toBe('fail');
    expect(latencyBelow(recording, 0.99, 50).status).toBe('fail');
    expect(latencyBelow(recording, 0.99, 50, true).status).toBe('fail');
    expect(meet(recording, target('production').bounds).map(({ status }) => status)).toContain('fail');
  });

  test('is not excused by a stall of the generator, which makes it unknown', () => {
    const stalled = closedLoop(sent, { generator: { stalls: [[0, 20_000]] } });
    expect(errorRateBelow(stalled, 0.01).status).not.toBe('pass');
    expect(latencyBelow(stalled, 0.99, 50).status).not.toBe('pass');
  });
});

test('10 connections answered 10,000 times a second for 10 s and then never again: half of what would have been sent failed', () => {
  const seen = countErrors(closedLoop(() => answered(0, 10_000, 1)));
  expect(seen.operations).toBe(200_000);
  expect(seen.errors).toEqual({ best: 100_000, worst: 100_000 });
  expect([...seen.byCategory]).toEqual([['silence', 100_000]]);
});

test('with half of the connections silent for half of the time a quarter failed', () => {
  const half = closedLoop((index) => answered(0, index < 5 ? 20_000 : 10_000, 1));
  expect(countErrors(half).share.best).toBeCloseTo(0.25, 2);
});

test('a pause that was answered in the end is no error, and shows in the p99 as it would have been felt', () => {
  // Every connection waits for 2 s of 20 s: a tenth of what would have been sent waits for up to 2 s, a hundredth for 1.8 s or more.
  const paused = closedLoop(() => connection(0, 20_000, (at) => (at === 10_000 ? 2_000 : 4)));
  expect(countErrors(paused).errors).toEqual({ best: 0, worst: 0 });
  expect(percentile(measureLatencies(paused, 'worst'), 0.99)).toBeCloseTo(1_800, -2);
  expect(latencyBelow(paused, 0.99, 1_000).status).toBe('fail');
});

test('operations that take longer and longer are not outnumbered by the quick ones before them', () => {
  // 1 ms at first, half as long again each second: 50 ms after 9.6 s, 3.3 s at the end.
  const slower = closedLoop(() => connection(0, 20_000, (at) => 1.5 ** (at / 1_000)));
  expect(latencyBelow(slower, 0.99, 50).status).toBe('fail');
});

test('its silence counts beside an open load too, and only for its own names', () => {
  const arrivals = Array.from({ length: 4_000 }, (_, n) => ({ dueAt: n * 5, endedAt: n * 5 + 1, name: 'webhook' }));
  const named = (operations: readonly Partial<Operation>[]) => operations.map((one) => ({ ...one, name: 'browse' }));
  const mixed = closedLoop((index) => [...named(answered(0, 10_000)), ...(index === 0 ? arrivals : [])], {
    generator: { load: 'mixed', connections: undefined, closedPart: { names: ['browse'], until: 20_000 } },
  });
  expect(countErrors(mixed).errors.best).toBe(20_000);
  expect(countErrors(mixed.named('webhook')).errors.worst).toBe(0);
  expect(errorRateBelow(mixed.named('browse'), 0.01).status).toBe('fail');
});

test('a closed loop that ends before the loads beside it is not silent from then on', () => {
  const arrivals = Array.from({ length: 4_000 }, (_, n) => ({ dueAt: n * 5, endedAt: n * 5 + 1, name: 'webhook' }));
  const browse = answered(1_000, 10_000).map((one) => ({ ...one, name: 'browse' }));
  const mixed = closedLoop((index) => [...browse, ...(index === 0 ? arrivals : [])], {
    generator: { load: 'mixed', connections: undefined, closedPart: { names: ['browse'], until: 10_000 } },
  });
  expect(countErrors(mixed).errors.worst).toBe(0);
});

describe('a closed loop of which a few connections hang while the others go on', () => {
  const few: Readonly<Record<string, (index: number) => readonly Partial<Operation>[]>> = {
    'three of ten, for good, in time-outs': (index) =>
      index < 3 ? [...answered(0, 10_000), ...timedOut(10_000, 20_000)] : answered(0, 20_000),
    'three of ten, with nothing under way': (index) => answered(0, index < 3 ? 10_000 : 20_000),
    'one of ten': (index) => (index < 1 ? [...answered(0, 10_000), ...timedOut(10_000, 20_000)] : answered(0, 20_000)),
  };

  test.each(Object.entries(few))('%s: neither passes nor fails', (_, sent) => {
    const recording = closedLoop(sent);
    expect(errorRateBelow(recording, 0.01).status).toBe('unknown');
    expect(latencyBelow(recording, 0.99, 50).status).toBe('unknown');
  });
});

test('what may be silence does not dilute the errors that are certain', () => {
  const half = (index: number) =>
    index < 3
      ? [...answered(0, 10_000), ...timedOut(10_000, 20_000)]
      : connection(
          0,
          20_000,
          () => 5,
          (at) => (at % 20 === 0 ? { category: '503' } : {}),
        );
  const seen = countErrors(closedLoop(half));
  expect(seen.errors.worst - seen.errors.best).toBeGreaterThan(1_000);
  expect(seen.share.best).toBeGreaterThanOrEqual(
    (seen.byCategory.get('503') as number) / closedLoop(half).columns.length,
  );
});

describe('no silence is', () => {
  const lively: Readonly<Record<string, () => Recording>> = {
    'a loop that is answered throughout': () => closedLoop(() => answered(0, 20_000)),
    'a pace that goes up and down': () =>
      closedLoop((index) => connection(0, 20_000, (at) => 4 + 2 * Math.sin(at / 700 + index))),
    'one operation in a while that takes fifty times as long': () =>
      closedLoop((index) => connection(index, 20_000, (at) => (Math.round(at) % 1_000 < 4 ? 200 : 4))),
    'an ok operation that is long now and then': () =>
      closedLoop((index) => connection(index, 20_000, (at) => (Math.round(at) % 2_000 < 10 ? 300 : 5))),
    'a slow loop of few connections': () => closedLoop((index) => (index > 1 ? [] : connection(0, 20_000, () => 400))),
  };

  test.each(Object.entries(lively))('%s', (_, recorded) => {
    expect(countErrors(recorded()).byCategory.has('silence')).toBe(false);
  });

  test('an open load that ends early, nor a race', () => {
    const operations = answered(0, 10_000);
    for (const loop of ['open', 'race'] as const) {
      const recording = recordingOf({ operations, duration: 20_000, generator: { loop } });
      expect(countErrors(recording).operations).toBe(2_000);
    }
  });
});
