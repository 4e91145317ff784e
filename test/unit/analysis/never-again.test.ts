import { describe, expect, test } from 'vitest';
import { measureAbsence } from '../../../src/analysis/recovery/never-again.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { recoverWithin } from '../asked.ts';

/** 20/s for 12 s, too few for a baseline, with a fault from 1 to 4 s; what was due from then on ends in a way. */
function run(before: Partial<Operation>, after: (nth: number) => Partial<Operation>, duration = 12_000) {
  const operations = Array.from({ length: duration / 50 }, (_, n) => {
    const dueAt = n * 50;
    if (dueAt < 1_000) return { dueAt, ...before };
    return dueAt < 4_000 ? { dueAt, category: 'refused' } : { dueAt, ...after(n - 80) };
  });
  return recordingOf({ operations, faults: [{ inEffectAt: 1_000, healedAt: 4_000 }], duration });
}

const refused = () => ({ category: 'refused' });

describe('a service of which nothing goes well any more', () => {
  test('never came back, though there is no baseline', () => {
    const recording = run({}, refused);
    expect(measureAbsence(recording)).toBe(8_000);
    expect(recoverWithin(recording, 5_000)).toMatchObject({
      status: 'fail',
      value: Number.POSITIVE_INFINITY,
      shown: '> 8.0 s',
      because: expect.stringContaining('Not one operation went well from the healing to the end of the load.'),
    });
  });

  test('may yet come back in time when the load ends before the bound', () => {
    expect(recoverWithin(run({}, refused), 9_000)).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('too soon to tell about 9.0 s'),
    });
  });
});

describe('nobody knows of a service', () => {
  test.each([
    ['that did nothing well before either', run({ category: '503' }, refused)],
    ['of which one operation went well', run({}, (nth) => (nth === 100 ? {} : refused()))],
    ['to which the generator sent nothing', run({}, () => ({ category: 'unsent' }))],
    ['that was asked nine times', run({}, refused, 4_450)],
  ])('%s', (_, recording) => {
    expect(measureAbsence(recording)).toBeUndefined();
    expect(recoverWithin(recording, 100)).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('Recovery could not be measured'),
    });
  });
});
