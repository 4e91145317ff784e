import { type Duration, milliseconds } from '../duration.ts';

/** What was thrown, as a message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A whole number of at least 1. @throws TypeError naming `subject` and the value seen */
export function wholeNumber(value: number, subject: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new TypeError(`${subject} must be a whole number of at least 1; got ${String(value)}`);
}

/** A length of time above 0, in milliseconds. @throws TypeError naming `subject` and the value seen */
export function someTime(duration: Duration, subject: string): number {
  const ms = milliseconds(duration, subject);
  if (ms > 0) return ms;
  throw new TypeError(`${subject} must be longer than 0; got ${JSON.stringify(duration)}`);
}

/** @throws TypeError when `value` is no function */
export function mustBeFunction(value: unknown, subject: string, example: string): void {
  if (typeof value === 'function') return;
  throw new TypeError(
    `${subject} must be a function such as ${example}; got ${value === null ? 'null' : typeof value}`,
  );
}
