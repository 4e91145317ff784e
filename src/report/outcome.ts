import { stripVTControlCharacters } from 'node:util';
import type { TestResult } from '../verdict/result.ts';
import { resultsFolder, slug } from './run-json.ts';

/** The part of Vitest's errors that is read here. */
export interface ThrownError {
  readonly message: string;
}

/** One of the runs of a test that Vitest repeats, or tries again. */
export interface Attempt {
  readonly state: 'passed' | 'failed' | 'skipped';
  /** From 0; a run that is tried again keeps it. */
  readonly repeatIndex: number;
}

/** How many runs of a test that was repeated (`vitest --repeats 4`) did not pass: `3 of 5 runs of this test did not pass`. Empty for a single run. */
export function runsText(attempts: readonly Attempt[]): string {
  const states = new Map(attempts.map(({ repeatIndex, state }) => [repeatIndex, state]));
  if (states.size < 2) return '';
  const failed = [...states.values()].filter((state) => state === 'failed').length;
  return `${failed} of ${states.size} runs of this test did not pass; what is told of it here is of the last`;
}

/** What Vitest knows of a test. */
export interface Outcome {
  readonly test: string;
  /** Relative to the root. */
  readonly file: string;
  /** Messages of its errors. */
  readonly errors: readonly string[];
  /** Milliseconds. */
  readonly duration: number;
}

/** Messages of errors, without colours. */
export function messagesOf(errors: readonly ThrownError[]): string[] {
  return errors.map(({ message }) => stripVTControlCharacters(message));
}

/** The result of what failed before there was one. */
export function failure({ test, file, errors, duration }: Outcome): TestResult {
  const folder = `${resultsFolder}/${slug(file, test)}`;
  return { test, file, status: 'fail', rows: [], events: [], folder, seed: 0, duration, errors };
}

/**
 * The result of a test as both the worker and Vitest saw it. A test that failed is `fail`, with its errors, whatever the worker
 * sent; only when each error tells of an unknown judgement it stays `unknown`. Undefined for a test that passed
 * without an experiment.
 * @param result what the worker sent, if the test came so far
 */
export function resultOf(
  outcome: Outcome & { readonly failed: boolean; readonly result: TestResult | undefined },
): TestResult | undefined {
  const { failed, result, errors } = outcome;
  if (!failed) return result;
  if (!result) return failure(outcome);
  const doubts = result.rows.filter(({ verdict }) => verdict === 'unknown').map(({ because }) => oneLine(because));
  const explained = errors.every((message) => doubts.some((doubt) => oneLine(message).includes(doubt)));
  return { ...result, status: result.status === 'unknown' && explained ? 'unknown' : 'fail', errors };
}

/** Messages indent what they quote. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
