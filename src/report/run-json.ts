import { join } from 'node:path';
import { writeAtomically } from '../recording/atomic.ts';
import type { Status } from '../verdict/judgement.ts';
import type { AttemptResult, RunResult, TestResult } from '../verdict/rows/result.ts';
import { slug } from './test-key.ts';

/** The folder of results, relative to the project's root: `BREAKING_POINT_RESULTS`, or `breaking-point-results`. */
export const resultsFolder = process.env.BREAKING_POINT_RESULTS || 'breaking-point-results';

/** What a run knows besides its tests. */
export type RunFacts = Omit<RunResult, 'version' | 'status' | 'tests'>;

const worstFirst: readonly Status[] = ['fail', 'unknown', 'pass'];

/**
 * The result of a run: its tests, and the worst of their statuses. Unknown without tests, and when the run was broken
 * off. Values that JSON cannot hold (NaN, an infinity) become null.
 */
export function runResult(tests: readonly TestResult[], facts: RunFacts): RunResult {
  return {
    version: 2,
    startedAt: facts.startedAt,
    duration: facts.duration,
    profile: facts.profile,
    target: facts.target,
    runtime: facts.runtime,
    status: worstOf(tests, facts),
    vitest: facts.vitest,
    tests: tests.map((test) => ({
      ...keepFinite(test),
      ...(test.attempts && { attempts: test.attempts.map(keepFinite) }),
    })),
    notRun: facts.notRun,
    notMeasured: facts.notMeasured,
  };
}

function worstOf(tests: readonly TestResult[], { vitest }: RunFacts): Status {
  const worst = worstFirst.find((status) => tests.some((test) => test.status === status)) ?? 'unknown';
  return worst === 'pass' && vitest === 'interrupted' ? 'unknown' : worst;
}

/**
 * Writes `run.json` into the results folder, and each test's own result as `<slug>/result.json` beside its recordings.
 * Every file is written whole or not at all, `run.json` last.
 * @param folder the results folder
 * @throws Error of the file system
 */
export async function writeRun(folder: string, run: RunResult): Promise<void> {
  for (const test of run.tests) {
    await writeAtomically(join(folder, slug(test), 'result.json'), toJson(test));
  }
  await writeAtomically(join(folder, 'run.json'), toJson(run));
}

function keepFinite<T extends AttemptResult>(result: T): T {
  const rows = result.rows.map((row) => ({ ...row, value: Number.isFinite(row.value) ? row.value : null }));
  return { ...result, rows };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
