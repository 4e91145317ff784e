import { expect, test } from 'vitest';
import { measureDelivery } from '../../../src/analysis/window/delivery.ts';
import { recordingOf } from '../../../src/recording/literal.ts';

test('the lag is from due to sent, of what was due in the window and sent', () => {
  const operations = Array.from({ length: 200 }, (_, n) => ({ dueAt: n * 10, startedAt: n * 10 + (n < 100 ? n : 0) }));
  const recording = recordingOf({ operations, faults: [{ inEffectAt: 500, healedAt: 1_000 }] });
  // 1 to 100 late by 0 to 99 ms, the rest in time: of 200 the 198th from the bottom is 97 ms.
  expect(measureDelivery(recording).lag).toEqual({ p99: 97, max: 99 });
  expect(measureDelivery(recording.before).lag).toEqual({ p99: 49, max: 49 });
  expect(measureDelivery(recording.after).lag).toEqual({ p99: 0, max: 0 });
});

test('an operation sent a moment early was not late', () => {
  expect(measureDelivery(recordingOf({ operations: [{ dueAt: 5, startedAt: 4.8 }] })).lag).toEqual({ p99: 0, max: 0 });
});

test('what was not sent counts against the one whose fault it was, and has no lag', () => {
  const operations = ['ok', 'saturated', 'timeout', 'unsent', 'saturated'].map((category) => ({ category }));
  expect(measureDelivery(recordingOf({ operations }))).toEqual({
    due: 5,
    sent: 2,
    saturated: 2,
    unsent: 1,
    lag: { p99: 0, max: 0 },
    stalled: 0,
  });
});

test('without operations there is no lag', () => {
  expect(measureDelivery(recordingOf({ operations: [] }))).toMatchObject({
    due: 0,
    lag: { p99: Number.NaN, max: Number.NaN },
  });
});

test('stalls count as far as they lie in the window, and where they overlap once', () => {
  const recording = recordingOf({
    operations: [],
    duration: 3_000,
    faults: [{ inEffectAt: 1_000, healedAt: 2_000 }],
    generator: {
      stalls: [
        [900, 1_100],
        [1_050, 1_200],
        [1_950, 2_500],
      ],
    },
  });
  expect(measureDelivery(recording).stalled).toBe(850);
  expect(measureDelivery(recording.during).stalled).toBe(250);
});
