import { type RunnerTestCase, recordArtifact } from 'vitest';
import type { TestResult } from '../verdict/result.ts';
import type { SuiteScope } from '../verdict/suite.ts';
import { type ProgressArtifact, progressType } from './messages.ts';
import type { ProgressReport } from './progress.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What a breaking-point test came to; set by its fixtures in the worker, read by the reporter. */
    breakingPoint?: TestResult;
    /** Where its servers ran. */
    breakingPointRuntime?: string;
    /** What its suite is meant to measure. */
    breakingPointSuite?: SuiteScope;
  }
  interface TestArtifactRegistry {
    breakingPointProgress: ProgressArtifact;
  }
}

/** Sends a running test's progress from the worker to the reporter, which gets it at once. Never fails a test. */
export function sendProgress(task: Readonly<RunnerTestCase>, progress: ProgressReport): void {
  recordArtifact(task, { type: progressType, progress }).catch(() => {
    // The worker is closing, or the test is over: there is no line left to show it on.
  });
}
