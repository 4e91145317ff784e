import type { Grade } from '../result.ts';

/** A grade with what to do about it. */
export interface Graded {
  readonly grade: Grade;
  /** Null when nothing needs doing. */
  readonly action: string | null;
}

interface Step extends Graded {
  /** The step holds values below this one, or up to and with it when `closed`. Absent in the last step. */
  readonly below?: number;
  readonly closed?: boolean;
}

function upTo(below: number, grade: Grade, action: string | null = null): Step {
  return { below, grade, action };
}

function upToAndWith(below: number, grade: Grade, action: string | null = null): Step {
  return { below, closed: true, grade, action };
}

function beyond(grade: Grade, action: string | null = null): Step {
  return { grade, action };
}

/** The grades of SPEC, section 2: steps from the smallest value up. Times in milliseconds, shares in per cent. */
const steps: Readonly<Record<string, readonly Step[]>> = {
  RPS: [
    upTo(100, 'critical', 'act now'),
    upTo(500, 'warning', 'optimise the database path'),
    upTo(1000, 'good', 'monitor'),
    beyond('excellent'),
  ],
  p99: [
    upTo(500, 'good'),
    upTo(2000, 'warning', 'database bottleneck'),
    upTo(5000, 'critical', 'severe'),
    beyond('critical', 'queue saturation'),
  ],
  'error rate': [
    upTo(0.1, 'good'),
    upTo(1, 'warning', 'investigate'),
    upTo(5, 'critical', 'act now'),
    beyond('critical', 'system unstable'),
  ],
  'win rate': [
    upTo(95, 'critical', 'fix the locking'),
    upToAndWith(99, 'warning', 'review constraints'),
    beyond('excellent'),
  ],
  'race conditions': [
    upToAndWith(0, 'excellent'),
    upToAndWith(1, 'warning', 'investigate'),
    beyond('critical', 'data integrity at risk'),
  ],
  'race time': [
    upTo(100, 'excellent'),
    upTo(500, 'good'),
    upTo(1000, 'warning', 'check database latency'),
    beyond('critical', 'look at lock contention'),
  ],
  'Redis outage error rate': [
    upToAndWith(0, 'excellent'),
    upToAndWith(20, 'warning', 'partial fallback'),
    upToAndWith(50, 'critical', 'no fallback'),
    beyond('critical', 'unusable'),
  ],
  'queue backlog': [upTo(100, 'good'), upTo(1000, 'warning', 'more workers'), beyond('critical', 'scale workers')],
  'Redis recovery': [
    upTo(5_000, 'excellent'),
    upTo(30_000, 'good', 'acceptable'),
    beyond('critical', 'optimise start-up'),
  ],
  'success during a database outage': [
    upToAndWith(0, 'critical', 'fail over'),
    upToAndWith(10, 'warning', 'add caching'),
    beyond('good', 'fallback works'),
  ],
  'success after a database outage': [
    upTo(95, 'critical', 'connection pool'),
    upToAndWith(99, 'good', 'watch the pool'),
    beyond('excellent'),
  ],
  'database recovery': [
    upTo(5_000, 'excellent'),
    upTo(10_000, 'good'),
    upTo(30_000, 'warning', 'optimise warm-up'),
    beyond('critical', 'add failover'),
  ],
};

/**
 * The grade of a metric's value. +Infinity (never recovered) has a grade; NaN, and a metric without grades, has none.
 * @param metric its name in the metrics table
 * @param value milliseconds for times, per cent for shares, per second for rates
 */
export function grade(metric: string, value: number): Graded | undefined {
  if (Number.isNaN(value)) return undefined;
  const ladder = Object.hasOwn(steps, metric) ? steps[metric] : undefined;
  const step = ladder?.find(({ below, closed }) =>
    below === undefined ? true : closed ? value <= below : value < below,
  );
  return step && { grade: step.grade, action: step.action };
}
