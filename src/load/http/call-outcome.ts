import type { Classification } from './classify.ts';

/**
 * For a call or a step to throw when what it wanted was certainly not done: recorded as `failed`, where any other error
 * leaves it `unknown`. An error of your own with `applied: false` counts the same.
 */
export class NotApplied extends Error {
  override readonly name = 'NotApplied';
  readonly applied = false;
  /** The category in the recording: `sold-out`. */
  readonly code: string;

  /** @param code becomes the category in the recording */
  constructor(code: string, options?: ErrorOptions) {
    super(`not applied: ${code}`, options);
    this.code = code;
  }
}

/** Words by which the recording means something about the generator, or about an answer: an error's code must not be read so. */
const reserved = new Set(['ok', 'unsent', 'saturated', 'timeout']);
const longest = 60;

/**
 * How a call that threw is recorded. The category is the error's code, or that of its cause (`fetch` hides the code there), or its name.
 * An error says nothing about what was done before it, so the outcome is `unknown`, unless it says `applied: false`.
 */
export function classifyError(error: unknown): Classification {
  const category = categoryOf(error).slice(0, longest);
  return {
    outcome: isObject(error) && error.applied === false ? 'failed' : 'unknown',
    category: reserved.has(category) ? `error ${category}` : category,
  };
}

function categoryOf(error: unknown): string {
  if (!isObject(error)) return `a thrown ${typeof error}`;
  const cause = isObject(error.cause) ? error.cause : {};
  const name = error instanceof Error ? error.name : 'a thrown object';
  return codeOf(error) ?? codeOf(cause) ?? name;
}

function codeOf({ code }: Readonly<Record<string, unknown>>): string | undefined {
  return (typeof code === 'string' && code !== '') || typeof code === 'number' ? String(code) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
