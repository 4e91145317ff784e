/** What was asked of the server, for the error when it did not do it. */
export interface AskedRequest {
  readonly what: string;
  readonly request: { readonly method: string; readonly url: string; readonly body?: unknown };
  readonly remedy: string;
}

/**
 * toxiproxy-node-client keeps only the status of a refusal. A refused request changes nothing, so it is asked again,
 * for the reason alone.
 */
export async function explain(error: unknown, { what, request, remedy }: AskedRequest): Promise<Error> {
  const status = statusOf(error);
  if (status === undefined) {
    const why = error instanceof Error ? error.message : String(error);
    return new Error(
      `${what}: the proxy server does not answer at ${new URL(request.url).origin} (${why}). Look whether its process still runs.`,
      { cause: error },
    );
  }
  return new Error(`${what}: ${(await readReason(request)) ?? `the server answered ${status}`}. ${remedy}`, {
    cause: error,
  });
}

async function readReason({ method, url, body }: AskedRequest['request']): Promise<string | undefined> {
  try {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(url, init);
    const said: unknown = await response.json();
    if (typeof said !== 'object' || said === null || !('error' in said)) return undefined;
    return `${String(said.error)} (${response.status})`;
  } catch {
    // Only the reason is lost; the caller still has the status.
    return undefined;
  }
}

/** The HTTP status that toxiproxy-node-client names in its error; undefined when it had no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error ? /status code (\d+)$/.exec(error.message)?.[1] : undefined;
  return status === undefined ? undefined : Number(status);
}
