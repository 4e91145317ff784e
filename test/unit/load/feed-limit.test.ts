import { expect, test } from 'vitest';
import { Feed } from '../../../src/load/requests/feed.ts';
import { doWithin } from '../../../src/load/requests/interrupt-function.ts';
import { allMethods } from '../../../src/load/requests/prepare.ts';

const call = (n: number) => `request({ n: ${n} })`;

test('an endless loop is cut off; what is quick is done, and its errors are its own', () => {
  const endless = () => {
    for (;;);
  };
  expect(doWithin(20, endless)).toBe(false);
  let turns = 0;
  expect(doWithin(60_000, () => turns++)).toBe(true);
  expect(turns).toBe(1);
  const wrong = new TypeError('wrong');
  expect(() =>
    doWithin(60_000, () => {
      throw wrong;
    }),
  ).toThrow(wrong);
});

test('a request function that does not return is named with its n', () => {
  const make = (): never => {
    for (;;);
  };
  const feed = new Feed({ first: 2, step: 1, count: 5 }, make, call, allMethods, 40);
  expect(() => feed.ahead(3)).toThrow(
    'request({ n: 2 }) did not return within 0.04 s, and was cut off: it must return a request at once; look for a loop that does not end, and prepare what takes long before run()',
  );
});

test('more names of operations than a recording can hold are refused when they are made', () => {
  const feed = new Feed({ first: 0, step: 1, count: 70_000 }, (n) => ({ path: `/orders/${n}` }), call);
  expect(feed.ahead(65_536)).toHaveLength(65_536);
  expect(() => feed.ahead(65_537)).toThrow(
    /at most 65536 names of operations, and 'GET \/orders\/65536' is one more; give requests with ids in their path a name/,
  );
});
