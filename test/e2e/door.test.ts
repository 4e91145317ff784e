import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import schema from '../../schema/run.json' with { type: 'json' };
import type { RunResult, TestResult } from '../../src/verdict/rows/result.ts';
import { fixture } from './fixtures/drive.ts';

const repository = join(import.meta.dirname, '..', '..');
let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'door-'));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly run: RunResult;
  readonly folder: string;
}

/** Runs Vitest on files of the fixture. */
async function vitest(name: string, ...args: string[]): Promise<Ran> {
  const folder = join(temporary, name);
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(VITEST|BREAKING_POINT|FORCE_COLOR|NO_COLOR|CI$)/.test(key),
  );
  const env = {
    ...Object.fromEntries(inherited),
    NO_COLOR: '1',
    CI: '1',
    REPOSITORY: repository,
    BREAKING_POINT_RESULTS: folder,
    BREAKING_POINT_RUNTIME: 'embedded',
  };
  const command = [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', '--root', fixture('door'), ...args];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunResult;
  return { code: child.exitCode, output: out + errors, run, folder };
}

const statuses = (run: RunResult) => Object.fromEntries(run.tests.map(({ test, status }) => [test, status]));
const named = (run: RunResult, title: string) => run.tests.find(({ test }) => test === title) as TestResult;
const folderOf = ({ folder }: { readonly folder: string }) => resolve(fixture('door'), folder);

describe('a test that Vitest makes several attempts of', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await vitest('retries', 'retries.door.ts');
  }, 300_000);

  test('fails for good where an attempt found a witness, asserted on or not, and passes where it was read or another failure', () => {
    expect(statuses(ran.run)).toEqual({
      'loses a key at first': 'fail',
      'loses a key at first, which nothing asserts on then': 'fail',
      'is too slow at first': 'pass',
      'reads the loss of a key, and fails by something else at first': 'pass',
      'is unknown each time': 'unknown',
      'loses a key in its first run of two': 'fail',
    });
    expect(ran.code).toBe(1);
    expect(ran.output).toContain('no retry undoes what an earlier one found (attempt 1: lost: 1 key)');
  });

  test('keeps a folder of each attempt, and tells of all', () => {
    for (const { attempts = [], events } of ran.run.tests) {
      expect(attempts).toHaveLength(2);
      expect(new Set(attempts.map(({ folder }) => folder)).size).toBe(2);
      for (const attempt of attempts) expect(readdirSync(folderOf(attempt))).toContain('recording-1.bin');
      expect(events.filter((event) => event.startsWith('attempt '))).toHaveLength(2);
    }
    const { attempts } = named(ran.run, 'loses a key at first');
    expect(attempts?.map(({ rows }) => rows.find(({ metric }) => metric === 'lost')?.shown)).toEqual([
      '1 key',
      '0 keys',
    ]);
    expect(named(ran.run, 'loses a key in its first run of two').attempts?.map(({ status }) => status)).toEqual([
      'fail',
      'pass',
    ]);
  });

  test('leaves a run.json that the shipped schema accepts', () => {
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);
    validate(ran.run);
    expect(validate.errors).toBeNull();
  });
});

test('a retry on the command line undoes a lost key as little, and an attempt of an earlier run does not stay', async () => {
  const args = ['retries.door.ts', '-t', '^loses a key in its first run of two$'];
  const { code, run } = await vitest('retry', ...args, '--retry', '1');
  expect(code).toBe(1);
  const [result] = run.tests;
  expect(result?.attempts?.map(({ status }) => status)).toEqual(['fail', 'fail', 'pass']);
  const again = await vitest('retry', ...args);
  const attempts = readdirSync(join(folderOf(again.run.tests[0] as TestResult), '..'));
  expect(attempts.toSorted()).toEqual(['attempt-1', 'attempt-2', 'result.json']);
}, 300_000);

describe('tests of one title', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await vitest('titles', 'titles.door.ts');
  }, 300_000);

  test('have results and folders of their own, in groups, rows and projects', () => {
    const told = ran.run.tests.map(({ project, fullName, number, status }) => [project, fullName, number, status]);
    expect(told).toEqual(
      ['one', 'two'].flatMap((project) => [
        [project, 'pg > survives', 1, 'fail'],
        [project, 'knex > survives', 1, 'pass'],
        [project, 'rows > one title', 1, 'fail'],
        [project, 'rows > one title', 2, 'pass'],
        [project, 'survives', 1, 'fail'],
      ]),
    );
    const folders = ran.run.tests.map(folderOf);
    expect(new Set(folders).size).toBe(10);
    for (const [index, folder] of folders.entries()) {
      expect(existsSync(join(folder, 'recording-1.bin'))).toBe(true);
      expect(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))).toEqual(ran.run.tests[index]);
    }
  });

  test('are replayed alone by the line of their message', async () => {
    const { errors } =
      ran.run.tests.find(({ project, fullName }) => project === 'two' && fullName === 'survives') ?? {};
    const line = /BREAKING_POINT_SEED=\d+ .*npx vitest run (\S+) --project (\S+) -t '(.*)' --repeats 4/.exec(
      errors?.[0] ?? '',
    );
    const [, file = '', project = '', pattern = ''] = line ?? [];
    const { run } = await vitest('replay', file, '--project', project, '-t', pattern);
    expect(run.tests.map(({ project, fullName }) => [project, fullName])).toEqual([['two', 'survives']]);
    expect(run.notRun).toHaveLength(4);
  }, 120_000);
});

describe('a test that ran an experiment', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await vitest('judged', 'judged.door.ts');
  }, 300_000);

  test.for([
    ['nothing is asserted', 'unknown', /^Nothing was judged of what run\(\) left, .* run\(\{ judged: false \}\)/],
    ['one of two runs is judged', 'unknown', /^Nothing was judged of what run\(\) \(call 1 of 2\) left/],
    ['a plain number is asserted', 'unknown', /^Nothing was judged/],
    ['repeats are not judged', 'unknown', /^Nothing was judged/],
    ['judged is no word', 'fail', /^run\(\{ judged \}\) must be false .*; got "no"$/],
    ['an error of its own comes first', 'fail', /^an error of its own$/],
    ['nothing is asserted, and it is to fail', 'fail', /^Expect test to fail$/],
    ['a search is not judged', 'unknown', /^Nothing was judged of what findBreakingPoint\(\) left, .*toHoldAtLeast/],
  ] as const)('does not pass when %s', ([title, status, message]) => {
    const result = named(ran.run, title);
    expect(result.status).toBe(status);
    expect(result.errors).toEqual([expect.stringMatching(message)]);
  });

  test('does not pass under test.fails when it is unknown', () => {
    expect(named(ran.run, 'it is unknown, and is to fail').status).not.toBe('pass');
  });

  test.for([
    'a run is only looked at',
    'repeats are judged one by one',
    'a judgement that fails is read',
    'objectives judge a run',
    'a run is judged when the test is over',
    'it fails, as it is to',
    'a search is only looked at',
    'the result of a search is asserted by a matcher of Vitest',
    'a search is judged',
  ])('passes when %s', (title) => {
    expect(named(ran.run, title)).toMatchObject({ status: 'pass', errors: [] });
  });

  test('is told apart from its row, where it read a judgement that fails', () => {
    const read = { metric: 'error rate', verdict: 'fail', read: true };
    expect(named(ran.run, 'a judgement that fails is read').rows).toContainEqual(expect.objectContaining(read));
    expect(ran.output).toMatch(/ fail, read$/m);
  });
});

describe('run.json says what Vitest says', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await vitest('ends', 'ends.door.ts', 'skipped.door.ts', 'broken.door.ts');
  }, 300_000);

  test('of tests that fail before they begin, and of a file that does not load', () => {
    expect(statuses(ran.run)).toEqual({
      'broken.door.ts': 'fail',
      'a lost key that nothing asserts on': 'pass',
      'a lost key behind an error rate': 'fail',
      'both are told': 'fail',
      'fails before it begins': 'fail',
    });
    expect(ran.run).toMatchObject({ version: 2, status: 'fail', vitest: 'failed' });
    expect(ran.output).toMatch(
      /^fail: 1 pass, 4 fail, \d with a witness that nothing asserted on, 4 not run \(profile/m,
    );
  });

  test('of tests that did not run', () => {
    expect(ran.run.notRun.map(({ test, reason }) => [test, reason])).toEqual([
      ['is skipped', 'skipped'],
      ['is yet to be written', 'todo'],
      ['skips itself', 'skipped (no Docker)'],
      ['is skipped in a file of skipped tests', 'skipped'],
    ]);
    expect(ran.output).toMatch(/^not run: is skipped \(skipped\); is yet to be written \(todo\); /m);
  });

  test('and tells of a lost key that nothing asserted on, in the table and in the message of what failed before', () => {
    const lost = (title: string) => named(ran.run, title).rows.find(({ metric }) => metric === 'lost');
    expect(lost('a lost key that nothing asserts on')).toMatchObject({ verdict: 'witness', shown: '3 keys' });
    const { errors } = named(ran.run, 'a lost key behind an error rate');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(
      /^Error rate over the whole run must be < 1 %.*\n\nWorse, and nothing has asserted on it so far: lost: [23] keys\. /,
    );
    expect(named(ran.run, 'both are told').errors.join()).toContain('must be 0 keys, seen: 3 keys');
  });
});

describe('a run that is not awaited', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await vitest('misuse', 'misuse.door.ts');
  }, 300_000);

  test.for([
    ['a run is not awaited', /^toLoseNothing judges a recording; got a Promise: await it first/],
    ['a run is resolved and loses a key', /^Lost keys .* must be 0 keys, seen: 1 key\./],
    ['a run is polled', /^expect\.poll\(\) function didn't resolve in time\.$/],
    ['a recording is polled', /^expect\.poll cannot judge a run: asking again does not change a verdict/],
    ['a run is forgotten', /^run\(\) was still under way when its test ended, and was broken off: await it$/],
  ] as const)('has one clear error when %s', ([title, message]) => {
    expect(named(ran.run, title)?.errors).toEqual([expect.stringMatching(message)]);
  });

  test('is judged where expect resolves it, and nothing is left outside of the tests', () => {
    expect(statuses(ran.run)).toMatchObject({ 'a run is resolved': 'pass' });
    expect(ran.run.tests).toHaveLength(5 + 1);
  });
});
