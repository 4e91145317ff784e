import type { OperationKind } from '../../recording/kinds.ts';
import { messageOf } from '../checks.ts';
import type { OkWhen, Request } from '../load.ts';
import { pointerPath } from './read-value.ts';

/** A request as the generator sends it. */
export interface PreparedRequest {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string | null;
  /** Null: 200 to 399. */
  readonly okWhen: readonly number[] | null;
  /** An answer is ok only with a body. */
  readonly needsBody?: true;
  /**
   * Where the answer says the value that is read, as the members on the way there; none is the whole body. Absent:
   * nothing is read.
   */
  readonly reads?: readonly string[];
}

/** What the recording says of a request. It stays in the test's thread. */
export interface RequestLabels {
  readonly key: string | undefined;
  readonly name: string;
  /** What it wants to make of its key; a read learns it from its answer. */
  readonly value: string | undefined;
  /** What it does to its key; if absent what is usual for its name. */
  readonly kind?: OperationKind;
}

/** A request, checked: what is sent and what is recorded. */
export interface Prepared {
  readonly request: PreparedRequest;
  readonly labels: RequestLabels;
}

/** Methods that a load can send. */
export const allMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** They promise nothing of their key. */
const looking: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
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
  const { method = 'GET', path, key, name, value } = request;
  if (!methods.has(method)) {
    throw new TypeError(`${subject}: method must be one of ${[...methods].join(', ')}; got ${show(method)}`);
  }
  if (typeof path !== 'string' || !visible.test(path)) {
    throw new TypeError(
      `${subject}: path must start with '/' and hold no spaces or control characters (use encodeURIComponent); got ${show(path)}`,
    );
  }
  for (const [label, text] of Object.entries({ key, name, value })) {
    if (text !== undefined && typeof text !== 'string') {
      throw new TypeError(`${subject}: ${label} must be text; got ${show(text)}`);
    }
  }
  const { status, body: needsBody } = okWhenOf(request.okWhen, subject);
  const reads = readsOf(request, subject);
  if (method === 'HEAD' && (needsBody || reads)) {
    throw new TypeError(`${subject}: an answer to HEAD has no body that could be asked for; send GET`);
  }
  const headers = flatHeaders(request.headers ?? {}, subject);
  return {
    request: {
      method,
      path,
      headers,
      body: bodyText(request.body, headers, subject),
      okWhen: status ?? null,
      ...(needsBody && { needsBody }),
      ...(reads && { reads }),
    },
    labels: {
      key,
      name: name ?? `${method} ${withoutQuery(path)}`,
      value,
      ...(reads && { kind: 'read' }),
      ...(!reads && method === 'DELETE' && { kind: 'remove' }),
      ...(!reads && key !== undefined && value === undefined && looking.has(method) && { kind: 'look' }),
    },
  };
}

function checkShape(request: unknown, subject: string): void {
  if (typeof request === 'object' && request !== null && !('then' in request)) return;
  const seen = typeof request === 'object' && request !== null ? 'a promise (is the function async?)' : show(request);
  throw new TypeError(`${subject} must return a request such as { path: '/orders' } at once; got ${seen}`);
}

function okWhenOf(okWhen: Request['okWhen'], subject: string): OkWhen {
  if (okWhen === undefined) return {};
  const when = isList(okWhen) ? { status: okWhen } : okWhen;
  const { status, body }: { status?: unknown; body?: unknown } = typeof when === 'object' && when !== null ? when : {};
  const rightStatus = status === undefined || (Array.isArray(status) && status.length > 0 && status.every(isStatus));
  const rightBody = body === undefined || typeof body === 'boolean';
  if (rightStatus && rightBody && (status !== undefined || body !== undefined)) return when;
  throw new TypeError(
    `${subject}: okWhen must be a list of HTTP statuses such as [200, 409], or { status: [200], body: true }; got ${show(okWhen)}`,
  );
}

function isList(okWhen: readonly number[] | OkWhen): okWhen is readonly number[] {
  return Array.isArray(okWhen);
}

/** Where the value that is read lies; undefined where nothing is read. */
function readsOf({ reads, key, value }: Request, subject: string): readonly string[] | undefined {
  if (reads === undefined) return undefined;
  const path = typeof reads === 'string' ? pointerPath(reads) : undefined;
  if (path === undefined) {
    throw new TypeError(
      `${subject}: reads must say where the answer holds the value, a JSON pointer such as '/status', or '' for the whole body; got ${show(reads)}`,
    );
  }
  if (key === undefined)
    throw new TypeError(`${subject}: reads needs a key, to compare the value with what was written`);
  if (value !== undefined) {
    throw new TypeError(
      `${subject}: reads and value exclude each other: a read learns the value from its answer; got value ${show(value)}`,
    );
  }
  return path;
}

function isStatus(status: unknown): boolean {
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599;
}

function flatHeaders(headers: unknown, subject: string): string[] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new TypeError(`${subject}: headers must be an object of names and texts; got ${show(headers)}`);
  }
  const flat: string[] = [];
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    if (!token.test(name)) throw new TypeError(`${subject}: ${show(name)} is not a header name`);
    if (managed.has(name.toLowerCase())) {
      throw new TypeError(`${subject}: the header ${name} is set by the load itself; leave it out`);
    }
    if (typeof value !== 'string' || !printable.test(value)) {
      throw new TypeError(`${subject}: header ${name} must be text on one line; got ${show(value)}`);
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
    throw new TypeError(`${subject}: body cannot be made JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (text === undefined) throw new TypeError(`${subject}: body must be text or JSON data; got ${show(body)}`);
  return text;
}

function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? `[${value.map(show).join(', ')}]` : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
