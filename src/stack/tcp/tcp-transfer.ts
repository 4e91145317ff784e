import type { Transfer } from '../service.ts';

/** Result of a call with a time limit. */
type CallOutcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Calls with a time limit. A call that ignores its signal is abandoned when the time is over.
 * @param timeout milliseconds
 * @returns its result, or undefined when the time was over first; and the milliseconds that it took
 */
export async function within(
  call: (signal: AbortSignal) => Promise<unknown>,
  timeout: number,
): Promise<{ readonly outcome: CallOutcome | undefined; readonly after: number }> {
  const begin = performance.now();
  const over = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    resolve(undefined);
    over.abort(new Error(`no answer within ${timeout} ms`));
  }, timeout);
  const outcome = await Promise.race([outcomeOf(call, over.signal), late]);
  clearTimeout(timer);
  return { outcome, after: performance.now() - begin };
}

async function outcomeOf(call: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<CallOutcome> {
  try {
    return { kind: 'done', value: await call(signal) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** A fetch of many bytes, as a look at a fault needs it: a rejection means that the connection was cut. */
export async function measure(call: (signal: AbortSignal) => Promise<unknown>, timeout: number): Promise<Transfer> {
  const { outcome, after } = await within(call, timeout);
  if (!outcome) return { kind: 'silent', after };
  return { kind: outcome.kind === 'done' ? 'whole' : 'cut', after };
}
