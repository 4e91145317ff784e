import { setTimeout as sleep } from 'node:timers/promises';
import { readable } from '../../duration.ts';
import type { AppDefinition } from './command.ts';
import { makeReadyProbe } from './ready.ts';

/** An app that starts, as the wait for its readiness sees it. */
export interface Starting {
  /** How it ended; undefined while it runs. */
  readonly end: { readonly code: number | null; readonly signal: string | null } | undefined;
  /** What it has printed so far. */
  text(): string;
  onExit(listener: () => void): () => void;
}

/** Interval (ms) between two looks at a starting app. */
const lookEvery = 25;

/**
 * Waits until an app is ready, for the time that its definition gives it.
 * @param url its origin
 * @returns undefined, or why it did not get ready, as a predicate:
 *   `ended with exit code 3 before it was ready: waited for ...`
 */
export async function waitUntilReady(
  app: Starting,
  { readyTimeout, ready }: AppDefinition,
  url: string,
): Promise<string | undefined> {
  const deadline = performance.now() + readyTimeout;
  const probe = makeReadyProbe(ready, url, () => app.text());
  let seen: string | undefined = 'nothing was seen yet';
  const ended = Promise.withResolvers<void>();
  const forget = app.onExit(() => ended.resolve());
  const late = new AbortController();
  // For a ready function that never settles.
  const timeUp = sleep(readyTimeout, undefined, { signal: late.signal }).catch((error: unknown) => {
    if (!late.signal.aborted) throw error;
  });
  const lookUntilReady = async () => {
    while (!app.end && performance.now() < deadline) {
      seen = await probe.look();
      if (seen === undefined) return;
      await sleep(lookEvery);
    }
  };
  await Promise.race([ended.promise, lookUntilReady(), timeUp]);
  late.abort();
  forget();
  const { end } = app;
  if (end) {
    const how = end.signal ? `by ${end.signal}` : `with exit code ${end.code}`;
    return `ended ${how} before it was ready: waited for ${probe.awaited}`;
  }
  if (seen === undefined) return undefined;
  return `was not ready within ${readable(readyTimeout)}: waited for ${probe.awaited}; last: ${seen}`;
}
