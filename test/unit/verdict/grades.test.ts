import { describe, expect, test } from 'vitest';
import { gradeOf } from '../../../src/verdict/grade.ts';
import type { Suite } from '../../../src/verdict/suite.ts';
import { suite } from '../../perf/suite.ts';
import { metricOf } from '../asked.ts';

/** As the suite of the ordering service has them: its own, else the package's. */
const grade = (metric: string, value: number) => {
  const own: Suite['grades'] = suite.grades;
  return gradeOf(own[metric as keyof typeof own] ?? metricOf(metric).grades, value);
};

// SPEC, section 2: values just below, at and just above each bound.
describe('grades', () => {
  test.each<[string, number, string, string | null]>([
    ['RPS', 0, 'critical', 'act now'],
    ['RPS', 99.99, 'critical', 'act now'],
    ['RPS', 100, 'warning', 'optimise the database path'],
    ['RPS', 499.99, 'warning', 'optimise the database path'],
    ['RPS', 500, 'good', 'monitor'],
    ['RPS', 999.99, 'good', 'monitor'],
    ['RPS', 1000, 'excellent', null],
    ['p99', 499.99, 'good', null],
    ['p99', 500, 'warning', 'database bottleneck'],
    ['p99', 1999.99, 'warning', 'database bottleneck'],
    ['p99', 2000, 'critical', 'severe'],
    ['p99', 4999.99, 'critical', 'severe'],
    ['p99', 5000, 'critical', 'queue saturation'],
    ['p99', Number.POSITIVE_INFINITY, 'critical', 'queue saturation'],
    ['error rate', 0, 'good', null],
    ['error rate', 0.0999, 'good', null],
    ['error rate', 0.1, 'warning', 'investigate'],
    ['error rate', 0.999, 'warning', 'investigate'],
    ['error rate', 1, 'critical', 'act now'],
    ['error rate', 4.999, 'critical', 'act now'],
    ['error rate', 5, 'critical', 'system unstable'],
    ['win rate', 100, 'excellent', null],
    ['win rate', 99.01, 'excellent', null],
    ['win rate', 99, 'warning', 'review constraints'],
    ['win rate', 95, 'warning', 'review constraints'],
    ['win rate', 94.99, 'critical', 'fix the locking'],
    ['race conditions', 0, 'excellent', null],
    ['race conditions', 0.01, 'warning', 'investigate'],
    ['race conditions', 1, 'warning', 'investigate'],
    ['race conditions', 1.01, 'critical', 'data integrity at risk'],
    ['race time', 99.99, 'excellent', null],
    ['race time', 100, 'good', null],
    ['race time', 499.99, 'good', null],
    ['race time', 500, 'warning', 'check database latency'],
    ['race time', 999.99, 'warning', 'check database latency'],
    ['race time', 1000, 'critical', 'look at lock contention'],
    ['Redis outage error rate', 0, 'excellent', null],
    ['Redis outage error rate', 0.01, 'warning', 'partial fallback'],
    ['Redis outage error rate', 20, 'warning', 'partial fallback'],
    ['Redis outage error rate', 20.01, 'critical', 'no fallback'],
    ['Redis outage error rate', 50, 'critical', 'no fallback'],
    ['Redis outage error rate', 50.01, 'critical', 'unusable'],
    ['queue backlog', 99, 'good', null],
    ['queue backlog', 100, 'warning', 'more workers'],
    ['queue backlog', 999, 'warning', 'more workers'],
    ['queue backlog', 1000, 'critical', 'scale workers'],
    ['Redis recovery', 4_999, 'excellent', null],
    ['Redis recovery', 5_000, 'good', 'acceptable'],
    ['Redis recovery', 29_999, 'good', 'acceptable'],
    ['Redis recovery', 30_000, 'critical', 'optimise start-up'],
    ['success during a database outage', 0, 'critical', 'fail over'],
    ['success during a database outage', 0.01, 'warning', 'add caching'],
    ['success during a database outage', 10, 'warning', 'add caching'],
    ['success during a database outage', 10.01, 'good', 'fallback works'],
    ['success after a database outage', 94.99, 'critical', 'connection pool'],
    ['success after a database outage', 95, 'good', 'watch the pool'],
    ['success after a database outage', 99, 'good', 'watch the pool'],
    ['success after a database outage', 99.01, 'excellent', null],
    ['database recovery', 4_999, 'excellent', null],
    ['database recovery', 5_000, 'good', null],
    ['database recovery', 9_999, 'good', null],
    ['database recovery', 10_000, 'warning', 'optimise warm-up'],
    ['database recovery', 29_999, 'warning', 'optimise warm-up'],
    ['database recovery', 30_000, 'critical', 'add failover'],
    ['database recovery', Number.POSITIVE_INFINITY, 'critical', 'add failover'],
  ])('%s of %d is %s', (metric, value, expected, action) => {
    expect(grade(metric, value)).toMatchObject({ grade: expected, action });
  });

  test('there is none for a value that is not there, nor for a metric without grades', () => {
    expect(grade('RPS', Number.NaN)).toBeUndefined();
    expect(grade('p50', 10)).toBeUndefined();
  });
});
