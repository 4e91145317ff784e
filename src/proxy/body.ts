/** What a client did wrong, or what could not be done for it: the status and text of the answer. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** The JSON object of a request. */
export type Body = Readonly<Record<string, unknown>>;

/** Reads a request's body; `null` counts as an object without fields. @throws ApiError 400 when it is no JSON object */
export function parseBody(text: string): Body {
  if (text.trim() === '') throw bad('EOF');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  if (value === null) return {};
  if (!isBody(value)) throw bad(`expected a JSON object, got ${kindOf(value)}`);
  return value;
}

/** A field that is a text, or absent or null. @throws ApiError 400 */
export function textField(body: Body, field: string): string | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw bad(`${field} must be a string, got ${kindOf(value)}`);
}

/** A field that is true or false, or absent or null. @throws ApiError 400 */
export function booleanField(body: Body, field: string): boolean | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  throw bad(`${field} must be true or false, got ${kindOf(value)}`);
}

/** A field that is a number, or absent or null. @throws ApiError 400 */
export function numberField(body: Body, field: string): number | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  throw bad(`${field} must be a number, got ${kindOf(value)}`);
}

/** A field that is a whole number exact in a double, or absent or null. @throws ApiError 400 */
export function integerField(body: Body, field: string): number | undefined {
  const value = numberField(body, field);
  if (value === undefined || Number.isSafeInteger(value)) return value;
  throw bad(`${field} must be a whole number, got ${value}`);
}

/** A field that is an object, or absent or null. @throws ApiError 400 */
export function objectField(body: Body, field: string): Body | undefined {
  const value = body[field] ?? undefined;
  if (value === undefined || isBody(value)) return value;
  throw bad(`${field} must be an object, got ${kindOf(value)}`);
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value)}`;
}

function bad(why: string): ApiError {
  return new ApiError(400, `bad request body: ${why}`);
}
