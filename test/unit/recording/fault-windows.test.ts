import { describe, expect, test } from 'vitest';
import { countErrors } from '../../../src/analysis/window/errors.ts';
import { measureThroughput } from '../../../src/analysis/window/throughput.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { FaultRecord, Recording } from '../../../src/recording/recording.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';

/** 200/s; what is due in one of these spans fails. */
function run(
  seconds: number,
  faults: readonly Partial<FaultRecord>[],
  ...down: readonly (readonly [from: number, to: number])[]
): Recording {
  const operations = Array.from({ length: seconds * 200 }, (_, n) => {
    const dueAt = n * 5;
    return { dueAt, ...(down.some(([from, to]) => dueAt >= from && dueAt < to) && { category: '503' }) };
  });
  return recordingOf({ operations, faults, duration: seconds * 1_000 });
}

const two = [
  { name: 'refuse(redis)', inEffectAt: 5_000, healedAt: 6_000 },
  { name: 'refuse(redis) #2', inEffectAt: 125_000, healedAt: 126_000 },
];

describe('during several faults', () => {
  test('each is judged for itself, however far apart they are', () => {
    const recording = run(130, two, [5_000, 6_000], [125_000, 126_000]);
    const { pass, message } = matchers.toHaveErrorRateBelow.call({}, recording.during, '2%');
    expect(pass).toBe(false);
    expect(message()).toContain('during refuse(redis): fail, 100 %; during refuse(redis) #2: fail, 100 %');
  });

  test('the worst decides and is named', () => {
    const recording = run(130, two, [125_000, 126_000]);
    const { pass, message } = matchers.toHaveErrorRateBelow.call({}, recording.during, '2%');
    expect(pass).toBe(false);
    expect(message()).toContain('during refuse(redis) #2');
    expect(message()).toContain('during refuse(redis): pass, 0 %; during refuse(redis) #2: fail, 100 %');
  });

  test('what is between them is in none', () => {
    const { parts = [], from, to } = run(130, two, [60_000, 61_000]).during;
    expect([from, to]).toEqual([5_000, 126_000]);
    expect(parts.map((part) => countErrors(part))).toMatchObject([
      { operations: 200, errors: { best: 0 } },
      { operations: 200, errors: { best: 0 } },
    ]);
  });

  test('one that was never healed leaves the others to be judged', () => {
    const endless = [two[0] as Partial<FaultRecord>, { name: 'crash(postgres)', inEffectAt: 8_000 }];
    expect(matchers.toHaveErrorRateBelow.call({}, run(20, endless).during, '2%').pass).toBe(false);
    const failing = run(20, endless, [5_000, 6_000]);
    const { message } = matchers.toHaveErrorRateBelow.call({}, failing.during, '2%');
    expect(message()).toContain('during refuse(redis): fail, 100 %');
  });

  test('the same is judged of the operations of one name', () => {
    const parts = run(130, two).during.named('request').parts;
    expect(parts?.map(({ name, only }) => [name, only])).toEqual([
      ['during refuse(redis), request only', 'request'],
      ['during refuse(redis) #2, request only', 'request'],
    ]);
  });

  test('those that overlap are judged together as well', () => {
    const faults = [
      { name: 'refuse(redis)', inEffectAt: 5_000, healedAt: 9_000 },
      { name: 'crash(postgres)', inEffectAt: 7_000, healedAt: 11_000 },
      { name: 'pause(app)', inEffectAt: 14_000, healedAt: 15_000 },
    ];
    const { parts } = run(20, faults).during;
    expect(parts?.map(({ name, from, to }) => [name, from, to])).toEqual([
      ['during refuse(redis)', 5_000, 9_000],
      ['during crash(postgres)', 7_000, 11_000],
      ['during pause(app)', 14_000, 15_000],
      ['during refuse(redis) and crash(postgres)', 5_000, 11_000],
    ]);
  });

  test('one fault alone has no parts', () => {
    const recording = run(20, [{ inEffectAt: 5_000, healedAt: 6_000 }]);
    expect(recording.during).toMatchObject({ name: 'during refuse(redis)', from: 5_000, to: 6_000 });
    expect(recording.during.parts).toBeUndefined();
  });
});

describe('what repeated made', () => {
  const faults = [0, 1, 2].map((n) => ({
    name: n === 0 ? 'refuse(redis)' : `refuse(redis) #${n + 1}`,
    ...(n > 0 && { repeatOf: 'refuse(redis)' }),
    inEffectAt: 5_000 + n * 3_000,
    healedAt: 6_000 + n * 3_000,
  }));

  test('is one fault, whose times are one window without what lies between', () => {
    // The second of three fails, and what is between the first and the second.
    const { during } = run(20, faults, [8_000, 9_000], [6_500, 7_500]);
    expect(during).toMatchObject({ name: 'during refuse(redis), 3 times', from: 5_000, to: 12_000 });
    expect(during.parts).toBeUndefined();
    expect(countErrors(during)).toMatchObject({ operations: 600, errors: { best: 200, worst: 200 } });
    expect(measureThroughput(during)).toMatchObject({ completed: 400, seconds: 3 });
  });

  test('has samples enough for a bound where one of its times has not', () => {
    const { during } = run(20, faults);
    expect(matchers.toHaveErrorRateBelow.call({}, during, '1%').pass).toBe(true);
  });

  test('is judged beside another fault', () => {
    const other = { name: 'crash(postgres)', inEffectAt: 15_000, healedAt: 17_000 };
    const { parts } = run(20, [...faults, other]).during;
    expect(parts?.map(({ name }) => name)).toEqual(['during refuse(redis), 3 times', 'during crash(postgres)']);
  });
});

describe('before', () => {
  const asked = [{ askedAt: 4_500, inEffectAt: 5_000, healedAt: 7_000 }];

  test('ends when the first fault is asked for: what fails until it takes effect is in no window', () => {
    const recording = run(20, asked, [4_500, 7_000]);
    expect(countErrors(recording.before)).toMatchObject({ operations: 900, errors: { worst: 0 } });
    expect(matchers.toHaveErrorRateBelow.call({}, recording.before, '1%').pass).toBe(true);
    expect(recording.during.from).toBe(5_000);
  });

  test('ends with the first of several', () => {
    const faults = [{ askedAt: 9_000, inEffectAt: 9_010, healedAt: 10_000 }, ...asked];
    expect(run(20, faults).before.to).toBe(4_500);
  });

  test('lasts to the end of the load where no fault was asked for', () => {
    expect(run(20, []).before.to).toBe(20_000);
    expect(run(20, [{ askedAt: Number.NaN, inEffectAt: Number.NaN }]).before.to).toBe(20_000);
  });
});

describe('the window of a fault', () => {
  test('that had to wait past the time of the other is its own', () => {
    // One was to begin when the app was back, at 4 s at the earliest, and did at 12 s; the other began at 10 s, as it should.
    const recording = run(20, [
      { name: 'refuse(redis)', scheduledAt: 4_000, askedAt: 12_000, inEffectAt: 12_001, healedAt: 13_000 },
      { name: 'refuse(redis) #2', scheduledAt: 10_000, askedAt: 10_002, inEffectAt: 10_003, healedAt: 11_000 },
    ]);
    expect(recording.window({ name: 'refuse(redis)', from: 4_000 }).from).toBe(12_001);
    expect(recording.window({ name: 'refuse(redis)', from: 10_000 }).from).toBe(10_003);
  });

  test('is found when all of them had to wait', () => {
    const recording = run(20, [
      { name: 'refuse(redis)', scheduledAt: 5_000, askedAt: 8_000, inEffectAt: 8_001, healedAt: 9_000 },
      { name: 'refuse(redis) #2', scheduledAt: 7_000, askedAt: 9_001, inEffectAt: 9_002, healedAt: 11_000 },
    ]);
    expect(recording.window({ name: 'refuse(redis)', from: 5_000 }).from).toBe(8_001);
    expect(recording.window({ name: 'refuse(redis)', from: 7_000 }).from).toBe(9_002);
  });

  test('is told from one that was in time in a recording that does not say when they were scheduled', () => {
    const recording = run(20, [
      { name: 'refuse(redis)', askedAt: 12_000, inEffectAt: 12_001, healedAt: 13_000 },
      { name: 'refuse(redis) #2', askedAt: 10_002, inEffectAt: 10_003, healedAt: 11_000 },
    ]);
    expect(recording.window({ name: 'refuse(redis)', from: 4_000 }).from).toBe(12_001);
    expect(recording.window({ name: 'refuse(redis)', from: 10_000 }).from).toBe(10_003);
  });
});
