import { describe, expect, test } from 'vitest';
import { measureRecovery } from '../../../src/analysis/recovery/recovery.ts';
import type { RecoveryOptions } from '../../../src/analysis/recovery/recovery-rules.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording, Series } from '../../../src/recording/recording.ts';
import { recoverWithin } from '../asked.ts';

/** How the nth operation of its bin is answered. */
type Answer = (dueAt: number, nth: number) => Partial<Operation>;

/** 200/s for 12 s, down from 3 to 6 s: bins of 500 ms that hold 100 operations each, six before and twelve after. */
function run(before: Answer, after: Answer, rest: Partial<LiteralRecording> = {}): Recording {
  const operations = Array.from({ length: 2_400 }, (_, n) => {
    const dueAt = n * 5;
    const down = dueAt >= 3_000 && dueAt < 6_000;
    return { dueAt, ...(down ? { category: 'refused' } : (dueAt < 3_000 ? before : after)(dueAt, n % 100)) };
  });
  return recordingOf({ operations, faults: [{ inEffectAt: 3_000, healedAt: 6_000 }], duration: 12_000, ...rest });
}

const well: Answer = () => ({});
/** So many of each hundred fail. */
const failing =
  (count: number, from = 0, to = 12_000): Answer =>
  (dueAt, nth) =>
    nth < count && dueAt >= from && dueAt < to ? { category: '503' } : {};
/** So many fail in one bin after the other, from an instant on. */
const failingIn =
  (from: number, counts: readonly number[]): Answer =>
  (dueAt, nth) =>
    nth < (counts[Math.floor((dueAt - from) / 500)] ?? 0) ? { category: '503' } : {};
/** So many of each hundred take so many milliseconds. */
const slow =
  (count: number, ms = 600): Answer =>
  (dueAt, nth) =>
    nth < count ? { endedAt: dueAt + ms } : {};
/** From 6 s on it does so much less than is due, so that all wait longer and longer. */
const behind =
  (share: number): Answer =>
  (dueAt) => ({ endedAt: dueAt + 1 + ((dueAt - 6_000) * share) / (1 - share) });

const shiftOf = (recording: Recording, options?: RecoveryOptions) =>
  measureRecovery(recording, options).shifts[0]?.kind;
const signal = (recording: Recording, kind: string) =>
  measureRecovery(recording).signals.find((one) => one.kind === kind);

describe('a level that is worse for good, which no bin shows, is no recovery', () => {
  test('errors of 6 % instead of 2 %', () => {
    const recording = run(failing(2), failing(6));
    const seen = measureRecovery(recording);
    expect(seen.bins.filter(({ from, good }) => from >= 6_000 && !good.worst)).toEqual([]);
    expect(seen).toMatchObject({
      status: 'not-recovered',
      after: Number.POSITIVE_INFINITY,
      afterBest: Number.POSITIVE_INFINITY,
      observed: 6_000,
      shifts: [{ kind: 'errors', before: 0.02, after: 0.06, operations: 1_200 }],
    });
    expect(seen.because).toBe(
      'not recovered: errors 6.0 % after it against 2.0 % before (1200 operations), which shows in the bins together and not in each (before the fault: 98 ok per 500 ms, p99 1.0 ms, errors 2.0 %)',
    );
    expect(signal(recording, 'errors')).toMatchObject({ status: 'not-recovered', observed: 6_000 });
    expect(signal(recording, 'goodput')).toMatchObject({ status: 'recovered', afterWorst: 0 });
    expect(recoverWithin(recording, 5_000)).toMatchObject({
      status: 'fail',
      shown: '> 6.0 s',
      because: expect.stringContaining('Not recovered: errors 6.0 % after it against 2.0 % before (1200 operations)'),
    });
  });

  test('the same with a fault that the service did not feel', () => {
    const operations = Array.from({ length: 2_400 }, (_, n) => ({
      dueAt: n * 5,
      ...failing(n < 1_200 ? 2 : 6)(n * 5, n % 100),
    }));
    const faults = [{ inEffectAt: 3_000, healedAt: 6_000 }];
    expect(measureRecovery(recordingOf({ operations, faults, duration: 12_000 }))).toMatchObject({
      status: 'not-recovered',
      timeToDegrade: Number.NaN,
    });
  });

  test('errors of 2 % instead of none, and not of 1 %, which is good in any bin', () => {
    expect(shiftOf(run(well, failing(2)))).toBe('errors');
    expect(measureRecovery(run(well, failing(1)))).toMatchObject({ status: 'recovered', after: 0, shifts: [] });
  });

  test('errors by more than a percentage point, and not by less', () => {
    expect(shiftOf(run(failing(2), failing(4)))).toBeUndefined();
    expect(shiftOf(run(failing(2), failing(5)))).toBe('errors');
    // However clear it is.
    expect(shiftOf(run(failing(2), failing(5)), { errorShare: 0.035 })).toBeUndefined();
  });

  test('2 % of all slower than the objective instead of none, and not 1 %', () => {
    const recording = run(well, slow(2));
    expect(measureRecovery(recording).because).toContain('slower than 500 ms were 2.0 % after it against 0.0 % before');
    expect(signal(recording, 'p99')).toMatchObject({ status: 'not-recovered' });
    expect(signal(recording, 'errors')).toMatchObject({ status: 'recovered' });
    expect(shiftOf(run(well, slow(1)), { falseAlarm: 0.1 })).toBeUndefined();
    // Within the objective, or twice the p99 before, nothing is slow.
    expect(shiftOf(run(well, slow(100, 450)))).toBeUndefined();
    expect(shiftOf(run(slow(100, 400), slow(100, 560)))).toBeUndefined();
  });

  test('7 % of the goodput, while all waits longer and longer within the objective, and not 4 %', () => {
    const seen = measureRecovery(run(well, behind(0.07)));
    expect(seen).toMatchObject({ status: 'not-recovered', shifts: [{ kind: 'goodput' }] });
    expect(seen.because).toContain('goodput 7.0 % lower after it than before (1200 operations)');
    expect(shiftOf(run(well, behind(0.04)))).toBeUndefined();
  });

  test('whatever a relapse adds to it, which weighs no more than the worst good bin', () => {
    const relapsing: Answer = (dueAt, nth) => failing(dueAt >= 9_500 && dueAt < 10_000 ? 100 : 6)(dueAt, nth);
    // Eight of a hundred are good in a bin, where 2 % were errors before.
    expect(measureRecovery(run(failing(2), relapsing))).toMatchObject({
      relapses: 0,
      shifts: [{ kind: 'errors', after: (11 * 6 + 8) / 1_200 }],
    });
  });

  test('in a load that ends early', () => {
    const operations = Array.from({ length: 1_800 }, (_, n) => ({
      dueAt: n * 5,
      ...failing(n < 1_200 ? 2 : 6)(n * 5, n % 100),
    }));
    const faults = [{ inEffectAt: 3_000, healedAt: 6_000 }];
    expect(shiftOf(recordingOf({ operations, faults, duration: 12_000 }))).toBe('errors');
  });

  test('a level that goes up only half way through', () => {
    const later = failingIn(6_000, [3, 3, 5, 4, 4, 4, 4, 5, 8, 6, 4, 8]);
    expect(measureRecovery(run(failingIn(0, [1, 3, 1, 3, 1, 3]), later))).toMatchObject({
      after: Number.POSITIVE_INFINITY,
      shifts: [{ kind: 'errors', operations: 1_200 }],
    });
  });
});

describe('what is no lasting shift', () => {
  test('a rise that passed puts the recovery off to where the rest shows none', () => {
    // 40 of the first half fail and 18 of the second, which is 3 % and no more than a percentage point above 12 of 600.
    const passing = failingIn(6_000, [7, 4, 8, 5, 8, 8, 1, 4, 3, 4, 2, 4]);
    const recording = run(failingIn(0, [1, 3, 1, 3, 1, 3]), passing);
    expect(measureRecovery(recording)).toMatchObject({ status: 'recovered', after: 500, afterBest: 500 });
    expect(measureRecovery(recording).because).toContain(
      'as good as before 500 ms after the fault was lifted; until then errors 4.8 % after it against 2.0 % before (1200 operations)',
    );
    expect(signal(recording, 'errors')).toMatchObject({ status: 'recovered', afterWorst: 500 });
    expect(signal(recording, 'p99')).toMatchObject({ afterWorst: 0 });
  });

  test('a single bin, which weighs no more than the worst good one: its relapse is told as such', () => {
    expect(measureRecovery(run(well, failing(100, 9_500, 10_500)))).toMatchObject({
      after: 0,
      relapses: 1,
      shifts: [],
    });
    expect(
      measureRecovery(run(well, (dueAt) => (dueAt >= 9_500 && dueAt < 10_500 ? { endedAt: 10_500 } : {}))),
    ).toMatchObject({
      after: 0,
      shifts: [],
    });
  });

  test('errors that came in lots before, and do so now', () => {
    const lots =
      (every: number): Answer =>
      (dueAt, nth) =>
        (dueAt / 500) % every < 1 && nth < 8 ? { category: '503' } : {};
    // 16 of 600, in two bins of six, and 48 of 1,200, in six of twelve.
    expect(shiftOf(run(lots(3), lots(2)), { errorShare: 0.001 })).toBeUndefined();
    // One by one it would be clear.
    expect(shiftOf(run(failing(2), failing(4)), { errorShare: 0.001 })).toBeUndefined();
    expect(shiftOf(run(failing(2), failing(5)), { errorShare: 0.001 })).toBe('errors');
  });

  test('a relapse to the end of the run says more', () => {
    const relapsing: Answer = (dueAt, nth) => failing(dueAt >= 10_000 ? 100 : 2)(dueAt, nth);
    expect(measureRecovery(run(well, relapsing))).toMatchObject({
      status: 'not-recovered',
      firstAfter: 0,
      relapsedFrom: 4_000,
      shifts: [],
    });
  });

  test('goodput as high as before where more is due', () => {
    // 250/s are due from 6 s on, and 200/s are done.
    const operations = [
      ...Array.from({ length: 1_200 }, (_, n) => ({ dueAt: n * 5, endedAt: n * 5 + 1 })),
      ...Array.from({ length: 1_500 }, (_, n) => ({ dueAt: 6_000 + n * 4, endedAt: 6_001 + n * 5 })),
    ];
    const faults = [{ inEffectAt: 3_000, healedAt: 6_000 }];
    const recording = recordingOf({ operations, faults, duration: 12_000 });
    expect(measureRecovery(recording, { objective: 2_000 })).toMatchObject({ status: 'never-degraded', shifts: [] });
  });

  test('what only the generator failed to send is uncertain', () => {
    const recording = run(well, (_, nth) => (nth < 2 ? { category: 'unsent' } : {}));
    expect(measureRecovery(recording)).toMatchObject({ afterBest: 0, afterWorst: Number.POSITIVE_INFINITY });
    expect(recoverWithin(recording, 5_000).status).toBe('unknown');
  });
});

describe('a tail that is too short to show a shift', () => {
  /** Down until 10.5 s. */
  const late =
    (count: number): Answer =>
    (dueAt, nth) =>
      failing(dueAt < 10_500 ? 100 : count)(dueAt, nth);

  test('leaves the recovery as the bins say, and says what it could not show', () => {
    // Of 30 errors in 900 operations 18 or more fall in these 300 by chance once in 400 runs, and 17 of 29 once in 170.
    const seen = measureRecovery(run(failing(2), late(4)));
    expect(seen).toMatchObject({ status: 'recovered', after: 4_500, shifts: [] });
    expect(seen.because).toContain(
      '; with the 300 operations from then on, a lasting rise of the errors shows from 6.0 % on (',
    );
  });

  test('shows one that is large enough all the same', () => {
    expect(measureRecovery(run(failing(2), late(7)))).toMatchObject({ after: Number.POSITIVE_INFINITY });
  });

  test('is not mentioned where next to nothing hides', () => {
    expect(measureRecovery(run(well, well)).because).not.toContain('lasting rise');
  });

  test('of one bin says nothing', () => {
    expect(
      measureRecovery(
        run(well, (dueAt, nth) => failing(dueAt < 11_500 ? 100 : 2)(dueAt, nth)),
        { inARow: 1 },
      ),
    ).toMatchObject({
      after: 5_500,
      shifts: [],
    });
  });
});

test('the pool of an app that does not do its work as before is not full with fewer connections', () => {
  const at = Array.from({ length: 24 }, (_, n) => n * 500);
  const series: Series[] = [
    { subject: 'postgres', name: 'active connections', unit: 'count', at, values: at.map(() => 1) },
    { subject: 'postgres', name: 'idle connections', unit: 'count', at, values: at.map((ms) => (ms < 3_000 ? 9 : 3)) },
  ];
  const faults = [{ inEffectAt: 3_000, healedAt: 6_000, service: 'postgres' }];
  const level = (after: Answer) => signal(run(failing(2), after, { series, faults }), 'pool')?.level;
  expect(level(failing(2))).toEqual({ back: 4, before: 10 });
  expect(level(failing(6))).toEqual({ back: 10, before: 10 });
});
