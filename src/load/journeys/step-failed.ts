import type { Outcome } from '../../recording/columns.ts';
import type { Classification } from '../http/classify.ts';
import type { JourneyResponse } from '../load.ts';

/** What a step of a journey throws when it failed. The failure is recorded already; a journey may catch this and go on. */
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
