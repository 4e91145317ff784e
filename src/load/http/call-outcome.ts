import { type Classification, classify } from './classify.ts';

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

/**
 * Words by which the recording means something about the generator, or about an answer: an error's code must not be
 * read so.
 */
const reserved = new Set(['ok', 'unsent', 'saturated', 'timeout']);
const longest = 60;

/**
 * How a call that threw is recorded. The category is the error's code, or that of its cause (`fetch` hides the code
 * there), or its name. An error says nothing about what was done before it, so the outcome is `unknown`, unless it says
 * `applied: false`.
 */
export function classifyError(error: unknown): Classification {
  const category = categoryOf(error).slice(0, longest);
  return {
    outcome: isObject(error) && error.applied === false ? 'failed' : 'unknown',
    category: reserved.has(category) ? `error ${category}` : category,
  };
}

const ok: Classification = { outcome: 'ok', category: 'ok' };

/** Answers that were judged already, by what their request says of them. */
const accepted = new WeakSet<object>();

/** Notes that an answer is ok, whatever its status: its request said so. */
export function accept(response: object): void {
  accepted.add(response);
}

/**
 * How a call that fulfilled is recorded: ok, unless it fulfilled with the answer to a request that is not. `fetch`
 * fulfils with a 500 too. An answer has headers and a `status` (fetch, axios) or a `statusCode` (undici, got,
 * node:http), and counts as one to a POST: 200 to 399 are ok, a 4xx is `failed`, a 5xx `unknown`. Of several in an
 * array the first that is not ok decides.
 */
export function classifyResult(result: unknown): Classification {
  if (Array.isArray(result)) {
    return result.map(classifyResult).find(({ outcome }) => outcome !== 'ok') ?? ok;
  }
  const status = statusOf(result);
  return status === undefined ? ok : classify({ kind: 'answered', status }, 'POST', null);
}

function statusOf(result: unknown): number | undefined {
  if (!isObject(result) || accepted.has(result) || !isObject(result.headers)) return undefined;
  const status = result.status ?? result.statusCode;
  return typeof status === 'number' && status >= 0 && status < 600 ? status : undefined;
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
