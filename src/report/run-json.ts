import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeAtomically } from '../recording/atomic.ts';
import type { Status } from '../verdict/judgement.ts';
import type { Row, RunResult, TestResult } from '../verdict/result.ts';

/** The folder of results, relative to the root of the project: `BREAKING_POINT_RESULTS`, or `breaking-point-results`. */
export const resultsFolder = process.env.BREAKING_POINT_RESULTS || 'breaking-point-results';

/** What a run knows besides its tests. */
export type RunFacts = Pick<RunResult, 'startedAt' | 'duration' | 'profile' | 'target' | 'runtime' | 'notMeasured'>;

const worstFirst: readonly Status[] = ['fail', 'unknown', 'pass'];

/**
 * The result of a run: its tests, and the worst of their statuses. No tests at all is unknown. Values that JSON cannot hold
 * (NaN, an infinity) become null.
 */
export function runResult(tests: readonly TestResult[], facts: RunFacts): RunResult {
  return {
    version: 1,
    startedAt: facts.startedAt,
    duration: facts.duration,
    profile: facts.profile,
    target: facts.target,
    runtime: facts.runtime,
    status: worstFirst.find((status) => tests.some((test) => test.status === status)) ?? 'unknown',
    tests: tests.map((test) => ({ ...test, rows: test.rows.map(finite) })),
    notMeasured: facts.notMeasured,
  };
}

/**
 * Writes `run.json` into the results folder, and each test's own result as `<slug>/result.json` beside its recordings. Every file
 * is written whole or not at all, `run.json` last.
 * @param folder the results folder
 * @throws Error of the file system
 */
export async function writeRun(folder: string, run: RunResult): Promise<void> {
  for (const test of run.tests) {
    await writeAtomically(join(folder, slug(test.file, test.test), 'result.json'), json(test));
  }
  await writeAtomically(join(folder, 'run.json'), json(run));
}

/**
 * A folder name for a test: the words of its file and title in lower case, then ten digits of their hash, so that two tests never
 * share one. The same on every machine. At most 90 characters of a to z, 0 to 9 and `-`.
 * @param file path of the test file, relative to the root
 */
export function slug(file: string, test: string): string {
  const path = file.replaceAll('\\', '/');
  const hash = createHash('sha256')
    .update(JSON.stringify([path, test]))
    .digest('hex')
    .slice(0, 10);
  const base = path.slice(path.lastIndexOf('/') + 1).replace(/(\.(test|spec))?\.[cm]?[jt]sx?$/, '');
  return [words(base, 30), words(test, 48), hash].filter((part) => part !== '').join('-');
}

function words(text: string, longest: number): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '');
  return plain.slice(0, longest).replace(/-$/, '');
}

function finite(row: Row): Row {
  return { ...row, value: Number.isFinite(row.value) ? row.value : null };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
