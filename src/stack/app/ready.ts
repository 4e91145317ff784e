import { fetchApp } from './fetch-app.ts';

/**
 * When an app counts as ready: a path that answers 2xx, a pattern in its output, or a function that is called until it
 * resolves to anything but false; a rejection means not yet.
 */
export type Ready = `/${string}` | RegExp | ((app: { readonly url: string }) => Promise<unknown>);

/** One look at an app that starts. */
export interface ReadyProbe {
  /** What is waited for, after "waited for". */
  readonly awaited: string;
  /** Undefined when the app is ready, else what was seen instead. Never rejects. */
  look(): Promise<string | undefined>;
}

/** How long one request for the ready path may take, in milliseconds. */
const pollTimeout = 1_000;

/**
 * The probe for a {@link Ready}.
 * @param url origin of the app
 * @param output what the app has printed so far
 */
export function makeReadyProbe(ready: Ready, url: string, output: () => string): ReadyProbe {
  if (typeof ready === 'string') {
    return { awaited: `GET ${url}${ready} to answer 2xx`, look: () => lookAtPath(new URL(ready, url)) };
  }
  if (ready instanceof RegExp) {
    // Without g and y, which would begin where the last look ended.
    const pattern = new RegExp(ready.source, ready.flags.replace(/[gy]/g, ''));
    return {
      awaited: `${ready} in its output`,
      look: async () => (pattern.test(output()) ? undefined : 'no such line yet'),
    };
  }
  return {
    awaited: 'its ready function to resolve',
    look: async () => {
      try {
        return (await ready({ url })) === false ? 'it resolved to false' : undefined;
      } catch (error) {
        return `it rejected: ${reasonOf(error)}`;
      }
    },
  };
}

async function lookAtPath(url: URL): Promise<string | undefined> {
  try {
    const response = await fetchApp(url, {
      // A connection kept open would hold up an app that closes gracefully.
      headers: { connection: 'close' },
      redirect: 'manual',
      signal: AbortSignal.timeout(pollTimeout),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `the answer was ${response.status}${remedyFor(response.status)}`;
  } catch (error) {
    return `${reasonOf(error)}${isRefused(error) ? `; nothing listens there: the app must listen at 127.0.0.1 (or 0.0.0.0), on the port in its environment variable PORT` : ''}`;
  }
}

/** The mistake that an answer points to. */
function remedyFor(status: number): string {
  return status === 404 ? ', so the app does not know this path: correct the option ready' : '';
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name);
}
