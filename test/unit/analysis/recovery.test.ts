import { expect, test } from 'vitest';
import { measureRecovery } from '../../../src/analysis/recovery/recovery.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';

type Answer = (dueAt: number) => Partial<Operation>;

/** 200/s for 12 s, with a fault from 3 to 6 s: bins of 500 ms that hold 100 operations each. */
function run(answer: Answer, rest: Partial<LiteralRecording> = {}): Recording {
  const duration = rest.duration ?? 12_000;
  const operations = Array.from({ length: duration / 5 }, (_, index) => ({ dueAt: index * 5, ...answer(index * 5) }));
  return recordingOf({ operations, faults: [{ inEffectAt: 3_000, healedAt: 6_000 }], duration, ...rest });
}

function down(...spans: readonly [from: number, to: number][]): Answer {
  return (dueAt) => (spans.some(([from, to]) => dueAt >= from && dueAt < to) ? { category: 'refused' } : {});
}

test('a service that a fault does not touch never degraded, and is recovered at once', () => {
  const seen = measureRecovery(run(() => ({})));
  expect(seen).toMatchObject({ status: 'never-degraded', after: 0, afterBest: 0, afterWorst: 0, observed: 6_000 });
  expect(seen).toMatchObject({ timeToDegrade: Number.NaN, lostGoodput: 0, relapses: 0, bin: 500 });
  expect(seen.bins).toHaveLength(24);
  expect(seen.baseline).toEqual({
    bins: 6,
    due: 100,
    goodput: 100,
    errorShare: 0,
    p99: 1,
    slowAbove: 500,
    slowShare: 0,
  });
});

test('a service that works as soon as the fault is lifted recovered after 0 s', () => {
  const seen = measureRecovery(run(down([3_000, 6_000])));
  expect(seen).toMatchObject({ status: 'recovered', after: 0, timeToDegrade: 0, lostGoodput: 600, relapses: 0 });
});

test('recovery is the start of the first three good bins in a row, from healing on', () => {
  // Bad in 6,000-7,200, so in the bins at 6,000, 6,500 and 7,000; of the last, 60 operations succeed.
  const seen = measureRecovery(run(down([3_000, 7_200])));
  expect(seen).toMatchObject({ status: 'recovered', after: 1_500, afterBest: 1_500, lostGoodput: 600 + 200 + 40 });
  expect(seen.because).toBe(
    'as good as before 1.5 s after the fault was lifted (before the fault: 100 ok per 500 ms, p99 1.0 ms, errors 0.0 %)',
  );
});

test('two good bins between bad ones are no recovery', () => {
  expect(measureRecovery(run(down([3_000, 6_500], [7_500, 8_000])))).toMatchObject({ after: 2_000, relapses: 0 });
  expect(measureRecovery(run(down([3_000, 6_500], [7_500, 8_000])), { inARow: 2 })).toMatchObject({
    after: 500,
    relapses: 1,
  });
});

test('what degrades late is timed from the taking effect of the fault', () => {
  expect(measureRecovery(run(down([4_700, 6_000])))).toMatchObject({ timeToDegrade: 1_500, lostGoodput: 60 + 200 });
});

test('each time the service goes bad after its recovery is counted, and is no relapse while it costs less than the fault', () => {
  const seen = measureRecovery(run(down([3_000, 6_000], [8_000, 9_000], [10_000, 10_500])));
  expect(seen).toMatchObject({ status: 'recovered', after: 0, relapses: 2, lostGoodput: 600 + 200 + 100 });
  expect(seen.because).toContain('as good as before 0.0 ms after the fault was lifted, and went bad again 2 times');
});

test('a relapse that lasts to the end of the run is no recovery', () => {
  expect(measureRecovery(run(down([3_000, 6_000], [10_500, 12_000])))).toMatchObject({
    status: 'not-recovered',
    firstAfter: 0,
    after: Number.POSITIVE_INFINITY,
    observed: 6_000,
    relapsedFrom: 4_500,
  });
  expect(measureRecovery(run(down([3_000, 6_000], [11_000, 12_000]))).relapsedFrom).toBeNaN();
  expect(measureRecovery(run(down([3_000, 6_000], [8_000, 10_000]))).relapsedFrom).toBeNaN();
  expect(measureRecovery(run(down([3_000, 12_000]))).relapsedFrom).toBeNaN();
});

test('a service that stays down is not recovered as long as the run could see', () => {
  const seen = measureRecovery(run(down([3_000, 12_000])));
  expect(seen).toMatchObject({ status: 'not-recovered', after: Number.POSITIVE_INFINITY, observed: 6_000 });
  expect(seen.because).toContain('not as good as before within 6.0 s');
});

test('good bins that the end cut off may have been a recovery, so only the time before them counts as observed', () => {
  const seen = measureRecovery(run(down([3_000, 11_000])));
  expect(seen).toMatchObject({ status: 'not-recovered', afterBest: Number.POSITIVE_INFINITY, observed: 5_000 });
});

test('bins that may have been good at the end are not observed to be bad either', () => {
  const answer: Answer = (dueAt) => (dueAt >= 11_000 ? { category: 'unsent' } : down([3_000, 11_000])(dueAt));
  expect(measureRecovery(run(answer))).toMatchObject({ status: 'not-recovered', observed: 5_000 });
});

test('a bin that the end of the load cuts is not used', () => {
  const seen = measureRecovery(run(down([3_000, 6_000]), { duration: 7_900 }));
  expect(seen).toMatchObject({ after: 0, observed: 1_500 });
  expect(seen.bins.at(-1)).toMatchObject({ from: 7_000, to: 7_500 });
});

test('the edges of the bins follow the healing, and a bin that the fault cuts is no baseline', () => {
  const faults = [{ inEffectAt: 3_000, healedAt: 6_130 }];
  const seen = measureRecovery(run(down([3_000, 6_130]), { faults }));
  expect(seen.bins[0]).toMatchObject({ from: 130, to: 630 });
  expect(seen.baseline?.bins).toBe(5);
  expect(seen).toMatchObject({ after: 0, timeToDegrade: 0 });
});

test('of several faults, the first to take effect ends the baseline and the last to heal starts the clock', () => {
  const faults = [
    { inEffectAt: 4_000, healedAt: 5_000 },
    { inEffectAt: 3_000, healedAt: 6_000 },
  ];
  expect(measureRecovery(run(down([3_000, 6_600]), { faults }))).toMatchObject({ after: 1_000, baseline: { bins: 6 } });
});

test('operations that were sent before the healing and time out after it do not delay the recovery', () => {
  const seen = measureRecovery(
    run((dueAt) => (dueAt >= 3_000 && dueAt < 6_000 ? { category: 'timeout', endedAt: dueAt + 5_000 } : {})),
  );
  expect(seen).toMatchObject({ status: 'recovered', after: 0 });
});

test('a cap that stays full after the healing does delay it', () => {
  const seen = measureRecovery(run((dueAt) => (dueAt >= 3_000 && dueAt < 7_000 ? { category: 'saturated' } : {})));
  expect(seen).toMatchObject({ after: 1_000 });
});

test('a backlog that is worked off is no recovery until new operations are answered in time, and its burst is no harm', () => {
  // All that is due from 3,000 to 8,000 is answered at 8,000: p99 of the bin at 7,500 is still 495 ms, of 7,000 it is 995.
  const seen = measureRecovery(
    run((dueAt) => (dueAt >= 3_000 && dueAt < 8_000 ? { endedAt: 8_000 } : {})),
    { objective: 200 },
  );
  expect(seen).toMatchObject({ status: 'recovered', after: 2_000, relapses: 0 });
  expect(seen.bins[16]).toMatchObject({ from: 8_000, completed: 1_100, due: 100 });
});

test('goodput belongs to the bin of the answer, errors and latency to the bin in which the operation was due', () => {
  // From 3,000 on each answer takes 450 ms: the first bin of the fault sees only the ten answers to what was due by 3,045.
  const seen = measureRecovery(run((dueAt) => (dueAt >= 3_000 && dueAt < 6_000 ? { endedAt: dueAt + 450 } : {})));
  expect(seen.bins[6]).toMatchObject({ from: 3_000, completed: 10, errors: { worst: 0 }, p99: { worst: 450 } });
  expect(seen.bins.map((bin) => bin.good.worst).indexOf(false)).toBe(6);
  expect(seen).toMatchObject({ status: 'recovered', after: 0, lostGoodput: 90 });
});

test('an app that was always slow is held to twice its own p99', () => {
  const slow = (times: number): Recording =>
    run((dueAt) => ({ endedAt: dueAt + 800 * (dueAt >= 3_000 && dueAt < 7_000 ? times : 1) }));
  expect(measureRecovery(slow(1))).toMatchObject({ status: 'never-degraded' });
  // What is answered in 1,610 ms until 7,000 leaves a gap in the goodput until 7,000 + 800 at most.
  expect(measureRecovery(slow(2.1)).bins[12]?.good.worst).toBe(false);
  expect(measureRecovery(slow(2.1), { slower: 2 }).bins[12]?.good.worst).toBe(true);
});

test('an app that always failed a little is held to its own errors', () => {
  const failing = (every: number): Answer => {
    return (dueAt) => (dueAt % (5 * every) === 0 ? { category: '503' } : {});
  };
  const seen = measureRecovery(run(failing(10)));
  expect(seen).toMatchObject({ status: 'never-degraded', baseline: { errorShare: 0.1, goodput: 90 } });
  // Half of all fail from 3,000 to 8,000.
  const worse: Answer = (dueAt) => failing(dueAt >= 3_000 && dueAt < 8_000 ? 2 : 10)(dueAt);
  expect(measureRecovery(run(worse))).toMatchObject({ status: 'recovered', after: 2_000, lostGoodput: 10 * (90 - 50) });
});

test("a stall of the generator's is uncertain: good in the best case, as measured in the worst", () => {
  // It stood still from 6,100 to 6,900 and sent all that was due meanwhile at 6,900: p99 of the first bin is up to 800 ms.
  const late: Answer = (dueAt) => (dueAt >= 6_100 && dueAt < 6_900 ? { startedAt: 6_900, endedAt: 6_901 } : {});
  const seen = measureRecovery(run(late, { generator: { stalls: [[6_100, 6_900]] } }));
  expect(seen).toMatchObject({ status: 'recovered', after: 500, afterBest: 0, afterWorst: 500 });
  expect(seen.bins[12]).toMatchObject({ stalled: 400, completed: 20, good: { best: true, worst: false } });
  expect(seen.because).toContain("without the generator's own stalls it may have been 0.0 ms");
});

test('a generator that stalls now and then does not excuse an app that is down', () => {
  const stalls = Array.from({ length: 24 }, (_, index) => [index * 500, index * 500 + 40] as const);
  const seen = measureRecovery(run(down([3_000, 7_000]), { generator: { stalls } }));
  expect(seen).toMatchObject({ afterBest: 1_000, afterWorst: 1_000 });
});

test('what the generator failed to send is done in the best case, and an error in the worst', () => {
  const seen = measureRecovery(run((dueAt) => (dueAt >= 6_000 && dueAt < 7_000 ? { category: 'unsent' } : {})));
  expect(seen).toMatchObject({ status: 'recovered', afterBest: 0, afterWorst: 1_000 });
});

test('a load that ramps down after the fault is held to what it still offers', () => {
  const operations = [
    ...Array.from({ length: 1_200 }, (_, index) => ({ dueAt: index * 5 })),
    ...Array.from({ length: 624 }, (_, index) => ({ dueAt: 6_000 + index / 0.104 })),
  ];
  const recording = recordingOf({ operations, faults: [{ inEffectAt: 3_000, healedAt: 6_000 }], duration: 12_000 });
  expect(measureRecovery(recording)).toMatchObject({ status: 'never-degraded' });
});

test('the time before the load began is no baseline', () => {
  // 1,000/s, but only from 2 s on: 333/s before the fault, so bins of 300 ms, of which the last four reach beyond 2,000.
  const operations = Array.from({ length: 10_000 }, (_, index) => ({ dueAt: 2_000 + index }));
  const recording = recordingOf({ operations, faults: [{ inEffectAt: 3_000, healedAt: 6_000 }], duration: 12_000 });
  expect(measureRecovery(recording).because).toContain('only 4 whole bins of 300 ms with operations');
});

test('a bin in which next to nothing was due shows nothing', () => {
  const operations = Array.from({ length: 1_800 }, (_, index) => ({ dueAt: index * 5 }));
  const recording = recordingOf({ operations, faults: [{ inEffectAt: 3_000, healedAt: 6_000 }], duration: 12_000 });
  const seen = measureRecovery(recording);
  expect(seen.bins[20]).toMatchObject({ due: 0, completed: 0, good: { best: true, worst: false } });
});

test.each([
  [40, 'unmeasured', Number.NaN],
  [100, 'never-degraded', 1_000],
  [150, 'never-degraded', 670],
  [200, 'never-degraded', 500],
  [1_000, 'never-degraded', 100],
  [2_000, 'never-degraded', 100],
])('at %i/s a bin holds a hundred operations and lasts 100 ms to 1 s', (rate, status, bin) => {
  const operations = Array.from({ length: rate * 12 }, (_, index) => ({ dueAt: (index * 1_000) / rate }));
  const faults = [{ inEffectAt: 6_003, healedAt: 8_000 }];
  const seen = measureRecovery(recordingOf({ operations, faults, duration: 12_000, generator: { offeredRate: rate } }));
  expect(seen).toMatchObject({ status, bin });
});

test.each<[string, Partial<LiteralRecording>, Answer, string]>([
  ['a run without a fault', { faults: [] }, () => ({}), 'this run had no fault'],
  ['a closed loop', { generator: { loop: 'closed', load: 'autocannon' } }, () => ({}), 'autocannon waits for its'],
  ['a fault that never took effect', { faults: [{ inEffectAt: Number.NaN }] }, () => ({}), 'refuse(redis) never took'],
  ['a fault that never healed', { faults: [{ inEffectAt: 3_000 }] }, () => ({}), 'refuse(redis) never healed'],
  ['a fault at the start', { faults: [{ inEffectAt: 0, healedAt: 6_000 }] }, () => ({}), 'there is no baseline'],
  [
    'a fault that healed after the load',
    { faults: [{ inEffectAt: 3_000, healedAt: 12_001 }] },
    () => ({}),
    'before the fault was lifted at 12.0 s',
  ],
  [
    'a fault that begins too early',
    { faults: [{ inEffectAt: 2_400, healedAt: 6_000 }] },
    () => ({}),
    'only 4 whole bins of 500 ms with operations lie before the fault, and a baseline needs 5; let the load run 3.0 s before the fault',
  ],
  ['an app that never worked', {}, () => ({ category: '500' }), 'nothing succeeded before the fault'],
  ['a load that ends with the fault', { duration: 7_400 }, () => ({}), 'a recovery shows in 3 bins of 500 ms'],
])('%s leaves recovery unmeasured', (_, rest, answer, because) => {
  const seen = measureRecovery(run(answer, rest));
  expect(seen.status).toBe('unmeasured');
  expect(seen.after).toBeNaN();
  expect(seen.because).toContain(because);
});

test.each([
  [{ inARow: 0 }, 'inARow must be a whole number of bins from 1; got 0'],
  [{ errorShare: 5 }, 'errorShare must be from 0 to 1 (0.01 for 1 %); got 5'],
  [{ objective: -1 }, 'objective must be milliseconds from 0; got -1'],
  [{ slower: Number.NaN }, 'slower must be a share from 0 (1 for twice the baseline); got NaN'],
  [{ falseAlarm: 0 }, 'falseAlarm must lie between 0 and 1 (0.01 for 1 %); got 0'],
])('the options %o are refused', (options, message) => {
  expect(() =>
    measureRecovery(
      run(() => ({})),
      options,
    ),
  ).toThrow(message);
});
