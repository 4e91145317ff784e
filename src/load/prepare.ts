import type { Request } from './load.ts';

/** A request as the generator sends it. */
export interface PreparedRequest {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string | null;
  /** Null: 200 to 399. */
  readonly okWhen: readonly number[] | null;
}

/** What the recording says of a request. It stays in the test's thread. */
export interface RequestLabels {
  readonly key: string | undefined;
  readonly name: string;
  readonly value: string | undefined;
}

/** A request, checked: what is sent and what is recorded. */
export interface Prepared {
  readonly request: PreparedRequest;
  readonly labels: RequestLabels;
}

/** Methods that a load can send. */
export const allMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const printable = /^[\t\x20-\x7e\x80-\xff]*$/;
const visible = /^\/[\x21-\x7e]*$/;
/** Headers that describe the connection or the length, which the generator decides. */
const managed = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * Checks what a request function returned and turns it into what is sent and what is recorded.
 * @param subject the call that made it, named in errors: `request({ n: 3 })`
 * @param methods those that the load can send
 * @throws TypeError naming the part that is wrong, the rule and the value seen
 */
export function prepare(request: Request, subject: string, methods = allMethods): Prepared {
  checkShape(request, subject);
  const { method = 'GET', path, key, name, value, okWhen } = request;
  if (!methods.has(method)) {
    throw new TypeError(`${subject}: method must be one of ${[...methods].join(', ')}; got ${shown(method)}`);
  }
  if (typeof path !== 'string' || !visible.test(path)) {
    throw new TypeError(
      `${subject}: path must start with '/' and hold no spaces or control characters (use encodeURIComponent); got ${shown(path)}`,
    );
  }
  for (const [label, text] of Object.entries({ key, name, value })) {
    if (text !== undefined && typeof text !== 'string') {
      throw new TypeError(`${subject}: ${label} must be text; got ${shown(text)}`);
    }
  }
  checkOkWhen(okWhen, subject);
  const headers = flatHeaders(request.headers ?? {}, subject);
  return {
    request: { method, path, headers, body: bodyText(request.body, headers, subject), okWhen: okWhen ?? null },
    labels: { key, name: name ?? `${method} ${withoutQuery(path)}`, value },
  };
}

function checkShape(request: unknown, subject: string): void {
  if (typeof request === 'object' && request !== null && !('then' in request)) return;
  const seen = typeof request === 'object' && request !== null ? 'a promise (is the function async?)' : shown(request);
  throw new TypeError(`${subject} must return a request such as { path: '/orders' } at once; got ${seen}`);
}

function checkOkWhen(okWhen: unknown, subject: string): void {
  if (okWhen === undefined) return;
  const statuses: unknown[] | undefined = Array.isArray(okWhen) ? okWhen : undefined;
  if (statuses && statuses.length > 0 && statuses.every(isStatus)) return;
  throw new TypeError(`${subject}: okWhen must be a list of HTTP statuses such as [200, 409]; got ${shown(okWhen)}`);
}

function isStatus(status: unknown): boolean {
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599;
}

function flatHeaders(headers: unknown, subject: string): string[] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new TypeError(`${subject}: headers must be an object of names and texts; got ${shown(headers)}`);
  }
  const flat: string[] = [];
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    if (!token.test(name)) throw new TypeError(`${subject}: ${shown(name)} is not a header name`);
    if (managed.has(name.toLowerCase())) {
      throw new TypeError(`${subject}: the header ${name} is set by the load itself; leave it out`);
    }
    if (typeof value !== 'string' || !printable.test(value)) {
      throw new TypeError(`${subject}: header ${name} must be text on one line; got ${shown(value)}`);
    }
    flat.push(name, value);
  }
  return flat;
}

/** The body as text; JSON also gets its content type, added to `headers`, unless one is there. */
function bodyText(body: unknown, headers: string[], subject: string): string | null {
  if (body === undefined) return null;
  if (typeof body === 'string') return body;
  const text = json(body, subject);
  const named = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  if (!named) headers.push('content-type', 'application/json');
  return text;
}

function json(body: unknown, subject: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch (error) {
    throw new TypeError(
      `${subject}: body cannot be made JSON: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
  if (text === undefined) throw new TypeError(`${subject}: body must be text or JSON data; got ${shown(body)}`);
  return text;
}

function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
