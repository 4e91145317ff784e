import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import schema from '../../../schema/run.json' with { type: 'json' };
import { runResult, slug, writeRun } from '../../../src/report/run-json.ts';
import type { Status } from '../../../src/verdict/judgement.ts';
import { anyCharacter } from '../any-character.ts';
import { row, run, testResult } from './literals.ts';

const { version: _version, status: _status, tests: _tests, ...facts } = run();

describe('runResult', () => {
  test.each([
    [['pass', 'unknown', 'fail'], 'fail'],
    [['pass', 'unknown', 'pass'], 'unknown'],
    [['pass', 'pass'], 'pass'],
    [[], 'unknown'],
  ] as [Status[], Status][])('of tests that are [%s] is %s', (statuses, expected) => {
    const tests = statuses.map((status) => testResult({ status }));
    expect(runResult(tests, facts).status).toBe(expected);
  });

  test('values that JSON cannot hold become null, others stay', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, null, 0, 1.25];
    const { tests } = runResult([testResult({ rows: values.map((value) => row({ value })) })], facts);
    expect(tests[0]?.rows.map(({ value }) => value)).toEqual([null, null, null, 0, 1.25]);
  });

  test('keeps the facts of the run beside its tests', () => {
    expect(runResult([testResult()], facts)).toEqual(run());
  });
});

describe('slug', () => {
  test('is made of the words of file and title, and a hash', () => {
    expect(slug('test/perf/webhook-load.test.ts', 'webhook load, light: 10 connections')).toMatch(
      /^webhook-load-webhook-load-light-10-connections-[0-9a-f]{10}$/,
    );
  });

  test('is the same for a path as Windows writes it', () => {
    expect(slug('test\\a.test.ts', 'x')).toBe(slug('test/a.test.ts', 'x'));
  });

  test('differs for tests whose words are the same, and for one title in two files', () => {
    const slugs = [slug('a.ts', 'x y'), slug('a.ts', 'x, y'), slug('b/a.ts', 'x y'), slug('a.ts x', 'y')];
    expect(new Set(slugs).size).toBe(4);
  });

  test('is a safe and short name of a folder, whatever the title is', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 60 }), fc.string({ maxLength: 120 }), (file, title) => {
        const name = slug(file, title);
        expect(name).toMatch(/^([a-z0-9]+-)*[0-9a-f]{10}$/);
        expect(name.length).toBeLessThanOrEqual(90);
        expect(slug(file, title)).toBe(name);
      }),
    );
  });
});

test('writeRun leaves run.json and a result.json per test, and nothing temporary', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'breaking-point-test-'));
  try {
    const other = testResult({ test: 'another', status: 'fail' });
    const whole = run({ tests: [testResult(), other] });
    await writeRun(folder, whole);
    await writeRun(folder, whole);
    const slugs = whole.tests.map((each) => slug(each.file, each.test));
    expect((await readdir(folder)).sort()).toEqual([...slugs, 'run.json'].sort());
    expect(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'))).toEqual(whole);
    expect(JSON.parse(await readFile(join(folder, slugs[1] ?? '', 'result.json'), 'utf8'))).toEqual(other);
    expect(await readdir(join(folder, slugs[1] ?? ''))).toEqual(['result.json']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('the schema', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  const validate = ajv.compile(schema);
  const errorsOf = (value: unknown): string[] => {
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };

  const validity = {
    lag: { p99: 0.4, max: 12.5 },
    achieved: 0.998,
    saturated: 1,
    unsent: 2,
    stalled: 51.5,
    samples: 1_000,
    needed: 299,
  };
  const withRow = (changes: object) => ({ ...run(), tests: [{ ...testResult(), rows: [{ ...row(), ...changes }] }] });

  test('accepts a run of every status, grade and verdict', () => {
    const rows = [
      row({ grade: 'excellent', verdict: 'measured', target: null }),
      row({ grade: 'warning', action: 'investigate', verdict: 'fail' }),
      row({ grade: 'critical', verdict: 'unknown', value: null }),
      row({ grade: null, samples: 0 }),
      row({ interval: [0.1, null], validity }),
      row({ interval: [null, null], validity: { ...validity, lag: null, achieved: null, needed: null } }),
    ];
    const tests = [
      testResult({ rows, status: 'fail', errors: ['boom'], events: ['the app exited'] }),
      testResult({ rows: [], status: 'unknown' }),
      testResult({ file: '', folder: '' }),
    ];
    expect(errorsOf(run({ tests, status: 'fail', notMeasured: ['queue backlog'] }))).toEqual([]);
    expect(errorsOf(run({ tests: [], status: 'unknown' }))).toEqual([]);
  });

  const { seed: _seed, ...seedless } = testResult();
  const { because: _because, ...reasonless } = row();
  test.each([
    ['a missing field of the run', facts, " must have required property 'status'"],
    ['a missing field of a test', { ...run(), tests: [seedless] }, "/tests/0 must have required property 'seed'"],
    [
      'a missing field of a row',
      { ...run(), tests: [{ ...testResult(), rows: [reasonless] }] },
      "/tests/0/rows/0 must have required property 'because'",
    ],
    ['a bad status', { ...run(), status: 'passed' }, '/status must be equal to one of the allowed values'],
    ['another version', { ...run(), version: 2 }, '/version must be equal to constant'],
    [
      'a value that is NaN',
      run({ tests: [testResult({ rows: [row({ value: Number.NaN })] })] }),
      '/tests/0/rows/0/value must be number,null',
    ],
    ['a field that it does not know', { ...run(), hostname: 'x' }, ' must NOT have additional properties'],
    [
      'a grade that is none',
      { ...run(), tests: [{ ...testResult(), rows: [{ ...row(), grade: 'fine' }] }] },
      '/tests/0/rows/0/grade must be equal to one of the allowed values',
    ],
    ['an interval with one end', withRow({ interval: [1] }), '/interval must NOT have fewer than 2 items'],
    ['an interval with three ends', withRow({ interval: [1, 2, 3] }), '/interval must NOT have more than 2 items'],
    [
      'an end that is infinite',
      withRow({ interval: [1, Number.POSITIVE_INFINITY] }),
      '/interval/1 must be number,null',
    ],
    [
      'a validity without its samples',
      withRow({ validity: { ...validity, samples: undefined } }),
      "/validity must have required property 'samples'",
    ],
    [
      'a share of the load above 1',
      withRow({ validity: { ...validity, achieved: 1.01 } }),
      '/validity/achieved must be <= 1',
    ],
    [
      'a lag that is a number alone',
      withRow({ validity: { ...validity, lag: 3 } }),
      '/validity/lag must be object,null',
    ],
    ['a start that is no instant', run({ startedAt: 'yesterday' }), '/startedAt must match pattern'],
  ])('refuses %s', (_, value, error) => {
    expect(errorsOf(value)).toContainEqual(expect.stringContaining(error));
  });
});
