import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFECTS } from '../../fixtures/ordering/defects.ts';
import type { Row, RunResult } from '../../src/verdict/rows/result.ts';
import { suite } from '../perf/suite.ts';
import { judge, judgeTwins, twinVerdictsIn, verdictOf } from './judge.ts';
import { matrix, uncaught } from './matrix.ts';
import { profileOf } from './mutant.ts';

// `npm run mutants` runs the whole matrix; here is one row of it, and that none is missing.

test('every defect of the reference app has a test that is there for it, or a reason why not', () => {
  const named = [...matrix, ...uncaught].map(({ defect }) => defect);
  expect([...new Set(named)].toSorted()).toEqual(DEFECTS.toSorted());
});

test('every scenario of the four systems has a defect that it is seen to fail on', () => {
  const titles = new Set(matrix.filter(({ file }) => file.startsWith('perf/')).map(({ title }) => title));
  expect([...titles].toSorted()).toEqual(suite.scenarios.map(({ title }) => title).toSorted());
});

test('docs/systems.md lists what makes each scenario red as the matrix has it', () => {
  const page = readFileSync(new URL('../../docs/systems.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## What makes them red');
  const listed = [...section.matchAll(/^\| (\w+ \w+, \w+) \|([^|]*)\|[^|]*\| (\w+) \|$/gm)].flatMap(
    ([, title, defects = '', profile]) =>
      [...defects.matchAll(/`([\w-]+)`/g)].map(([, defect]) => `${title}: ${defect} at ${profile}`),
  );
  const rows = matrix.filter(({ file }) => file.startsWith('perf/'));
  expect(listed.toSorted()).toEqual(rows.map((row) => `${row.title}: ${row.defect} at ${profileOf(row)}`).toSorted());
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
  expect(await judgeTwins(naive.file, [naive.title], 'quick')).toMatchObject([{ status: 'pass' }]);
});

describe('npm run mutants', () => {
  const mutants = (...args: readonly string[]): Promise<string> =>
    new Promise((ended) => {
      execFile(process.execPath, ['test/mutants/main.ts', ...args], { timeout: 30_000 }, (error, _stdout, stderr) =>
        ended(`code ${error?.code ?? 0}: ${stderr}`),
      );
    });

  test('has rows of its own for each profile', async () => {
    expect(await mutants('--only', 'hanging-add', '--profile', 'full')).toMatch(
      /^code 1: --only hanging-add: no defect and no test file of the matrix at full has such a name/,
    );
    expect(await mutants('--profile', 'stress')).toMatch(/^code 1: .*Allowed choices are quick, full/);
  });

  test('takes no healthy twins from a run at another profile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mutants-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'run.json');
    await writeFile(path, JSON.stringify({ profile: 'quick', tests: [] }));
    expect(await mutants('--profile', 'full', '--twins', path)).toContain(
      'a run at quick has no twins of rows at full',
    );
  });
});
