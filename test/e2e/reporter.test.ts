import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import schema from '../../schema/run.json' with { type: 'json' };
import { slug } from '../../src/report/test-key.ts';
import type { RunResult } from '../../src/verdict/rows/result.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breaking-point-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs Vitest on the fixture and returns its output and exit code. Its own settings in our environment are not passed on. */
function vitest(
  output: string,
  settings: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<{ text: string; code: number | null }> {
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|BREAKING_POINT|FORCE_COLOR|NO_COLOR|CI$)/.test(name),
  );
  const env = {
    ...Object.fromEntries(environment),
    OUTPUT_DIR: output,
    CACHE_DIR: join(folder, 'cache'),
    PROGRESS_SEEN: join(output, 'progress'),
    NO_COLOR: '1',
    ...settings,
  };
  const command = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--configLoader',
    'runner',
    '--root',
    'test/e2e/fixtures/reporter',
    ...args,
  ];
  return new Promise((done) => {
    const child = execFile(process.execPath, command, { env }, (_error, stdout, stderr) => {
      done({ text: stdout + stderr, code: child.exitCode });
    });
  });
}

const readRun = async (output: string) => JSON.parse(await readFile(join(output, 'run.json'), 'utf8')) as RunResult;

describe('a run with breaking points', () => {
  let output: string;
  let text: string;
  let code: number | null;
  let run: RunResult;

  beforeAll(async () => {
    output = join(folder, 'whole');
    await mkdir(output);
    ({ text, code } = await vitest(output, { BREAKING_POINT_TARGET: 'staging' }));
    run = await readRun(output);
  });

  test('has every breaking point in run.json with its own status, and no other test', () => {
    expect(Object.fromEntries(run.tests.map(({ test, status, errors }) => [test, [status, ...errors]]))).toEqual({
      'webhook load, light: passes, once its progress was seen': ['pass'],
      'throws after a result that passed': ['fail', 'thrown after the result'],
      'has an unknown judgement': ['unknown', 'expected p99 < 500 ms: the p99 was unknown'],
      'times out before any result': ['fail', expect.stringContaining('Test timed out in 20ms')],
      'fails, then passes': ['pass'],
      'a group that cannot be set up': ['fail', 'no database'],
      'unloadable.breaking.fixture.ts': ['fail', 'an import went wrong'],
    });
    expect(run).toMatchObject({ status: 'fail', profile: 'quick', target: 'staging', runtime: 'embedded' });
  });

  test('lists what did not run as not measured', () => {
    expect(run.notMeasured).toEqual(expect.arrayContaining(['webhook load, heavy: not run', 'cache hit rate']));
    expect(run.notRun.map(({ test, reason }) => [test, reason])).toEqual([
      ['is skipped', 'skipped'],
      ['never runs', 'skipped'],
    ]);
    expect(run.notMeasured.filter((line) => line.startsWith('webhook load, light'))).toEqual([]);
  });

  test('leaves files that the shipped schema accepts, one per test beside run.json', async () => {
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);
    validate(run);
    expect(validate.errors).toBeNull();
    for (const test of run.tests) {
      const own = join(output, slug(test), 'result.json');
      expect(JSON.parse(await readFile(own, 'utf8'))).toEqual(test);
    }
  });

  test('prints the table, without colours and progress in a log', () => {
    const lines = text.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(lines).toContainEqual(['test', 'metric', 'value', 'samples', 'grade', 'target', 'verdict']);
    expect(lines).toContainEqual(['has an unknown judgement', 'p99', '43 ms', '400', 'warning', '< 500 ms', 'unknown']);
    expect(lines).toContainEqual(['times out before any result', 'the test itself', '-', '-', '-', '-', 'fail']);
    expect(text).toMatch(
      /^fail: 2 pass, 4 fail, 1 unknown, 2 not run \(profile quick, target staging, runtime embedded, /m,
    );
    expect(text).not.toContain('20 operations');
    expect(text).not.toContain('\u001b[');
  });

  test('ends with the exit code of Vitest', () => {
    expect(code).toBe(1);
  });
});

test('a filtered run is about the tests that ran', async () => {
  const output = join(folder, 'filtered');
  await mkdir(output);
  const { code } = await vitest(output, {}, '--project', 'breaking', '-t', 'webhook load|fails, then', 'webhook');
  expect((await readRun(output)).status).toBe('pass');
  expect(code).toBe(0);
});

test('a run without breaking points prints and writes nothing, and keeps the results of the one before', async () => {
  const output = join(folder, 'unit');
  await mkdir(output);
  await writeFile(join(output, 'run.json'), '{}');
  const { text } = await vitest(output, {}, '--project', 'unit');
  expect(text).toContain('an ordinary test that fails');
  expect(text).not.toContain('metric');
  expect(text).not.toContain('not measured');
  expect(await readdir(output)).toEqual(['run.json']);
});

test('a run that begins takes the verdict of the one before away', async () => {
  const output = join(folder, 'stale');
  await mkdir(output);
  await writeFile(join(output, 'run.json'), '{"status":"pass"}');
  await vitest(output, {}, '--project', 'breaking', '-t', 'no test has this title', 'webhook');
  expect(await readdir(output)).toEqual([]);
});

test.each([
  [{ BREAKING_POINT_PROFILE: 'fast' }, 'BREAKING_POINT_PROFILE must be one of quick, full, stress; got "fast"'],
  [
    { BREAKING_POINT_TARGET: 'moon' },
    "BREAKING_POINT_TARGET must be one of development, staging, production, enterprise; got 'moon'",
  ],
  [{ BREAKING_POINT_RUNTIME: 'docker' }, 'BREAKING_POINT_RUNTIME must be auto, containers or embedded; got "docker"'],
])('a setting that means nothing ends the run before any test: %j', async (setting, message) => {
  const { text, code } = await vitest(join(folder, 'none'), setting);
  expect(text).toContain(message);
  expect(text).not.toContain('an ordinary test');
  expect(code).toBe(1);
});
