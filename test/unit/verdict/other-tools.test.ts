import { describe, expect, test } from 'vitest';
import { register } from '../../../src/analysis/linearizability/register.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { linearizable } from '../../../src/verdict/checks/linearizable.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';
import { errorRateBelow, latencyBelow, sustainRps } from '../asked.ts';
import { outage, steady } from './literals.ts';

/** Recordings after public bug reports about other tools, whose gates were green, or red, for the wrong reason. */
describe('what other tools judged wrongly', () => {
  test('no answer is no quick answer: 5,999 errors of 5,999 have no p99 below 200 ms', () => {
    const refused = steady({ rate: 200, seconds: 30 }, (_, dueAt) => ({ category: 'refused', endedAt: dueAt }));
    expect(latencyBelow(refused, 0.99, 200).status).not.toBe('pass');
    expect(latencyBelow(refused, 0.95, 200).status).not.toBe('pass');
    expect(errorRateBelow(refused, 0.01).status).toBe('fail');
  });

  test('requests that no answer came to before the end of the run count: p99 below 400 ms is not kept', () => {
    const sleeping = steady({ rate: 50, seconds: 60 }, (n, dueAt) =>
      n % 10 === 0 ? { category: 'timeout', endedAt: dueAt + 60_000 } : {},
    );
    expect(latencyBelow(sleeping, 0.99, 400).status).toBe('fail');
    expect(latencyBelow(sleeping, 0.95, 400).status).toBe('fail');
  });

  test('the p95 is not that of the nine tenths that were answered', () => {
    const partly = steady({ rate: 200, seconds: 20 }, (n) => (n % 10 === 0 ? { category: 'reset' } : {}));
    expect(latencyBelow(partly, 0.95, 50).status).not.toBe('pass');
  });

  test('quick refusals by a rate limit bring no percentile down, and are no throughput', () => {
    const limited = steady({ rate: 20, seconds: 30 }, (n, dueAt) =>
      n % 4 === 0 ? { endedAt: dueAt + 3_000 } : { category: '429', endedAt: dueAt + 200 },
    );
    expect(latencyBelow(limited, 0.95, 1_000).status).not.toBe('pass');
    expect(sustainRps(limited, 15).status).toBe('fail');
  });

  test('a threshold on what was never measured is unknown, under not as well', () => {
    const empty = outage((_, dueAt) => (dueAt >= 5_000 && dueAt < 10_000 ? { dueAt: 12_000 } : {})).during;
    for (const isNot of [false, true]) {
      const seen = matchers.toHaveErrorRateBelow.call({ isNot }, empty, '1%');
      expect(seen.pass).toBe(isNot);
      expect(seen.message()).toContain('nothing was measured');
    }
    expect(() => empty.named('checkout')).toThrow("no operation of this run is named 'checkout'");
  });

  test('an old value read after a newer one fits no order, although a write of it may still be under way', () => {
    const op = (row: Partial<Operation>, from: number, to: number) => ({
      key: 'r',
      dueAt: from,
      startedAt: from,
      endedAt: to,
      ...row,
    });
    const write = (value: string, from: number, to: number, category = 'ok') => op({ value, category }, from, to);
    const read = (value: string, from: number, to: number) => op({ kind: 'read', name: 'read', value }, from, to);
    const operations = [write('4', 0, 1), read('4', 2, 3), write('0', 4, 5_004, 'timeout'), read('4', 6, 7)];
    const judged = (more: Partial<Operation>[]) =>
      linearizable(recordingOf({ operations: [...operations, ...more] }), register()).status;
    expect(judged([read('0', 8, 9), read('0', 10, 11)])).toBe('pass');
    expect(judged([read('0', 8, 9), read('4', 10, 11)])).toBe('fail');
  });
});
