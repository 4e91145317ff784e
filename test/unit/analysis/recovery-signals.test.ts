import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDrainedLevel, measureBacklog } from '../../../src/analysis/recovery/backlog.ts';
import { measureRecovery } from '../../../src/analysis/recovery/recovery.ts';
import { judgeBySamples } from '../../../src/analysis/recovery/recovery-samples.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording, Series } from '../../../src/recording/recording.ts';

type Answer = (dueAt: number, n: number) => Partial<Operation>;

const outage = { service: 'postgres', inEffectAt: 3_000, healedAt: 6_000 };

/** 200/s for 12 s, with Postgres away from 3 to 6 s: bins of 500 ms that hold 100 operations each. */
function run(answer: Answer, rest: Partial<LiteralRecording> = {}): Recording {
  const operations = Array.from({ length: 2_400 }, (_, n) => ({ dueAt: n * 5, ...answer(n * 5, n) }));
  return recordingOf({ operations, faults: [outage], duration: 12_000, ...rest });
}

/** What is refused during the outage, and how it is answered after it. */
const refused =
  (after: Answer = () => ({})): Answer =>
  (dueAt, n) =>
    dueAt >= 3_000 && dueAt < 6_000 ? { category: 'refused' } : dueAt >= 6_000 ? after(dueAt, n) : {};

/** A quantity every so many milliseconds. */
function sampled(every: number, value: (at: number) => number, about: Partial<Series> = {}): Series {
  const at = Array.from({ length: 12_000 / every }, (_, n) => n * every);
  return { subject: 'probe', name: 'backlog', unit: 'count', ...about, at, values: at.map(value) };
}

const connections = (value: (at: number) => number): Series[] => [
  sampled(500, (at) => value(at) - Math.min(1, value(at)), { subject: 'postgres', name: 'idle connections' }),
  sampled(500, (at) => Math.min(1, value(at)), { subject: 'postgres', name: 'active connections' }),
];

const signal = (recording: Recording, kind: string) =>
  measureRecovery(recording).signals.find((one) => one.kind === kind);

describe('each signal comes back for itself', () => {
  test('goodput, which goes by when operations end, after errors', () => {
    // Those due in 6,000-6,500 take 480 ms, within the objective: of them 4 end in that bin and 96 in the next.
    const recording = run(refused((dueAt) => (dueAt < 6_500 ? { endedAt: dueAt + 480 } : {})));
    expect(signal(recording, 'goodput')).toMatchObject({ status: 'recovered', afterWorst: 500, timeToDegrade: 0 });
    expect(signal(recording, 'errors')).toMatchObject({ status: 'recovered', afterWorst: 0, timeToDegrade: 0 });
    expect(signal(recording, 'p99')).toMatchObject({ status: 'never-degraded', afterWorst: 0 });
    expect(measureRecovery(recording)).toMatchObject({ after: 500, lostGoodput: 600 + 96 });
  });

  test('errors that are too few to show in the goodput', () => {
    const recording = run(refused((dueAt, n) => (dueAt < 7_000 && n % 20 === 0 ? { category: '503' } : {})));
    expect(signal(recording, 'errors')).toMatchObject({ status: 'recovered', afterWorst: 1_000 });
    expect(signal(recording, 'goodput')).toMatchObject({ status: 'recovered', afterWorst: 0 });
    expect(measureRecovery(recording).after).toBe(1_000);
  });

  test('p99, which may degrade only after the fault', () => {
    const slow: Answer = (dueAt, n) => (dueAt < 7_500 && n % 20 === 0 ? { endedAt: dueAt + 600 } : {});
    const recording = run(refused(slow));
    expect(signal(recording, 'p99')).toMatchObject({ status: 'recovered', afterWorst: 1_500, timeToDegrade: 3_000 });
    expect(signal(recording, 'errors')).toMatchObject({ afterWorst: 0 });
    expect(measureRecovery(recording).after).toBe(1_500);
  });

  test('what never comes back is not recovered as long as the run could see, and what relapses says so', () => {
    const never = run(refused((_, n) => (n % 20 === 0 ? { category: '503' } : {})));
    expect(signal(never, 'errors')).toMatchObject({
      status: 'not-recovered',
      afterWorst: Number.POSITIVE_INFINITY,
      observed: 6_000,
    });
    expect(signal(never, 'goodput')).toMatchObject({ status: 'recovered', afterWorst: 0 });
    const again = run(
      refused((dueAt, n) => (dueAt >= 9_000 && dueAt < 9_500 && n % 20 === 0 ? { category: '503' } : {})),
    );
    expect(signal(again, 'errors')).toMatchObject({ status: 'recovered', afterWorst: 0, relapses: 1 });
    expect(signal(again, 'goodput')).toMatchObject({ relapses: 0 });
  });

  test('none where recovery cannot be measured', () => {
    expect(measureRecovery(recordingOf({ operations: [{}] })).signals).toEqual([]);
  });
});

describe('a backlog', () => {
  // Grows by 40 a second during the outage, and is drained by 80 a second from then on: 120 at 6 s, 0 at 7.5 s.
  const grown = (at: number): number =>
    at < 3_000 ? 0 : at < 6_000 ? (at - 3_000) / 25 + 10 : Math.max(0, 120 - (at - 6_000) / 12.5);

  test('is back when it is drained to what it was before, and counts for the recovery', () => {
    // One error in a hundred is good, and what is missing of good bins is not lost.
    const seldom: Answer = (_, n) => (n % 100 === 0 ? { category: '503' } : {});
    const recording = run(refused(seldom), { series: [sampled(250, grown)] });
    // Twelve samples of 0: their mean may be 3 / 12, and a Poisson count of that mean exceeds 3 once in 7,500 looks.
    expect(signal(recording, 'backlog')).toMatchObject({
      status: 'recovered',
      afterBest: 1_500,
      afterWorst: 1_500,
      timeToDegrade: 0,
      level: { back: 3 },
    });
    expect(measureRecovery(recording)).toMatchObject({ status: 'recovered', after: 1_500, lostGoodput: 600 });
    expect(measureRecovery(run(refused())).after).toBe(0);
  });

  test('as high as noise makes what it was before the fault is drained', () => {
    // Half of the time 4 and half of the time 8: mean 6, variance 4, so no lots. A Poisson count of 6 + 3 / 12 exceeds 16 once in 3,600 looks, and 15 once in 1,300.
    const busy = (at: number) => (at < 3_000 ? ((at / 250) % 2) * 4 + 4 : Math.max(16, grown(at)));
    const recording = run(refused(), { series: [sampled(250, busy)] });
    // 20 at 7,250 and 16 from 7,500 on.
    expect(signal(recording, 'backlog')).toMatchObject({ afterWorst: 1_500, level: { back: 16 } });
  });

  test('that varied in lots before the fault may do so after it', () => {
    const limit = (values: readonly number[]) =>
      findDrainedLevel({ subject: '', name: '', unit: 'count', at: values.map((_, n) => n), values }, 1e9, 0.01);
    // Mean 20, variance 400: lots of 20, of which 1 + 3 / 80 are usual and more than 4 seldom (once in 240 looks; more than 3, once in 48).
    expect(limit([0, 40, 0, 40])).toBe(80);
    expect(limit([20, 20, 20, 20])).toBe(32);
    // A single peak in a long time is what noise cannot explain, and was there all the same.
    expect(limit([...Array.from({ length: 3_999 }, () => 0), 500])).toBe(500);
  });

  test('that was not seen is drained in the best case and not in the worst', () => {
    const hidden = (at: number) => (at >= 6_000 && at < 7_000 ? Number.NaN : at >= 7_000 ? 0 : grown(at));
    const recording = run(refused(), { series: [sampled(250, hidden)] });
    expect(signal(recording, 'backlog')).toMatchObject({ afterBest: 0, afterWorst: 1_000 });
    expect(measureRecovery(recording)).toMatchObject({ afterBest: 0, afterWorst: 1_000 });
  });

  test('that nobody saw before the fault has nothing to come back to', () => {
    const late = run(refused(), { series: [sampled(250, (at) => (at < 3_000 ? Number.NaN : 0))] });
    expect(signal(late, 'backlog')).toMatchObject({ afterBest: 0, afterWorst: Number.POSITIVE_INFINITY });
  });

  test('is not what another probe counts', () => {
    const recording = run(refused(), { series: [sampled(250, grown, { name: 'waiting' })] });
    expect(signal(recording, 'backlog')).toBeUndefined();
    expect(measureRecovery(recording).after).toBe(0);
  });

  test('has its peak where it was largest, after the load too', () => {
    const series = [sampled(1_000, (at) => (at === 7_000 ? 812 : at === 8_000 ? Number.NaN : 2))];
    expect(
      measureBacklog(
        run(() => ({}), { series }),
        'backlog',
      ),
    ).toEqual({
      peak: { best: 812, seen: 812, worst: Number.POSITIVE_INFINITY },
      peakAt: 7_000,
      last: 2,
      samples: 11,
      missing: 1,
      unseen: 0,
    });
    expect(
      measureBacklog(
        run(() => ({})),
        'backlog',
      ),
    ).toBeUndefined();
    const blind = [sampled(1_000, () => Number.NaN)];
    expect(
      measureBacklog(
        run(() => ({}), { series: blind }),
        'backlog',
      ),
    ).toMatchObject({
      peak: { best: Number.NaN, seen: Number.NaN },
      samples: 0,
    });
  });

  test('that is large only because the generator caught up after a stall is not held against the app in the best case', () => {
    const series = [sampled(500, (at) => (at >= 7_000 && at < 8_500 ? 150 : 2))];
    const generator = { stalls: [[6_000, 7_000]], catchingUp: [[7_000, 7_200]] } as const;
    expect(
      measureBacklog(
        run(() => ({}), { series, generator }),
        'backlog',
      )?.peak,
    ).toEqual({
      best: 2,
      seen: 150,
      worst: 150,
    });
  });
});

describe('a pool', () => {
  test('is full again when the app holds as many connections as its work takes, and that many before', () => {
    // 1, 2, 3 and then 4 connections at 6,000, 6,500, 7,000 and 7,500.
    const filling = (at: number) => (at < 3_000 ? 4 : at < 6_000 ? 0 : Math.min(4, 1 + Math.floor((at - 6_000) / 500)));
    const recording = run(
      refused((dueAt) => (dueAt < 7_500 ? { category: '503' } : {})),
      { series: connections(filling) },
    );
    expect(signal(recording, 'pool')).toMatchObject({
      service: 'postgres',
      status: 'recovered',
      afterWorst: 1_500,
      timeToDegrade: 0,
      level: { back: 4, before: 4 },
    });
    expect(measureRecovery(recording).after).toBe(1_500);
  });

  test('that is filled on demand is full with what the work needs', () => {
    const recording = run(refused(), {
      series: connections((at) => (at < 3_000 ? 10 : at < 6_500 ? 0 : at < 7_000 ? 2 : 3)),
    });
    expect(signal(recording, 'pool')).toMatchObject({ afterWorst: 500, level: { back: 2, before: 10 } });
  });

  test('that grows on demand once the app does its work again is full with its first connections', () => {
    // Ten before the fault; afterwards 3, 5, 5, 7 and 7, every half second from 6,500 on, with all work done from the first moment.
    const grown = [3, 5, 5, 7, 7];
    const onDemand = (at: number) => (at < 3_000 ? 10 : at < 6_500 ? 0 : (grown[(at - 6_500) / 500] ?? 7));
    const recording = run(refused(), { series: connections(onDemand) });
    expect(signal(recording, 'pool')).toMatchObject({
      status: 'recovered',
      afterBest: 500,
      afterWorst: 500,
      level: { back: 3, before: 10 },
    });
  });

  test('that shrank while its work was done is full with the fewest, none at all apart', () => {
    const shrinking = (at: number) => (at < 3_000 ? 10 : at < 7_000 ? 0 : at < 8_000 ? 6 : at < 9_000 ? 4 : 5);
    const recording = run(refused(), { series: connections(shrinking) });
    expect(signal(recording, 'pool')).toMatchObject({ afterWorst: 1_000, level: { back: 4, before: 10 } });
  });

  test('that lost connections for which work waits is not full', () => {
    // Of ten connections three are left, and from 8,000 on work waits for them: late, or in the queue that a probe counts.
    const lost = connections((at) => (at < 3_000 ? 10 : at < 6_000 ? 0 : 3));
    const late = run(
      refused((dueAt) => (dueAt >= 8_000 ? { endedAt: dueAt + 900 } : {})),
      { series: lost },
    );
    const never = { status: 'not-recovered', afterBest: Number.POSITIVE_INFINITY, level: { back: 10, before: 10 } };
    expect(signal(late, 'pool')).toMatchObject(never);
    const queued = run(refused(), { series: [...lost, sampled(250, (at) => (at < 3_000 ? 0 : at / 10))] });
    expect(signal(queued, 'pool')).toMatchObject(never);
  });

  test('that is as large as before, while the app does not do its work again, may be full of connections that are lost', () => {
    const leaked = connections((at) => (at < 3_000 || at >= 6_000 ? 4 : 0));
    const recording = run(
      refused(() => ({ category: '503' })),
      { series: leaked },
    );
    expect(signal(recording, 'pool')).toMatchObject({ afterBest: 0, afterWorst: Number.POSITIVE_INFINITY });
    const relapsed = run(
      refused((dueAt) => (dueAt >= 9_000 ? { category: '503' } : {})),
      { series: leaked },
    );
    expect(signal(relapsed, 'pool')).toMatchObject({ afterBest: 0, afterWorst: Number.POSITIVE_INFINITY });
  });

  test('whose work nobody can tell of, because the generator stood still to the end, is full in the best case only', () => {
    const few = connections((at) => (at < 3_000 ? 10 : at < 6_000 ? 0 : 3));
    const unsent = run(
      refused(() => ({ category: 'unsent' })),
      { series: few },
    );
    expect(signal(unsent, 'pool')).toMatchObject({ afterBest: 0, afterWorst: Number.POSITIVE_INFINITY });
  });

  test('that the app does not do its work with is not full', () => {
    const recording = run(
      refused((_, n) => (n % 5 === 0 ? { category: '503' } : {})),
      {
        series: connections((at) => (at < 3_000 ? 10 : at < 6_000 ? 0 : 3)),
      },
    );
    expect(signal(recording, 'pool')).toMatchObject({
      status: 'not-recovered',
      afterWorst: Number.POSITIVE_INFINITY,
      level: { back: 10, before: 10 },
    });
  });

  test('without any connection is not full, however well the app does', () => {
    const recording = run(() => ({}), { series: connections((at) => (at < 3_000 ? 4 : 0)) });
    expect(signal(recording, 'pool')).toMatchObject({ status: 'not-recovered', level: { back: 4 } });
  });

  test('is that of a service that suffered, and any after a fault of the app', () => {
    const series = connections(() => 4);
    const of = (fault: object) =>
      measureRecovery(run(() => ({}), { series, faults: [{ ...outage, ...fault }] })).signals.length;
    expect(of({})).toBe(4);
    expect(of({ service: 'redis' })).toBe(3);
    expect(of({ service: 'app', serviceKind: 'app' })).toBe(4);
  });
});

describe('bins by samples', () => {
  const bins = [0, 10, 20, 30, 40].map((from) => ({ from, to: from + 10 }));
  const judged = (at: number[], values: number[]) =>
    judgeBySamples(bins, { subject: '', name: '', unit: 'count', at, values }, (value) => value <= 5);
  const both = (good: boolean) => ({ best: good, worst: good });
  const unseen = { best: true, worst: false };

  test('a bin is good if all of its samples are, and goes by the one before it where it has none', () => {
    expect(judged([10, 15, 20, 45], [9, 1, 1, 9])).toEqual([unseen, both(false), both(true), both(true), both(false)]);
    expect(judged([-5, 12], [9, 1])).toEqual([both(false), both(true), both(true), both(true), both(true)]);
  });

  test('what could not be read is good in the best case and bad in the worst', () => {
    expect(judged([1, 2, 12, 13, 22], [1, Number.NaN, Number.NaN, 9, Number.NaN])).toEqual([
      unseen,
      both(false),
      unseen,
      unseen,
      unseen,
    ]);
  });
});

test('a sample says nothing of what comes more than 2.5 s after it', () => {
  const bins = [0, 1_000, 2_000, 3_000].map((from) => ({ from, to: from + 1_000 }));
  const one = { subject: '', name: '', unit: 'count', at: [600], values: [1] } as const;
  expect(judgeBySamples(bins, one, (value) => value === 1)).toEqual([
    { best: true, worst: true },
    { best: true, worst: true },
    { best: true, worst: true },
    { best: true, worst: false },
  ]);
});

test('the service is back no sooner than any of goodput, errors, p99 and backlog, in either case', () => {
  const spans = fc.array(fc.tuple(fc.integer({ min: 3_000, max: 11_000 }), fc.integer({ min: 100, max: 2_000 })), {
    maxLength: 4,
  });
  const values = fc.array(fc.constantFrom(0, 2, 50, Number.NaN), { minLength: 24, maxLength: 24 });
  fc.assert(
    fc.property(spans, spans, values, (failing, slow, backlog) => {
      const within = (list: readonly (readonly [number, number])[], at: number) =>
        list.some(([from, length]) => at >= from && at < from + length);
      const recording = run(
        (dueAt) => ({
          ...(within(failing, dueAt) && { category: '503' }),
          ...(within(slow, dueAt) && { endedAt: dueAt + 700 }),
        }),
        { series: [sampled(500, (at) => (at < 3_000 ? 1 : (backlog[at / 500] as number)))] },
      );
      const seen = measureRecovery(recording);
      for (const { afterBest, afterWorst } of seen.signals) {
        expect(afterBest).toBeLessThanOrEqual(afterWorst);
        expect(seen.afterBest).toBeGreaterThanOrEqual(afterBest);
        expect(seen.afterWorst).toBeGreaterThanOrEqual(afterWorst);
      }
    }),
    { numRuns: 25 },
  );
});
