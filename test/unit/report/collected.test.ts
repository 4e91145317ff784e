import { describe, expect, test } from 'vitest';
import { Collected, type RanFile, type RanTest } from '../../../src/report/collected.ts';
import type { TestResult } from '../../../src/verdict/result.ts';
import { row, testResult } from './literals.ts';

type State = ReturnType<RanTest['result']>;

function ran(
  name: string,
  result: State,
  breakingPoint?: TestResult,
  attempts: ReturnType<RanTest['attempts']> = [],
): RanTest {
  return {
    id: name,
    name,
    result: () => result,
    meta: () => (breakingPoint ? { breakingPoint } : {}),
    diagnostic: () => ({ duration: 12 }),
    attempts: () => attempts,
  };
}

function file(tests: readonly RanTest[], over: Partial<RanFile> = {}): RanFile {
  return {
    id: 'file-1',
    moduleId: '/project/test/outage.test.ts',
    project: { name: 'perf' },
    errors: () => [],
    children: { allTests: () => tests, allSuites: () => [] },
    ...over,
  };
}

function collected(...files: readonly RanFile[]): Collected {
  const all = new Collected(['perf']);
  for (const each of files) all.take(each, '/project');
  return all;
}

const passed: State = { state: 'passed' };
const failed = (...messages: string[]): State => ({
  state: 'failed',
  errors: messages.map((message) => ({ message })),
});

test('a test that was repeated says how many of its runs did not pass; one that is tried again counts by its last try', () => {
  const events = (...attempts: ReturnType<RanTest['attempts']>) =>
    collected(file([ran('outage', failed('late'), testResult({ events: [] }), attempts)])).results[0]?.events;
  const run = (repeatIndex: number, state: 'passed' | 'failed') => ({ repeatIndex, state });
  const told = (text: string) => [`${text} runs of this test did not pass; what is told of it here is of the last`];
  expect(events(run(0, 'failed'), run(1, 'passed'), run(2, 'failed'))).toEqual(told('2 of 3'));
  expect(events(run(0, 'failed'), run(0, 'passed'), run(1, 'failed'))).toEqual(told('1 of 2'));
  expect(events(run(0, 'passed'), run(1, 'passed'))).toEqual(told('0 of 2'));
  expect(events(run(0, 'failed'), run(0, 'failed'))).toEqual([]);
});

describe('a test that failed', () => {
  test('without a result is a failure with its errors', () => {
    const [result] = collected(file([ran('outage', failed('the app exited'))])).results;
    expect(result).toMatchObject({
      test: 'outage',
      file: 'test/outage.test.ts',
      status: 'fail',
      rows: [],
      errors: ['the app exited'],
      duration: 12,
    });
    expect(result?.folder).toMatch(/^breaking-point-results\/outage-outage-[0-9a-f]{10}$/);
  });

  test('after a result that passed is a failure, with its metrics and its errors', () => {
    const [result] = collected(file([ran('outage', failed('\u001b[31mtimed out\u001b[39m'), testResult())])).results;
    expect(result).toEqual(testResult({ status: 'fail', errors: ['timed out'] }));
  });

  const unknown = testResult({ status: 'unknown', rows: [row({ verdict: 'unknown', because: '12 of\n299 samples' })] });

  test('by an unknown judgement stays unknown', () => {
    const [result] = collected(file([ran('a', failed('p99 < 5 ms:\n  12 of\n  299 samples'), unknown)])).results;
    expect(result).toMatchObject({ status: 'unknown', errors: ['p99 < 5 ms:\n  12 of\n  299 samples'] });
  });

  test('by anything besides an unknown judgement is a failure', () => {
    const errors = failed('p99 < 5 ms: 12 of 299 samples', 'timed out');
    expect(collected(file([ran('a', errors, unknown)])).results[0]?.status).toBe('fail');
    const nothingJudged = testResult({ status: 'unknown', rows: [] });
    expect(collected(file([ran('a', failed('timed out'), nothingJudged)])).results[0]?.status).toBe('fail');
  });

  test('by an unknown judgement beside one that failed is a failure', () => {
    const both = { ...unknown, status: 'fail' as const, rows: [...unknown.rows, row({ verdict: 'fail' })] };
    expect(collected(file([ran('a', failed('12 of 299 samples'), both)])).results[0]?.status).toBe('fail');
  });
});

test('a test that passed is what its result says, also where that is fail', () => {
  const bad = testResult({ status: 'fail' });
  expect(collected(file([ran('a', passed, testResult()), ran('b', passed, bad)])).results).toEqual([testResult(), bad]);
});

test('a test that passed without an experiment is not listed', () => {
  expect(collected(file([ran('a', passed)])).results).toEqual([]);
});

test('tests that did not run are missing, with the reason', () => {
  const tests = [
    ran('a', { state: 'skipped' }),
    ran('b', { state: 'skipped', note: 'no Docker' }),
    ran('c', { state: 'pending' }),
  ];
  expect(collected(file(tests)).missing).toEqual([
    { title: 'a', reason: 'skipped' },
    { title: 'b', reason: 'skipped (no Docker)' },
    { title: 'c', reason: 'did not finish' },
  ]);
});

test('in another project a file counts only when one of its tests has a result', () => {
  const unit = { project: { name: 'unit' } };
  expect(collected(file([ran('a', failed('no'))], unit)).results).toEqual([]);
  expect(collected(file([ran('a', failed('no')), ran('b', passed, testResult())], unit)).results).toHaveLength(2);
});

test('a file that does not load and a group that cannot be set up are failures', () => {
  const suite = { id: 'suite-1', fullName: 'outages', errors: () => [{ message: 'no database' }] };
  const broken = file([], {
    errors: () => [{ message: 'no such module' }],
    children: { allTests: () => [], allSuites: () => [suite] },
  });
  expect(collected(broken).results).toMatchObject([
    { test: 'test/outage.test.ts', file: 'test/outage.test.ts', status: 'fail', errors: ['no such module'] },
    { test: 'outages', file: 'test/outage.test.ts', status: 'fail', errors: ['no database'] },
  ]);
});

describe('in watch mode', () => {
  const first = file([ran('a', passed, testResult({ test: 'a' })), ran('b', passed, testResult({ test: 'b' }))]);
  const other = file([ran('z', passed, testResult({ test: 'z' }))], { id: 'file-2' });

  test('a file that runs again replaces what it came to, and the others stay', () => {
    const again = file([ran('a', passed, testResult({ test: 'a', status: 'fail' }))]);
    const { results } = collected(first, other, again);
    expect(results.map(({ test, status }) => [test, status])).toEqual([
      ['a', 'fail'],
      ['z', 'pass'],
    ]);
  });

  test('a test that is left out this time keeps what it came to', () => {
    const again = file([ran('a', { state: 'skipped' }), ran('b', passed, testResult({ test: 'b', status: 'fail' }))]);
    const { results, missing } = collected(first, again);
    expect(results.map(({ test, status }) => [test, status])).toEqual([
      ['a', 'pass'],
      ['b', 'fail'],
    ]);
    expect(missing).toEqual([]);
  });
});

test('the runtime is that of every test, mixed, or none', () => {
  const on = (runtime: string): RanTest => ({
    ...ran(runtime, passed),
    meta: () => ({ breakingPointRuntime: runtime }),
  });
  expect(collected(file([on('embedded'), ran('a', passed)])).runtime).toBe('embedded');
  expect(collected(file([on('containers')]), file([on('embedded')], { id: 'file-2' })).runtime).toBe('mixed');
  expect(collected(file([ran('a', passed)])).runtime).toBe('none');
});
