import { describe, expect, test } from 'vitest';
import type { AttemptReport } from '../../../src/report/attempt.ts';
import { Collected, type RanFile, type RanTest } from '../../../src/report/collected.ts';
import type { AttemptResult } from '../../../src/verdict/rows/result.ts';
import { row } from './literals.ts';

type State = ReturnType<RanTest['result']>;

function ran(
  name: string,
  result: State,
  breakingPoint: readonly AttemptReport[] = [],
  attempts: ReturnType<RanTest['attempts']> = [],
): RanTest {
  return {
    id: name,
    name,
    fullName: `outages > ${name}`,
    options: { mode: 'run' },
    result: () => result,
    meta: () => (breakingPoint.length > 0 ? { breakingPoint } : {}),
    diagnostic: () => ({ duration: 12 }),
    attempts: () => attempts,
  };
}

function file(tests: readonly RanTest[], over: Partial<RanFile> = {}): RanFile {
  return {
    id: 'file-1',
    moduleId: '/project/test/outage.test.ts',
    project: { name: 'perf' },
    meta: () => ({}),
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

const left = (over: Partial<AttemptResult> = {}) => ({
  ...{ rows: [row()], events: [], folder: 'breaking-point-results/outage-1', seed: 7, duration: 5_000 },
  ...over,
});

/** What the worker sent of an attempt. */
function sent(attempt = 1, doubts: readonly string[] = [], over: Partial<AttemptResult> = {}): AttemptReport {
  const key = { project: 'perf', file: 'test/outage.test.ts', test: 'a', fullName: 'outages > a', number: 1 };
  return { key, attempt, repeat: 0, result: left(over), doubts, witnesses: [], unjudged: undefined };
}

const attemptOf = (repeatIndex: number, state: 'passed' | 'failed', ...messages: string[]) => ({
  ...{ repeatIndex, state, duration: 10 },
  errors: messages.map((message) => ({ message })),
});

test('a test that was repeated says how many of its runs did not pass; one that is tried again counts by its last try', () => {
  const events = (...attempts: ReturnType<RanTest['attempts']>) =>
    collected(file([ran('outage', failed('late'), [sent()], attempts)])).results[0]?.events[0];
  const told = (text: string) => `${text} runs of this test did not pass; the rows are those of the last`;
  const run = attemptOf;
  expect(events(run(0, 'failed'), run(1, 'passed'), run(2, 'failed'))).toBe(told('2 of 3'));
  expect(events(run(0, 'failed'), run(0, 'passed'), run(1, 'failed'))).toBe(told('1 of 2'));
  expect(events(run(0, 'passed'), run(1, 'passed'))).toBe(told('0 of 2'));
  expect(events(run(0, 'failed', 'late\nby far'), run(0, 'failed'))).toBe(
    'attempt 1: fail: late (breaking-point-results/outage-1)',
  );
});

test('each attempt of a test is kept, with what the worker sent of it, and the last one is what the test left', () => {
  const attempts = [attemptOf(0, 'failed', 'no app'), attemptOf(0, 'failed', 'few'), attemptOf(0, 'passed')];
  const reports = [sent(2, ['few'], { folder: 'second' }), sent(3, [], { folder: 'third', rows: [] })];
  const [result] = collected(file([ran('a', passed, reports, attempts)])).results;
  expect(result).toMatchObject({ status: 'pass', folder: 'third', rows: [], errors: [] });
  expect(result?.attempts).toEqual([
    { status: 'fail', rows: [], events: [], folder: '', seed: 0, duration: 10, errors: ['no app'] },
    { ...left({ folder: 'second' }), status: 'unknown', errors: ['few'] },
    { ...left({ folder: 'third', rows: [] }), status: 'pass', errors: [] },
  ]);
});

describe('a test that failed', () => {
  test('without a result is a failure with its errors', () => {
    const [result] = collected(file([ran('outage', failed('the app exited'))])).results;
    expect(result).toMatchObject({
      project: 'perf',
      test: 'outage',
      fullName: 'outages > outage',
      number: 1,
      file: 'test/outage.test.ts',
      status: 'fail',
      rows: [],
      errors: ['the app exited'],
      duration: 12,
    });
    expect(result?.folder).toMatch(/^breaking-point-results\/outage-outage-[0-9a-f]{10}$/);
  });

  test('after a result is a failure, with its metrics and its errors', () => {
    const [result] = collected(file([ran('a', failed('\u001b[31mtimed out\u001b[39m'), [sent()])])).results;
    expect(result).toMatchObject({ ...left(), status: 'fail', errors: ['timed out'] });
  });

  test('by nothing but unknown judgements is unknown, with words of its own before them or not', () => {
    const unknown = sent(1, ['p99 is unknown:\n  12 of\n  299 samples', '\u001b[2mp95\u001b[22m is unknown']);
    const errors = failed('p99 is unknown:\n  12 of\n  299 samples', 'the soak: p95 is unknown');
    expect(collected(file([ran('a', errors, [unknown])])).results[0]?.status).toBe('unknown');
  });

  test('by anything besides an unknown judgement is a failure', () => {
    const errors = failed('12 of 299 samples', 'timed out');
    expect(collected(file([ran('a', errors, [sent(1, ['12 of 299 samples'])])])).results[0]?.status).toBe('fail');
    expect(collected(file([ran('a', failed(), [sent(1, ['12 of 299 samples'])])])).results[0]?.status).toBe('fail');
  });
});

test('a test that passed is a pass, also where its worker tells of judgements that fail: it has read them', () => {
  const bad = sent(1, ['few'], { rows: [row({ verdict: 'fail', read: true })] });
  expect(collected(file([ran('a', passed, [bad])])).results).toMatchObject([{ status: 'pass', errors: [] }]);
});

test('a test that passed without an experiment is not listed', () => {
  expect(collected(file([ran('a', passed)])).results).toEqual([]);
});

test('tests of one full name are numbered in their order', () => {
  const twins = [ran('a', failed('no')), ran('b', failed('no')), { ...ran('a', failed('no')), id: 'a2' }];
  expect(collected(file(twins)).results.map(({ test, number }) => [test, number])).toEqual([
    ['a', 1],
    ['b', 1],
    ['a', 2],
  ]);
});

test('tests that did not run are told, with the reason', () => {
  const tests = [
    ran('a', { state: 'skipped' }),
    ran('b', { state: 'skipped', note: 'no Docker' }),
    ran('c', { state: 'pending' }),
    { ...ran('d', { state: 'skipped' }), options: { mode: 'todo' } },
  ];
  expect(collected(file(tests)).notRun.map(({ fullName, reason }) => [fullName, reason])).toEqual([
    ['outages > a', 'skipped'],
    ['outages > b', 'skipped (no Docker)'],
    ['outages > c', 'did not finish'],
    ['outages > d', 'todo'],
  ]);
});

test('in another project a file counts when one of its tests has a result, or when it declares breaking points', () => {
  const unit = { project: { name: 'unit' } };
  expect(collected(file([ran('a', failed('no'))], unit)).results).toEqual([]);
  expect(collected(file([ran('a', failed('no')), ran('b', passed, [sent()])], unit)).results).toHaveLength(2);
  const declared = { ...unit, meta: () => ({ breakingPoints: true }) as const };
  expect(collected(file([ran('a', { state: 'skipped' })], declared)).notRun).toHaveLength(1);
  expect(collected(file([ran('a', failed('no'))], declared)).results).toHaveLength(1);
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
  const first = file([ran('a', passed, [sent()]), ran('b', passed, [sent()])]);
  const other = file([ran('z', passed, [sent()])], { id: 'file-2' });

  test('a file that runs again replaces what it came to, and the others stay', () => {
    const again = file([ran('a', failed('late'), [sent()])]);
    const { results } = collected(first, other, again);
    expect(results.map(({ test, status }) => [test, status])).toEqual([
      ['a', 'fail'],
      ['z', 'pass'],
    ]);
  });

  test('a test that is left out this time keeps what it came to', () => {
    const again = file([ran('a', { state: 'skipped' }), ran('b', failed('late'), [sent()])]);
    const { results, notRun } = collected(first, again);
    expect(results.map(({ test, status }) => [test, status])).toEqual([
      ['a', 'pass'],
      ['b', 'fail'],
    ]);
    expect(notRun).toEqual([]);
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
