import { StepFailed } from './step-failed.ts';

/** Whether an error, or what caused it, is recorded already. */
export function isRecorded(error: unknown): boolean {
  if (error instanceof StepFailed) return true;
  return error instanceof Error && error.cause !== error && isRecorded(error.cause);
}

/** What a journey threw, with where it did. */
export function defectOf(error: unknown, name: string, n: number): Error {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  const where = stack?.split('\n').find((line) => line.startsWith('    at ')) ?? '';
  return new Error(
    `journey ${name}, n ${n}, threw: ${message}${where && `\n${where}`}\nWhat a journey throws besides a failed step is taken for an error of the test; catch it there, or make it a step('name', ...).`,
    { cause: error },
  );
}
