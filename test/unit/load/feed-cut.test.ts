import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { doWithin } from '../../../src/load/requests/interrupt-function.ts';

/** Calls until the time is over, and what ends the one in which that happens. */
const time = { left: 0, over: new Error('time is over') };

// Files share their modules: this one has a Feed of its own.
beforeAll(() => {
  vi.resetModules();
  vi.doMock('../../../src/load/requests/interrupt-function.ts', (): { doWithin: typeof doWithin } => ({
    doWithin: (_, work) => {
      time.left = 7;
      try {
        work();
        return true;
      } catch (error) {
        if (error instanceof Error && error.cause === time.over) return false;
        throw error;
      }
    },
  }));
});
afterAll(() => {
  vi.doUnmock('../../../src/load/requests/interrupt-function.ts');
  vi.resetModules();
});

test('requests that are slow but come are made, each once, however often the time is over in the middle of one', async () => {
  const { Feed } = await import('../../../src/load/requests/feed.ts');
  const { allMethods } = await import('../../../src/load/requests/prepare.ts');
  let calls = 0;
  const make = (n: number) => {
    calls++;
    if (time.left-- === 0) throw time.over;
    return { path: `/${n}` };
  };
  const feed = new Feed({ first: 0, step: 1, count: 30 }, make, (n) => `request({ n: ${n} })`, allMethods, 60_000);
  expect(feed.ahead(30).map(({ path }) => path)).toEqual(Array.from({ length: 30 }, (_, n) => `/${n}`));
  // Seven at a time, and the one that was cut off again: 30 + 4.
  expect(calls).toBe(34);
});
