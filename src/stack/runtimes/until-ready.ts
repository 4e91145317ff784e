import { setTimeout as sleep } from 'node:timers/promises';

/** A server that is waited for. */
export interface Awaited {
  /** For errors: `postgres (PostgreSQL 18.1)`. */
  readonly title: string;
  /** Settles when the server ends; one that is only asked now and then never need. */
  readonly ended: Promise<unknown>;
  /** @throws Error when it does not run any more */
  mustRun(): void | Promise<void>;
  /** The last lines of its log. */
  tail(): string;
}

/**
 * Asks again and again until `check` succeeds.
 * @param timeout milliseconds
 * @throws Error when the server ends meanwhile, or the time is over; with the end of its log
 */
export async function waitUntilReady(server: Awaited, check: () => Promise<void>, timeout: number): Promise<void> {
  const deadline = performance.now() + timeout;
  for (;;) {
    await server.mustRun();
    const timer = new AbortController();
    try {
      const left = Math.max(1, deadline - performance.now());
      // Another process may hold its port and keep `check` waiting, when the server itself has long ended.
      const over = Promise.race([server.ended, sleep(left, undefined, timer)]).then(() => false);
      if (await Promise.race([check().then(() => true), over])) return;
      throw new Error('no answer');
    } catch (error) {
      if (performance.now() >= deadline) {
        const because = `${server.title} must answer within ${timeout} ms and did not; its log ends with:\n${server.tail()}`;
        throw new Error(because, { cause: error });
      }
    } finally {
      timer.abort();
    }
    await sleep(10);
  }
}
