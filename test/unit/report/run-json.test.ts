import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import schema from '../../../schema/run.json' with { type: 'json' };
import { runResult, writeRun } from '../../../src/report/run-json.ts';
import { namesOf, slug } from '../../../src/report/test-key.ts';
import type { Status } from '../../../src/verdict/judgement.ts';
import { anyCharacter } from '../any-character.ts';
import { keyOf, row, run, testResult } from './literals.ts';

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

  test('of tests that passed is unknown when the run was broken off, and fail when one failed before', () => {
    const broken = { ...facts, vitest: 'interrupted' } as const;
    expect(runResult([testResult()], broken).status).toBe('unknown');
    expect(runResult([testResult({ status: 'fail' })], broken).status).toBe('fail');
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
  const key = keyOf('light: 10 connections');

  test('is made of the words of file and title, and a hash', () => {
    expect(slug(key)).toMatch(/^webhook-load-light-10-connections-[0-9a-f]{10}$/);
  });

  test('is the same for a path as Windows writes it', () => {
    expect(slug({ ...key, file: 'test\\a.test.ts' })).toBe(slug({ ...key, file: 'test/a.test.ts' }));
  });

  test('differs for tests of one title, and for titles whose words or first words are the same', () => {
    const long = 'x'.repeat(500);
    const others = [
      { ...key, project: 'other' },
      { ...key, file: 'b/webhook-load.test.ts' },
      { ...key, number: 2 },
      ...['pg > survives', 'knex > survives', 'survives', 'survives!', 'surviv\u00e9s', long, `${long}y`].map(
        (fullName) => ({
          ...key,
          test: 'survives',
          fullName,
        }),
      ),
    ];
    expect(new Set([key, ...others].map(slug)).size).toBe(others.length + 1);
  });

  test('is a safe and short name of a folder, whatever the title is', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 60 }), fc.string({ maxLength: 120 }), (file, test) => {
        const name = slug({ ...key, file, test });
        expect(name).toMatch(/^([a-z0-9]+-)*[0-9a-f]{10}$/);
        expect(name.length).toBeLessThanOrEqual(90);
        expect(slug({ ...key, file, test })).toBe(name);
      }),
    );
  });
});

test('a test is called by its title, or of several with one title by what tells them apart', () => {
  const of = (test: string, over: object) => ({
    project: '',
    file: 'a.test.ts',
    test,
    fullName: test,
    number: 1,
    ...over,
  });
  expect(namesOf([of('x', {}), of('y', { fullName: 'pg > y' }), of('y', { fullName: 'knex > y' })])).toEqual([
    'x',
    'pg > y',
    'knex > y',
  ]);
  expect(namesOf([of('x', { project: 'one' }), of('x', { project: 'two' })])).toEqual([
    'one: a.test.ts > x',
    'two: a.test.ts > x',
  ]);
  expect(namesOf([of('x', {}), of('x', { number: 2 })])).toEqual(['a.test.ts > x (1)', 'a.test.ts > x (2)']);
});

test('writeRun leaves run.json and a result.json per test, and nothing temporary', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'breaking-point-test-'));
  try {
    const other = testResult({ test: 'another', status: 'fail' });
    const whole = run({ tests: [testResult(), other] });
    await writeRun(folder, whole);
    await writeRun(folder, whole);
    const slugs = whole.tests.map((each) => slug(each));
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
      testResult({ rows: [row({ verdict: 'witness', target: null }), row({ verdict: 'fail', read: true })] }),
      testResult({ rows: [], status: 'unknown' }),
      testResult({ attempts: [attempt, attempt] }),
      testResult({ file: '', folder: '' }),
    ];
    const notRun = [{ ...keyOf('a'), reason: 'skipped' }];
    expect(errorsOf(run({ tests, notRun, vitest: 'interrupted' }))).toEqual([]);
    expect(errorsOf(run({ tests, status: 'fail', notMeasured: ['queue backlog'] }))).toEqual([]);
    expect(errorsOf(run({ tests: [], status: 'unknown' }))).toEqual([]);
  });

  const attempt = {
    status: 'fail',
    rows: [row()],
    events: [],
    folder: '',
    seed: 0,
    duration: 3,
    errors: ['late'],
  } as const;

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
    ['another version', { ...run(), version: 1 }, '/version must be equal to constant'],
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
