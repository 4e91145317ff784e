import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareByHash, drawUpLedger } from '../../../src/analysis/keys/ledger.ts';
import { findWinners } from '../../../src/analysis/races/winners.ts';
import { measureRecovery } from '../../../src/analysis/recovery/recovery.ts';
import { measureDelivery } from '../../../src/analysis/window/delivery.ts';
import { measureP99Drift } from '../../../src/analysis/window/drift.ts';
import { countErrors } from '../../../src/analysis/window/errors.ts';
import { measureFlow } from '../../../src/analysis/window/flow.ts';
import { measureLatencies, percentile } from '../../../src/analysis/window/latency.ts';
import { measureThroughput } from '../../../src/analysis/window/throughput.ts';
import { selectRows } from '../../../src/analysis/window/window.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd');
const value = fc.option(fc.constantFrom('X', 'Y', 'Z'), { nil: undefined });
const category = fc.constantFrom('ok', 'ok', 'ok', 'timeout', '503', '409', 'saturated', 'unsent');
const instant = fc.integer({ min: -500, max: 5_000 });

const operation: fc.Arbitrary<Partial<Operation>> = fc
  .record({
    dueAt: instant,
    late: fc.integer({ min: -2, max: 300 }),
    took: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.constant(Number.NaN)),
    category,
    key: fc.option(key, { nil: undefined }),
    value,
  })
  .map(({ late, took, ...rest }) => {
    if (rest.category === 'saturated' || rest.category === 'unsent') return rest;
    const startedAt = rest.dueAt + late;
    return { ...rest, startedAt, endedAt: startedAt + took };
  });
const operations = fc.array(operation, { maxLength: 40 });
const stalls = fc
  .array(fc.tuple(instant, fc.integer({ min: -10, max: 800 })), { maxLength: 5 })
  .map((spans) => spans.map(([from, length]) => [from, from + length] as const));
const row = fc.record({ key, value });
const finalState = fc.record({ before: fc.array(row, { maxLength: 4 }), after: fc.array(row, { maxLength: 8 }) });
const faults = fc.constant([{ inEffectAt: 1_000, healedAt: 2_000 }]);
const literal: fc.Arbitrary<LiteralRecording> = fc.record({
  operations,
  faults,
  finalState,
  generator: fc.record({ stalls, catchingUp: stalls }),
  duration: fc.constant(4_000),
});

test('the best case is never worse than the worst', () => {
  fc.assert(
    fc.property(literal, (written) => {
      const recording = recordingOf(written);
      const best = [...measureLatencies(recording, 'best')];
      const worst = [...measureLatencies(recording, 'worst')];
      expect(best.length).toBe(worst.length);
      expect(best.every((latency, index) => latency >= 0 && latency <= (worst[index] as number))).toBe(true);
      const seen = countErrors(recording);
      expect(seen.errors.best).toBeLessThanOrEqual(seen.errors.worst);
    }),
  );
});

test('the order of the rows changes no figure', () => {
  fc.assert(
    fc.property(
      literal.chain((written) =>
        fc.record({
          written: fc.constant(written),
          order: fc.shuffledSubarray([...written.operations], { minLength: written.operations.length }),
        }),
      ),
      ({ written, order }) => {
        const one = recordingOf(written);
        const other = recordingOf({ ...written, operations: order });
        for (const which of ['best', 'worst'] as const) {
          expect(measureLatencies(other, which)).toEqual(measureLatencies(one, which));
          expect(measureP99Drift(other, which)).toEqual(measureP99Drift(one, which));
        }
        expect(measureThroughput(other)).toEqual(measureThroughput(one));
        expect([...countErrors(other).byCategory]).toEqual([...countErrors(one).byCategory]);
        expect(countErrors(other)).toEqual(countErrors(one));
        expect(measureDelivery(other)).toEqual(measureDelivery(one));
        expect(measureFlow(other)).toEqual(measureFlow(one));
        expect(drawUpLedger(other)).toEqual(drawUpLedger(one));
        expect(one.finalState && compareByHash(other, one.finalState)).toEqual(drawUpLedger(one));
        expect(findWinners(other)).toEqual(findWinners(one));
      },
    ),
  );
});

test('the order of the rows changes neither the recovery nor the drift of a long run', () => {
  const answers = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 20, maxLength: 20 });
  const seeds = fc.array(fc.integer({ min: 0, max: 2 ** 31 }), { minLength: 3_600, maxLength: 3_600 });
  fc.assert(
    fc.property(answers, seeds, (took, places) => {
      const operations = places.map((place, n) => ({
        place,
        dueAt: n * 5,
        endedAt: n * 5 + (took[(n * 7 + Math.floor(n / 100)) % took.length] as number),
        category: n >= 1_000 && n < 1_400 ? '503' : 'ok',
      }));
      const shuffled = operations.toSorted((a, b) => a.place - b.place);
      const [one, other] = [operations, shuffled].map((list) =>
        recordingOf({
          operations: list,
          faults: [{ inEffectAt: 5_000, healedAt: 7_000 }],
        }),
      ) as [Recording, Recording];
      expect(measureRecovery(one).status).not.toBe('unmeasured');
      expect(measureRecovery(other)).toEqual(measureRecovery(one));
      expect(measureP99Drift(one, 'worst').slots).toBeGreaterThanOrEqual(10);
      expect(measureP99Drift(other, 'worst')).toEqual(measureP99Drift(one, 'worst'));
    }),
    { numRuns: 5 },
  );
});

test('a percentile is one of the values, between the least and the greatest, and grows with the share', () => {
  const values = fc.array(fc.double({ min: 0, noNaN: true }), { minLength: 1 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(values, share, share, (unsorted, one, other) => {
      const sorted = Float64Array.from(unsorted).sort();
      const seen = percentile(sorted, one);
      expect(sorted).toContain(seen);
      expect(percentile(sorted, Math.min(one, other))).toBeLessThanOrEqual(percentile(sorted, Math.max(one, other)));
      expect(percentile(sorted, 1)).toBe(sorted.at(-1));
    }),
  );
});

test('the windows before, during and after a fault share the operations of the run without rest', () => {
  fc.assert(
    fc.property(literal, (written) => {
      const recording = recordingOf(written);
      const parts = [recording.before, recording.during, recording.after].flatMap((window) => [...selectRows(window)]);
      expect(parts.sort((a, b) => a - b)).toEqual([...selectRows(recording)]);
    }),
  );
});

test('one more acknowledged key that is not in the final state is one more lost', () => {
  fc.assert(
    fc.property(literal, fc.integer({ min: 0, max: 4_000 }), (written, dueAt) => {
      const before = drawUpLedger(recordingOf(written));
      const operations = [...written.operations, { key: 'missing', dueAt }];
      const after = drawUpLedger(recordingOf({ ...written, operations }));
      expect(after?.lost.length).toBe((before?.lost.length ?? 0) + 1);
      expect(after?.duplicated).toEqual(before?.duplicated);
      expect(after?.unexpected).toEqual(before?.unexpected);
    }),
  );
});

test('a key put twice into the final state is one more duplicated if it was sent, else one more unexpected', () => {
  fc.assert(
    fc.property(literal, fc.boolean(), (written, sent) => {
      const operations = sent ? [...written.operations, { key: 'twice' }] : written.operations;
      const state = written.finalState ?? { after: [] };
      const twice = { ...state, after: [...state.after, 'twice', 'twice'] };
      const before = drawUpLedger(recordingOf(written));
      const after = drawUpLedger(recordingOf({ ...written, operations, finalState: twice }));
      expect(after?.duplicated.length).toBe((before?.duplicated.length ?? 0) + (sent ? 1 : 0));
      expect(after?.unexpected.length).toBe((before?.unexpected.length ?? 0) + (sent ? 0 : 1));
    }),
  );
});

test('a second contender told that it won turns any race into a race condition', () => {
  fc.assert(
    fc.property(literal, (written) => {
      const winnersOf = (extra: readonly Partial<Operation>[]) =>
        findWinners(recordingOf({ ...written, operations: [...written.operations, ...extra] }));
      const two = ['P', 'Q'].map((value) => ({ key: 'e', value }));
      const seen = winnersOf(two);
      expect(seen.raceConditions).toBe(winnersOf([]).raceConditions + 1);
      expect(seen.violations.find(({ key: race }) => race === 'e')).toMatchObject({ acknowledged: ['P', 'Q'] });
      expect(seen.winRate).not.toBe(1);
    }),
  );
});

test('recovery of the best case is never later than of the worst, and neither is before the healing', () => {
  const answers = fc.array(
    fc.constantFrom<Partial<Operation>>({}, {}, {}, { category: '503' }, { category: 'unsent' }),
    {
      minLength: 12,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(answers, stalls, (perHalfSecond, spans) => {
      const operations = Array.from({ length: 9 * 200 }, (_, index) => ({
        dueAt: index * 5,
        ...(index < 600 ? {} : perHalfSecond[Math.floor((index - 600) / 100)]),
      }));
      const seen = measureRecovery(
        recordingOf({
          operations,
          faults: [{ inEffectAt: 3_000, healedAt: 5_000 }],
          generator: { stalls: spans },
        }),
      );
      expect(seen.afterBest).toBeGreaterThanOrEqual(0);
      expect(seen.afterBest).toBeLessThanOrEqual(seen.afterWorst);
      expect(seen.bins.every((bin) => bin.good.best || !bin.good.worst)).toBe(true);
      if (seen.status === 'never-degraded') expect(seen.afterWorst).toBe(0);
    }),
    { numRuns: 50 },
  );
});
