import type { Row, RunResult, TestKey, TestResult } from '../../../src/verdict/rows/result.ts';

/** A row of the table that passed, but for what is given. */
export function row(over: Partial<Row> = {}): Row {
  return {
    metric: 'p99',
    window: 'the whole run',
    unit: 'ms',
    value: 42.5,
    interval: null,
    shown: '43 ms',
    samples: 12_345,
    grade: 'good',
    action: null,
    target: '< 500 ms',
    verdict: 'pass',
    because: '43 ms over 12345 operations is below 500 ms',
    validity: null,
    ...over,
  };
}

/** The key of a test of this title, which no other has. */
export function keyOf(test: string): TestKey {
  return {
    project: 'perf',
    file: 'test/perf/webhook-load.test.ts',
    test,
    fullName: `webhook load > ${test}`,
    number: 1,
  };
}

/** A test that passed, but for what is given. */
export function testResult(over: Partial<TestResult> = {}): TestResult {
  return {
    ...keyOf(over.test ?? 'webhook load, light: 10 connections'),
    status: 'pass',
    rows: [row()],
    events: [],
    folder: 'breaking-point-results/webhook-load-1',
    seed: 7,
    duration: 5_000,
    errors: [],
    ...over,
  };
}

/** A run of these tests under the default profile and target. */
export function run(over: Partial<RunResult> = {}): RunResult {
  return {
    version: 2,
    startedAt: '2026-01-02T03:04:05.678Z',
    duration: 84_200,
    profile: 'quick',
    target: 'production',
    runtime: 'embedded',
    status: 'pass',
    vitest: 'passed',
    tests: [testResult()],
    notRun: [],
    notMeasured: [],
    ...over,
  };
}
