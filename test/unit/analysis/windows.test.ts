import { expect, test } from 'vitest';
import { countErrors } from '../../../src/analysis/window/errors.ts';
import { measureLatencies, percentile, summarizeDurations } from '../../../src/analysis/window/latency.ts';
import { measureThroughput } from '../../../src/analysis/window/throughput.ts';
import { selectRows } from '../../../src/analysis/window/window.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';

const fault = { inEffectAt: 1_000, healedAt: 2_000 };

test('an operation belongs to the window in which it was due, and the end is not part of it', () => {
  const recording = recordingOf({
    operations: [-1, 0, 999, 1_000, 1_999, 2_000, 2_999].map((dueAt) => ({ dueAt, endedAt: 2_500 })),
    faults: [fault],
    duration: 3_000,
  });
  expect([...selectRows(recording.before)]).toEqual([1, 2]);
  expect([...selectRows(recording.during)]).toEqual([3, 4]);
  expect([...selectRows(recording.after)]).toEqual([5, 6]);
});

test('a warm-up operation is in no window that starts at zero', () => {
  const recording = recordingOf({ operations: [{ dueAt: -5, endedAt: 3 }] });
  expect(selectRows(recording)).toHaveLength(0);
  expect(countErrors(recording).operations).toBe(0);
  expect(measureThroughput(recording).completed).toBe(0);
});

test('a fault that never healed leaves an empty window during it', () => {
  const recording = recordingOf({ operations: [{ dueAt: 1_500 }], faults: [{ inEffectAt: 1_000 }] });
  expect(selectRows(recording.during)).toHaveLength(0);
  expect(measureThroughput(recording.during)).toEqual({ rps: Number.NaN, best: Number.NaN, completed: 0, seconds: 0 });
  expect(countErrors(recording.during).share).toEqual({ best: Number.NaN, worst: Number.NaN });
});

test('an operation sent late took from sent to done in the best case, and from due to done in the worst', () => {
  const recording = recordingOf({ operations: [{ dueAt: 100, startedAt: 130, endedAt: 150 }] });
  expect([...measureLatencies(recording, 'best')]).toEqual([20]);
  expect([...measureLatencies(recording, 'worst')]).toEqual([50]);
});

test("the generator's stalls are taken from the best case, however they overlap, and not from the worst", () => {
  const recording = recordingOf({
    operations: [{ dueAt: 100, endedAt: 200 }],
    generator: {
      stalls: [
        [150, 170],
        [90, 110],
        [160, 175],
        [190, 300],
        [400, 500],
      ],
    },
  });
  // 100 ms less 100-110, 150-175 and 190-200.
  expect([...measureLatencies(recording, 'best')]).toEqual([55]);
  expect([...measureLatencies(recording, 'worst')]).toEqual([100]);
});

test('an operation that never ended took for ever in both cases', () => {
  const recording = recordingOf({ operations: [{ outcome: 'unknown', endedAt: Number.NaN }] });
  expect([...measureLatencies(recording, 'best')]).toEqual([Number.POSITIVE_INFINITY]);
  expect([...measureLatencies(recording, 'worst')]).toEqual([Number.POSITIVE_INFINITY]);
});

test('what the app left no room to send is an error that took for ever in both cases', () => {
  const recording = recordingOf({ operations: [{ category: 'saturated', startedAt: 0, endedAt: 0 }] });
  expect([...measureLatencies(recording, 'best')]).toEqual([Number.POSITIVE_INFINITY]);
  expect([...measureLatencies(recording, 'worst')]).toEqual([Number.POSITIVE_INFINITY]);
  expect(countErrors(recording).errors).toEqual({ best: 1, worst: 1 });
});

test('what the generator failed to send is ok at once in the best case, and an error that took for ever in the worst', () => {
  const recording = recordingOf({ operations: [{ category: 'unsent' }, {}] });
  expect([...measureLatencies(recording, 'best')]).toEqual([0, 1]);
  expect([...measureLatencies(recording, 'worst')]).toEqual([1, Number.POSITIVE_INFINITY]);
  expect(countErrors(recording)).toEqual({
    operations: 2,
    errors: { best: 0, worst: 1 },
    share: { best: 0, worst: 0.5 },
    byCategory: new Map([['unsent', 1]]),
    newAnswers: new Map(),
  });
});

test('a time-out keeps its measured time in the best case, although the generator stalled on the way', () => {
  const recording = recordingOf({
    operations: [{ category: 'timeout', dueAt: 0, endedAt: 5_000 }],
    generator: { stalls: [[1_000, 2_000]] },
  });
  expect([...measureLatencies(recording, 'best')]).toEqual([5_000]);
  expect(countErrors(recording).errors).toEqual({ best: 1, worst: 1 });
});

test('a time-out that the generator declared as it woke up may have had its answer', () => {
  const recording = recordingOf({
    operations: [{ category: 'timeout', dueAt: 0, endedAt: 5_510 }],
    generator: { stalls: [[100, 5_500]] },
  });
  expect([...measureLatencies(recording, 'best')]).toEqual([110]);
  expect([...measureLatencies(recording, 'worst')]).toEqual([Number.POSITIVE_INFINITY]);
  expect(summarizeDurations(recording).max).toBe(5_510);
  expect(countErrors(recording).errors).toEqual({ best: 0, worst: 1 });
});

test('what the generator caught up with after a stall of its own may have been slow and failed through the burst', () => {
  const recording = recordingOf({
    operations: [
      // Due in the stall, sent in the burst, answered after 180 ms of it and 20 ms more.
      { dueAt: 500, startedAt: 1_020, endedAt: 1_220 },
      // Sent before it, and turned down in it.
      { dueAt: 400, startedAt: 400, endedAt: 1_100, category: '503' },
      // Sent in it, and cut after it.
      { dueAt: 700, startedAt: 1_100, endedAt: 1_300, category: 'reset' },
      // Sent after it.
      { dueAt: 1_201, startedAt: 1_201, endedAt: 1_230, category: '503' },
    ],
    generator: { stalls: [[450, 1_000]], catchingUp: [[1_000, 1_200]] },
  });
  expect([...measureLatencies(recording, 'best')]).toEqual([20, 29, 50, 100]);
  expect([...measureLatencies(recording, 'worst')]).toEqual([720, ...Array(3).fill(Number.POSITIVE_INFINITY)]);
  expect(summarizeDurations(recording)).toMatchObject({ min: 29, p50: 600, p95: 720 });
  expect(countErrors(recording).errors).toEqual({ best: 1, worst: 3 });
});

test('a connection that the app closed while the generator stood still, as an idle one, may be what the next request died of', () => {
  const died = (startedAt: number, endedAt: number, category = 'empty') =>
    recordingOf({
      operations: [{ dueAt: startedAt, endedAt, category }],
      generator: { loop: 'closed', stalls: [[1_000, 3_000]] },
    });
  const best = (recording: Recording) => countErrors(recording).errors.best;
  expect(best(died(3_002, 3_003))).toBe(0);
  expect(best(died(3_002, 3_003, 'reset'))).toBe(0);
  // Sent before the generator knew that it had stood still.
  expect(best(died(2_999, 3_001))).toBe(0);
  expect(best(died(3_060, 3_061))).toBe(1);
  // It was taken first, and cut afterwards.
  expect(best(died(3_002, 3_400))).toBe(1);
  // Sent before it, and cut in it.
  expect(best(died(900, 3_001))).toBe(1);
  expect(best(died(3_002, 3_003, '503'))).toBe(1);
});

test('an app that hangs is not excused by a generator that catches up: what ran out of time or into the cap stays so', () => {
  const recording = recordingOf({
    operations: [
      { category: 'timeout', dueAt: 900, startedAt: 1_010, endedAt: 6_210 },
      { category: 'timeout', dueAt: 1_300, endedAt: 6_300 },
      { category: 'saturated', dueAt: 1_100 },
    ],
    generator: { stalls: [[800, 1_000]], catchingUp: [[1_000, 1_200]] },
  });
  expect(countErrors(recording).errors).toEqual({ best: 3, worst: 3 });
  expect([...measureLatencies(recording, 'best')]).toEqual([5_000, 5_200, Number.POSITIVE_INFINITY]);
});

test('failed and unknown both count as errors, by category with the most frequent first, then by name', () => {
  const recording = recordingOf({
    operations: [{ category: '503' }, {}, { category: 'timeout' }, { category: '404' }, { category: 'timeout' }],
  });
  const seen = countErrors(recording);
  expect(seen.share).toEqual({ best: 0.8, worst: 0.8 });
  expect([...seen.byCategory]).toEqual([
    ['timeout', 2],
    ['404', 1],
    ['503', 1],
  ]);
});

test('a percentile is the value at the rank, rounded up', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(hundred, 0)).toBe(1);
  expect(percentile(hundred, 0.07)).toBe(7);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile(hundred, 0.501)).toBe(51);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile(hundred, 1)).toBe(100);
  expect(percentile(Float64Array.of(1, 2), 0.99)).toBe(2);
});

test('a percentile of nothing is NaN, and a share that is a percentage is refused', () => {
  expect(percentile(new Float64Array(0), 0.99)).toBeNaN();
  expect(() => percentile(Float64Array.of(1), 99)).toThrow('the share must be from 0 to 1 (0.99 for p99); got 99');
});

test('the summary has the usual figures, and no samples leave NaN', () => {
  const operations = [4, 1, 3, 2].map((endedAt) => ({ endedAt }));
  expect(summarizeDurations(recordingOf({ operations }))).toEqual({
    min: 1,
    mean: 2.5,
    p50: 2,
    p95: 4,
    p99: 4,
    max: 4,
    samples: 4,
  });
  expect(summarizeDurations(recordingOf({ operations: [] }))).toEqual({
    min: Number.NaN,
    mean: Number.NaN,
    p50: Number.NaN,
    p95: Number.NaN,
    p99: Number.NaN,
    max: Number.NaN,
    samples: 0,
  });
});

test('throughput counts ok operations by when they ended', () => {
  const recording = recordingOf({
    operations: [
      { dueAt: 900, endedAt: 1_000 },
      { dueAt: 1_100, endedAt: 1_999 },
      { dueAt: 1_200, endedAt: 2_000 },
      { dueAt: 1_300, endedAt: 1_400, outcome: 'failed' },
    ],
    faults: [{ inEffectAt: 1_000, healedAt: 2_000 }],
    duration: 4_000,
  });
  expect(measureThroughput(recording.during)).toEqual({ rps: 2, best: 2, completed: 2, seconds: 1 });
  expect(measureThroughput(recording)).toEqual({ rps: 0.75, best: 0.75, completed: 3, seconds: 4 });
});

test('what the warm-up sent and the window saw answered counts, as far as as much is in flight at its end', () => {
  // Two connections, 100 ms each time: 20 a second.
  const starts = Array.from({ length: 12 }, (_, n) => -50 + n * 100);
  const operations = starts.flatMap((dueAt) => [
    { dueAt, endedAt: dueAt + 100 },
    { dueAt, endedAt: dueAt + 100 },
  ]);
  for (const loop of ['closed', 'open'] as const) {
    const recording = recordingOf({ operations, generator: { loop }, duration: 1_000 });
    expect(measureThroughput(recording)).toEqual({ rps: 20, best: 20, completed: 20, seconds: 1 });
  }
  const drained = recordingOf({ operations: operations.slice(0, -4), duration: 1_000 });
  expect(measureThroughput(drained).completed).toBe(18);
});

test('a slow generator is no slow app: a freeze shows in due-to-done latencies as it was felt', () => {
  // Offered 1,000/s for 10 s; the app freezes for the first second and answers at once otherwise. The k-th
  // of 1,000 frozen operations waits 1,000 - k ms, so 500 of 10,000 wait longer than 500 ms and 100 longer than 900 ms.
  const operations = Array.from({ length: 10_000 }, (_, dueAt) => ({ dueAt, endedAt: Math.max(dueAt, 1_000) }));
  const seen = summarizeDurations(recordingOf({ operations }));
  expect(seen.p95).toBe(500);
  expect(seen.p99).toBe(900);
  expect(seen.max).toBe(1_000);
});
