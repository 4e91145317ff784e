import { expect, test } from 'vitest';
import { doneWithin } from '../../../src/load/call-limit.ts';
import { Feed } from '../../../src/load/feed.ts';
import { allMethods } from '../../../src/load/prepare.ts';
import { now } from '../../../src/recording/clock.ts';

const call = (n: number) => `request({ n: ${n} })`;

function busy(until: number): void {
  while (now() < until);
}

test('an endless loop is cut off; what is quick is done, and its errors are its own', () => {
  let turns = 0;
  const endless = () => {
    for (;;) turns++;
  };
  expect(doneWithin(20, endless)).toBe(false);
  expect(turns).toBeGreaterThan(0);
  expect(doneWithin(1_000, () => turns++)).toBe(true);
  const wrong = new TypeError('wrong');
  expect(() =>
    doneWithin(1_000, () => {
      throw wrong;
    }),
  ).toThrow(wrong);
});

test('a request function that does not return is named with its n', () => {
  const make = (n: number) => {
    for (;;) if (n !== 2) return { path: '/' };
  };
  const feed = new Feed({ first: 0, step: 1, count: 5 }, make, call, allMethods, 40);
  expect(feed.ahead(2)).toHaveLength(2);
  expect(() => feed.ahead(3)).toThrow(
    'request({ n: 2 }) did not return within 0.04 s, and was cut off: it must return a request at once; look for a loop that does not end, and prepare what takes long before run()',
  );
});

test('requests that are slow but come are made, each once, however long all of them take together', () => {
  const make = (n: number) => {
    busy(now() + 5);
    return { path: `/${n}` };
  };
  const feed = new Feed({ first: 0, step: 1, count: 30 }, make, call, allMethods, 60);
  expect(feed.ahead(30).map(({ path }) => path)).toEqual(Array.from({ length: 30 }, (_, n) => `/${n}`));
});
