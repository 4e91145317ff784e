/** A request to the API and what was answered. */
export interface ApiExchange {
  readonly method: string;
  /** The path as in the request line. */
  readonly url: string;
  readonly answer: { readonly status: number; readonly body?: string };
}

/** Why a request was refused, as its answer says it. */
export function errorText({ status, body = '' }: ApiExchange['answer']): string {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // An answer that is no JSON, such as the plain 404, says it in its own words.
  }
  return body.trim() || `status ${status}`;
}
