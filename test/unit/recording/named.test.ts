import { describe, expect, test } from 'vitest';
import { measureDelivery } from '../../../src/analysis/window/delivery.ts';
import { countErrors } from '../../../src/analysis/window/errors.ts';
import { measureFlow } from '../../../src/analysis/window/flow.ts';
import { measureLatencies } from '../../../src/analysis/window/latency.ts';
import { measureThroughput } from '../../../src/analysis/window/throughput.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import { errorRateBelow } from '../asked.ts';

// Two orders before the fault; two orders and a trip during it. An order takes 1 ms, or fails; the trip takes 40 ms.
const recording = recordingOf({
  operations: [
    { name: 'order', dueAt: -100 },
    { name: 'order', dueAt: 0 },
    { name: 'order', dueAt: 500, category: '503' },
    { name: 'order', dueAt: 1_000, category: 'refused' },
    { name: 'trip', dueAt: 1_200, endedAt: 1_240 },
    { name: 'order', dueAt: 1_400, category: 'unsent' },
  ],
  faults: [{ inEffectAt: 1_000, healedAt: 2_000 }],
  duration: 2_000,
});

describe('the operations of one name', () => {
  test('are all that the statistics of their window count', () => {
    expect(countErrors(recording.named('order'))).toMatchObject({ operations: 4, errors: { best: 2, worst: 3 } });
    expect(countErrors(recording.named('trip'))).toMatchObject({ operations: 1, errors: { best: 0, worst: 0 } });
    expect([...measureLatencies(recording.named('trip'), 'worst')]).toEqual([40]);
    expect(measureThroughput(recording.named('order')).completed).toBe(1);
    expect(measureThroughput(recording.named('trip')).completed).toBe(1);
    expect(measureDelivery(recording.named('order'))).toMatchObject({ due: 4, sent: 3, unsent: 1 });
    expect(measureFlow(recording.named('trip'))).toEqual({ due: 1, keptUp: { best: 1, worst: 1 } });
  });

  test('can be asked of every window', () => {
    expect(countErrors(recording.before.named('order')).operations).toBe(2);
    expect(countErrors(recording.during.named('order')).operations).toBe(2);
    expect(countErrors(recording.window('refuse(redis)').named('trip')).operations).toBe(1);
    expect(countErrors(recording.after.named('order')).operations).toBe(0);
  });

  test('stand in the name of their window', () => {
    expect(recording.named('trip').name).toBe('the whole run, trip only');
    expect(recording.during.named('order').name).toBe('during refuse(redis), order only');
  });

  test('must be known, or the error says which are', () => {
    expect(() => recording.during.named('oder')).toThrow(
      "recording.named: no operation of this run is named 'oder' (its names: 'order', 'trip')",
    );
    expect(() => recordingOf({ operations: [] }).named('order')).toThrow('(its names: none)');
  });

  test('are judged by themselves', () => {
    const operations = Array.from({ length: 800 }, (_, n) => ({
      name: n % 2 ? 'trip' : 'order',
      dueAt: n,
      category: n % 2 ? 'ok' : '503',
    }));
    const mixed = recordingOf({ operations });
    expect(errorRateBelow(mixed.named('trip'), 0.01)).toMatchObject({
      status: 'pass',
      samples: 400,
      window: 'the whole run, trip only',
    });
    expect(errorRateBelow(mixed.named('order'), 0.01)).toMatchObject({ status: 'fail', value: 100 });
  });
});

describe('the report', () => {
  const linesOf = (names: readonly string[], each: number) => {
    const operations = names.flatMap((name) => Array.from({ length: each }, (_, n) => ({ name, dueAt: n })));
    const rows = rowsFor(recordingOf({ operations }), []);
    return rows.filter(({ window }) => window.endsWith('only')).map(({ metric, window }) => `${metric}: ${window}`);
  };

  test('has p99 and error rate of each name where there are several', () => {
    expect(linesOf(['order', 'trip'], 100)).toEqual([
      'p99: the whole run, order only',
      'p99: the whole run, trip only',
      'error rate: the whole run, order only',
      'error rate: the whole run, trip only',
    ]);
  });

  test('has none of a single name and of rare names, and those of the five most frequent', () => {
    expect(linesOf(['order'], 100)).toEqual([]);
    expect(linesOf(['order', 'trip'], 99)).toEqual([]);
    expect(linesOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 100)).toHaveLength(10);
  });
});
