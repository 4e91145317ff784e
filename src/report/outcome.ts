import { stripVTControlCharacters } from 'node:util';
import type { Status } from '../verdict/judgement.ts';
import type { AttemptResult, TestKey, TestResult } from '../verdict/rows/result.ts';
import { type AttemptReport, isExplained } from './attempt.ts';
import { resultsFolder } from './run-json.ts';
import { slug } from './test-key.ts';

/** The part of Vitest's errors that is read here. */
export interface ThrownError {
  readonly message: string;
}

/** One of the runs of a test that Vitest repeats, or tries again. */
export interface RanAttempt {
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly errors?: readonly ThrownError[] | undefined;
  /** Milliseconds. */
  readonly duration: number;
  /** From 0; a run that is tried again keeps it. */
  readonly repeatIndex: number;
}

/** What Vitest knows of a test that ran. */
export interface JudgedTest {
  readonly key: TestKey;
  readonly failed: boolean;
  /** Of all its attempts. */
  readonly errors: readonly ThrownError[];
  /** Milliseconds. */
  readonly duration: number;
  readonly attempts: readonly RanAttempt[];
  /** What the worker sent of those attempts that came to have a recording. */
  readonly reports: readonly AttemptReport[];
}

/** The result of what failed before there was one. */
export function failureOf(key: TestKey, errors: readonly ThrownError[], duration = 0): TestResult {
  const { project, file, test, fullName, number } = key;
  const folder = `${resultsFolder}/${slug(key)}`;
  return {
    project,
    file,
    test,
    fullName,
    number,
    ...blank(folder, duration),
    status: 'fail',
    errors: messagesOf(errors),
  };
}

/**
 * The result of a test. Its status is what Vitest says, not what was judged: a test may read a judgement that fails,
 * and pass. A failure is unknown where each of its errors tells of an unknown judgement. Undefined for a test that
 * passed without an experiment.
 */
export function resultOf({ key, failed, errors, duration, attempts, reports }: JudgedTest): TestResult | undefined {
  if (!failed && reports.length === 0) return undefined;
  const last = reports.find(({ attempt }) => attempt === Math.max(1, attempts.length));
  const own = last ? { ...key, ...last.result } : failureOf(key, [], duration);
  const several =
    attempts.length > 1 ? { attempts: attempts.map((one, index) => resultOfAttempt(one, index, reports)) } : {};
  return {
    ...own,
    ...several,
    status: failed ? statusOf(messagesOf(errors), reports) : 'pass',
    events: [...eventsOf(attempts, several.attempts ?? []), ...own.events],
    errors: failed ? messagesOf(errors) : [],
  };
}

function resultOfAttempt(ran: RanAttempt, index: number, reports: readonly AttemptReport[]): AttemptResult {
  const errors = messagesOf(ran.errors ?? []);
  const report = reports.find(({ attempt }) => attempt === index + 1);
  return {
    ...(report ? report.result : blank('', ran.duration)),
    status: ran.state === 'passed' ? 'pass' : statusOf(errors, report ? [report] : []),
    errors,
  };
}

function blank(folder: string, duration: number): Omit<AttemptResult, 'status' | 'errors'> {
  return { rows: [], events: [], folder, seed: 0, duration };
}

function statusOf(errors: readonly string[], reports: readonly AttemptReport[]): Status {
  const doubts = reports.flatMap((report) => report.doubts);
  return isExplained(errors, doubts) ? 'unknown' : 'fail';
}

/** What came of the attempts of a test that was repeated or tried again, and where each is. */
function eventsOf(ran: readonly RanAttempt[], attempts: readonly AttemptResult[]): string[] {
  if (attempts.length === 0) return [];
  const count = countRuns(ran);
  const told = attempts.map(({ status, errors, folder }, index) => {
    const why = errors[0] === undefined ? '' : `: ${errors[0].trim().split('\n', 1)[0]}`;
    return `attempt ${index + 1}: ${status}${why}${folder === '' ? '' : ` (${folder})`}`;
  });
  return [...(count === '' ? [] : [count]), ...told];
}

/**
 * How many runs of a repeated test (`vitest --repeats 4`) did not pass: `3 of 5 runs of this test did not pass`. Empty
 * for a single run.
 */
function countRuns(attempts: readonly RanAttempt[]): string {
  const states = new Map(attempts.map(({ repeatIndex, state }) => [repeatIndex, state]));
  if (states.size < 2) return '';
  const failed = [...states.values()].filter((state) => state === 'failed').length;
  return `${failed} of ${states.size} runs of this test did not pass; the rows are those of the last`;
}

/** Messages of errors, without colours. */
export function messagesOf(errors: readonly ThrownError[]): string[] {
  return errors.map(({ message }) => stripVTControlCharacters(message));
}
