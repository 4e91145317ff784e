import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFECTS } from '../../fixtures/ordering/defects.ts';
import type { Row, RunResult } from '../../src/verdict/result.ts';
import { judge, judgeTwins, twinVerdictsIn, verdictOf } from './judge.ts';
import { matrix, uncaught } from './matrix.ts';

// `npm run mutants` runs the whole matrix; here is one row of it, and that none is missing.

test('every defect of the reference app has a test that is there for it, or a reason why not', () => {
  const named = [...matrix, ...uncaught].map(({ defect }) => defect);
  expect([...new Set(named)].toSorted()).toEqual(DEFECTS.toSorted());
});

test.each(matrix)('the test for $defect is in $file', ({ file, title }) => {
  // A title may be put together, as in `redis failure, ${scenario}`: what stands in the file is how it begins.
  const text = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8');
  expect(text).toContain(title.split(',', 1)[0]);
});

const row = (verdict: Row['verdict'], because: string): Row => ({
  metric: 'lost',
  window: 'the whole run',
  value: 1,
  interval: null,
  shown: '1 key',
  samples: 300,
  grade: null,
  action: null,
  target: '0 keys',
  verdict,
  because,
  validity: null,
});

describe('a defect is caught', () => {
  const sought = { metric: 'lost', cause: /1 key was acknowledged/ };
  const found = 'The app stayed up.\n1 key was acknowledged and is not in the final state: SM7.';

  test('when its metric fails for the cause that is looked for', () => {
    expect(verdictOf({ rows: [row('fail', found)], errors: [] }, sought)).toEqual({
      kind: 'killed',
      message: '1 key was acknowledged and is not in the final state: SM7.',
    });
  });

  test('not when its metric fails for another', () => {
    expect(verdictOf({ rows: [row('fail', 'The app exited.')], errors: [] }, sought).kind).toBe('other cause');
  });

  test('not when it is unknown, or passes', () => {
    expect(verdictOf({ rows: [row('unknown', found)], errors: [] }, sought).kind).toBe('unknown');
    expect(verdictOf({ rows: [row('pass', found)], errors: [] }, sought).kind).toBe('survived');
  });

  test('not when only something else fails, or the test before it could tell', () => {
    const other = { ...row('fail', found), metric: 'duplicated' };
    expect(verdictOf({ rows: [other, row('measured', found)], errors: ['timed out'] }, sought)).toEqual({
      kind: 'not judged',
      message: 'timed out',
    });
  });
});

test('a run of the suite without defects tells the twins: a test that is missing in it is no pass', () => {
  const tests = [
    { file: 'test/perf/a.test.ts', test: 'one, light', status: 'pass', errors: [] },
    { file: 'test/perf/b.test.ts', test: 'two', status: 'pass', errors: [] },
  ];
  expect(twinVerdictsIn({ tests } as unknown as RunResult, 'perf/a', ['one', 'two'])).toMatchObject([
    { test: 'one', status: 'pass' },
    { test: 'two', status: 'unknown', message: 'left no result' },
  ]);
});

test('a defect fails its test and its healthy twin passes', { timeout: 90_000 }, async () => {
  const [naive] = matrix.filter(({ defect }) => defect === 'naive-accept');
  if (!naive) throw new Error('The matrix has no naive-accept');
  expect(await judge(naive)).toMatchObject({ kind: 'killed', message: expect.stringMatching(naive.cause) });
  expect(await judgeTwins(naive.file, [naive.title])).toMatchObject([{ status: 'pass' }]);
});
