import { subject } from './subject.ts';

/** An answer of the server's API. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Asks the server; a body that is no text or bytes goes as JSON. */
export async function api(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${subject.url}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Asks and takes the answer's JSON. @throws Error when the status is another */
export async function asked<T>(status: number, method: string, path: string, body?: unknown): Promise<T> {
  const reply = await api(method, path, body);
  if (reply.status !== status) {
    throw new Error(`${method} ${path} ${JSON.stringify(body)}: expected ${status}, got ${reply.status} ${reply.text}`);
  }
  return (reply.text === '' ? undefined : JSON.parse(reply.text)) as T;
}
