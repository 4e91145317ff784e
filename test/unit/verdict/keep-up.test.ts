import { expect, test } from 'vitest';
import { measureFlow, measureOffered } from '../../../src/analysis/window/flow.ts';
import { keepUp } from '../asked.ts';
import { steady } from './literals.ts';

test('an app that is always 300 ms behind keeps up, if it was so from the warm-up on', () => {
  const recording = steady({ rate: 100, seconds: 5 }, (n) => ({ dueAt: n * 10 - 500, endedAt: n * 10 - 200 }), {
    duration: 4_000,
  });
  expect(measureFlow(recording)).toEqual({ due: 400, keptUp: { best: 1, worst: 1 } });
  expect(keepUp(recording)).toMatchObject({ status: 'pass', value: 100, bound: '>= 99 %' });
});

test('an app that answers 98 of 100 in time builds up a backlog', () => {
  // It grows by 2 a second: after one second, and every half second from then on, by one more.
  const judgement = keepUp(steady({ rate: 100, seconds: 10 }, (n) => ({ endedAt: (n * 10) / 0.98 + 1 })));
  expect(judgement.status).toBe('fail');
  expect(judgement.value).toBeCloseTo(98, 0);
  expect(judgement.because).toMatch(/1,000 operations became due over the whole run, faster than they were answered/);
});

test('an app that works off what the warm-up left behind keeps up with all, not with more', () => {
  const catching = steady({ rate: 100, seconds: 6 }, (n) => ({ dueAt: n * 10 - 2_000, endedAt: n * 8 + 10 }), {
    duration: 4_000,
  });
  expect(keepUp(catching)).toMatchObject({ status: 'pass', value: 100, shown: '100 %' });
});

/** 400/s for 2 s with an app that does 410/s and stands still for 300 ms from `at` on. */
const paused = (at: number) => {
  let free = 0;
  return steady({ rate: 400, seconds: 2 }, (_, dueAt) => {
    free = Math.max(free, dueAt) + 1_000 / 410;
    if (free >= at && free < at + 300) free = at + 300;
    return { endedAt: free };
  });
};

test.each([100, 700, 1_000, 1_300, 1_700])('a pause at %s ms is no growth, though its backlog stays', (at) => {
  expect(keepUp(paused(at))).toMatchObject({ status: 'pass' });
});

test('an error is dealt with, a time-out is not', () => {
  const failing = (category: string) => steady({ rate: 100, seconds: 4 }, (n) => (n % 10 === 0 ? { category } : {}));
  expect(keepUp(failing('503')).status).toBe('pass');
  expect(keepUp(failing('refused')).status).toBe('pass');
  expect(keepUp(failing('timeout'))).toMatchObject({ status: 'fail', value: 90 });
  expect(keepUp(failing('saturated'))).toMatchObject({ status: 'fail', value: 90 });
});

test('an app that hangs keeps up with nothing', () => {
  const hung = steady({ rate: 100, seconds: 4 }, (_, dueAt) => ({ category: 'timeout', endedAt: dueAt + 5_000 }));
  expect(keepUp(hung)).toMatchObject({ status: 'fail', value: 0, shown: '0 %' });
});

test('what the generator could not send, or sent too late, is not held against the app', () => {
  const unsent = steady({ rate: 100, seconds: 4 }, (n) => (n % 10 === 0 ? { category: 'unsent' } : {}));
  expect(keepUp(unsent)).toMatchObject({ status: 'unknown', shown: '90 % to 100 %' });
  const slow = steady({ rate: 100, seconds: 4 }, (n) => ({ startedAt: n * 12, endedAt: n * 12 + 1 }));
  expect(keepUp(slow).status).toBe('unknown');
});

test('fewer than 300 operations do not tell', () => {
  expect(keepUp(steady({ rate: 299, seconds: 1 })).because).toMatch(/Too few samples: 299, and .* needs 300/);
});

test('what was offered in a part of a run is what was due in it', () => {
  const ramp = steady({ rate: 100, seconds: 2 }, (n) => ({ dueAt: Math.sqrt(n / 50) * 1_000 }));
  // The integral is 50 t^2: 50 in the first second, 150 in the second.
  const part = (from: number, to: number) => measureOffered({ recording: ramp, name: 'a part', from, to, faults: [] });
  expect(part(0, 1_000)).toBe(50);
  expect(part(1_000, 2_000)).toBe(150);
});
