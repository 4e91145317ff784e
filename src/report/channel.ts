import { type RunnerTask, type RunnerTestCase, recordArtifact } from 'vitest';
import type { TestKey } from '../verdict/rows/result.ts';
import type { SuiteScope } from '../verdict/suite.ts';
import type { AttemptReport } from './attempt.ts';
import { type ProgressArtifact, progressType } from './messages.ts';
import type { ProgressReport } from './progress.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What the attempts of a breaking point came to; set by its fixtures in the worker, read by the reporter. */
    breakingPoint?: readonly AttemptReport[];
    /** Where its servers ran. */
    breakingPointRuntime?: string;
    /** What its suite is meant to measure. */
    breakingPointSuite?: SuiteScope;
    /** Set on a file that declares breaking points, whether or not any of them runs. */
    breakingPoints?: true;
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

/** Which test a task of Vitest is. */
export function keyOf(task: Readonly<RunnerTestCase>): TestKey {
  const { file } = task;
  const fullName = nameOf(task);
  const alike = testsIn(file).filter((other) => nameOf(other) === fullName);
  return {
    project: file.projectName ?? '',
    file: file.name,
    test: task.name,
    fullName,
    number: alike.findIndex(({ id }) => id === task.id) + 1,
  };
}

function nameOf({ fullTestName, name }: RunnerTask): string {
  return fullTestName ?? name;
}

function testsIn(task: RunnerTask): RunnerTask[] {
  return task.type === 'test' ? [task] : task.tasks.flatMap(testsIn);
}
