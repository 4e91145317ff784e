import type { Outcome } from '../../recording/columns.ts';
import { messageOf } from '../checks.ts';
import type { Classification } from '../http/classify.ts';
import type { JourneyResponse } from '../load.ts';

/**
 * What a step of a journey throws when it failed. The failure is recorded already; a journey may catch this and go on.
 */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  /** Name of the operation: `POST /orders`, or that of the step. */
  readonly step: string;
  readonly outcome: Outcome;
  /** As in the recording: `503`, `refused`, `reset`, `timeout`, or the code or name of an error. */
  readonly category: string;
  /** The answer, where there was one. */
  readonly response: JourneyResponse | undefined;

  constructor(step: string, { outcome, category }: Classification, response?: JourneyResponse, cause?: unknown) {
    super(`${step}: ${category}`, cause === undefined ? undefined : { cause });
    this.step = step;
    this.outcome = outcome;
    this.category = category;
    this.response = response;
  }
}

/** What a journey's calls throw once its time is over, so that it ends. */
export class JourneyOver extends Error {
  override readonly name = 'JourneyOver';

  constructor() {
    super('the journey has run for as long as its timeLimit allows, or the load is over');
  }
}

/** Whether an error, or what caused it, is recorded already. */
export function isRecorded(error: unknown): boolean {
  if (error instanceof StepFailed) return true;
  return error instanceof Error && error.cause !== error && isRecorded(error.cause);
}

/** What a journey threw, with where it did. */
export function defectOf(error: unknown, name: string, n: number): Error {
  const stack = error instanceof Error ? error.stack : undefined;
  const where = stack?.split('\n').find((line) => line.startsWith('    at ')) ?? '';
  return new Error(
    `journey ${name}, n ${n}, threw: ${messageOf(error)}${where && `\n${where}`}\nWhat a journey throws besides a failed step is taken for an error of the test; catch it there, or make it a step('name', ...).`,
    { cause: error },
  );
}
