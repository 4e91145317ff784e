import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from '../../../src/fifo.ts';
import { Pulse } from '../../../src/load/generator/pulse.ts';
import { DeadlineQueue } from '../../../src/load/http/deadline-queue.ts';
import { Feed } from '../../../src/load/requests/feed.ts';
import { Rows } from '../../../src/load/rows/rows.ts';
import { randomFor } from '../../../src/random.ts';

test('a queue gives back what was put in, in order, whatever the interleaving', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (puts) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      const taken: (number | undefined)[] = [];
      const expected: (number | undefined)[] = [];
      puts.forEach((isPut, index) => {
        if (isPut) {
          fifo.push(index);
          model.push(index);
        } else {
          expected.push(model.length, model[0], model.shift());
          taken.push(fifo.length, fifo.first, fifo.shift());
        }
      });
      expect(taken).toEqual(expected);
    }),
  );
});

function expiring() {
  const item = { ended: false, expired: 0, expire: () => void item.expired++ };
  return item;
}

test('a queue that was long gives back everything when it is cut down', () => {
  const fifo = new Fifo<number>();
  for (let item = 0; item < 5_000; item++) fifo.push(item);
  expect(Array.from({ length: 5_001 }, () => fifo.shift())).toEqual([...Array(5_000).keys(), undefined]);
  expect(fifo.length).toBe(0);
});

test('what has not ended by its deadline expires, at the deadline and not before', () => {
  const deadlines = new DeadlineQueue(100);
  const [first, answered, last] = [expiring(), expiring(), expiring()];
  deadlines.start(first, 0);
  deadlines.start(answered, 10);
  deadlines.start(last, 20);
  answered.ended = true;
  deadlines.expire(99);
  expect([first.expired, answered.expired, last.expired]).toEqual([0, 0, 0]);
  deadlines.expire(119);
  expect([first.expired, answered.expired, last.expired]).toEqual([1, 0, 0]);
  deadlines.expire(120);
  expect([first.expired, answered.expired, last.expired]).toEqual([1, 0, 1]);
});

test('those that cost nothing expire first, and of the others some at a time', () => {
  const deadlines = new DeadlineQueue(100);
  const [first, second, third] = [expiring(), expiring(), expiring()];
  const free = Object.assign(expiring(), { free: true });
  for (const item of [first, second, free, third]) deadlines.start(item, 0);
  expect(deadlines.expire(100, 2)).toBe(true);
  expect([first.expired, second.expired, third.expired, free.expired]).toEqual([1, 1, 0, 1]);
  expect(deadlines.expire(100, 2)).toBe(false);
  expect([first.expired, second.expired, third.expired]).toEqual([1, 1, 1]);
});

test('a gap above 50 ms is a stall, and the clock of deadlines stands still during it', () => {
  const pulse = new Pulse(-20);
  pulse.beat(0);
  pulse.beat(50);
  expect(pulse.spans).toEqual([]);
  expect(pulse.running(50)).toBe(50);
  pulse.beat(150);
  expect(pulse.spans).toEqual([[50, 150]]);
  expect(pulse.running(150)).toBe(50);
});

test('a look-ahead that was empty for long is a stall, for an instant it is not', () => {
  const pulse = new Pulse(0);
  pulse.starved(10, 60);
  pulse.starved(100, 160);
  expect(pulse.spans).toEqual([[100, 160]]);
  expect(pulse.running(200)).toBe(200);
});

test('the same seed and n give the same numbers, another seed or n others', () => {
  const three = (seed: number, n: number) => {
    const random = randomFor(seed, n);
    return [random(), random(), random()];
  };
  expect(three(1, 5)).toEqual(three(1, 5));
  expect(three(1, 5)).not.toEqual(three(2, 5));
  expect(three(1, 5)).not.toEqual(three(1, 6));
  expect(three(1, 5)).not.toEqual(three(1, -5));
});

test('the first numbers of a thousand requests are spread evenly', () => {
  const tenths = new Array<number>(10).fill(0);
  for (let n = 0; n < 1_000; n++) {
    const tenth = Math.floor(randomFor(42, n)() * 10);
    tenths[tenth] = (tenths[tenth] as number) + 1;
  }
  // 100 each are expected; six standard deviations of a binomial(1000, 0.1) are 57.
  for (const count of tenths) expect(Math.abs(count - 100)).toBeLessThan(57);
});

const call = (n: number) => `request({ n: ${n} })`;

test('requests are made in order, each once, from either end of the numbers', () => {
  const made: number[] = [];
  const make = (n: number) => {
    made.push(n);
    return { path: `/${n}`, key: `K${n}` };
  };
  const feed = new Feed({ first: -1, step: -1, count: 4 }, make, call);
  feed.check();
  expect(feed.ahead(2).map(({ path }) => path)).toEqual(['/-1', '/-2']);
  expect(feed.ahead(2)).toEqual([]);
  expect(feed.ahead(100).map(({ path }) => path)).toEqual(['/-3', '/-4']);
  expect(made).toEqual([-1, -2, -3, -4]);
  expect(feed.labels(-3).key).toBe('K-3');
});

test('a request that was never handed out still has its labels', () => {
  const feed = new Feed({ first: -2, step: 1, count: 10 }, (n) => ({ path: '/', key: `K${n}` }), call);
  feed.ahead(1);
  expect(feed.labels(7).key).toBe('K7');
  expect(feed.labels(-2).key).toBe('K-2');
});

test('a request function that throws later is named with its n, and its error kept', () => {
  const cause = new Error('out of customers');
  const make = (n: number) => {
    if (n === 2) throw cause;
    return { path: '/' };
  };
  const feed = new Feed({ first: 0, step: 1, count: 5 }, make, call);
  expect(feed.ahead(2)).toHaveLength(2);
  expect(() => feed.ahead(3)).toThrow(
    expect.objectContaining({ message: 'request({ n: 2 }) threw: out of customers', cause }),
  );
});

test('a row that was never ended is unsent; the others keep what they were told', () => {
  const rows = new Rows();
  const sent = rows.add(0, 0, 0.5);
  rows.add(1, 5, Number.NaN);
  rows.end(sent, 9, { outcome: 'unknown', category: '503' });
  const { length, n, dueAt, startedAt, endedAt, outcome, category, categories } = rows.columns();
  expect({ length, n: [...n], dueAt: [...dueAt] }).toEqual({ length: 2, n: [0, 1], dueAt: [0, 5] });
  expect([...startedAt, ...endedAt]).toEqual([0.5, Number.NaN, 9, Number.NaN]);
  expect([...outcome]).toEqual([2, 1]);
  expect([...category].map((code) => categories[code])).toEqual(['503', 'unsent']);
});

test('rows beyond the first block are kept', () => {
  const rows = new Rows();
  for (let n = 0; n < 10_000; n++) rows.end(rows.add(n, n, n), n + 1, { outcome: 'ok', category: 'ok' });
  const { length, endedAt, outcome } = rows.columns();
  expect([length, endedAt[0], endedAt[9_999], outcome[9_999]]).toEqual([10_000, 1, 10_000, 0]);
});

test('progress leaves the warm-up out', () => {
  const rows = new Rows();
  rows.end(rows.add(-1, -5, -5), -4, { outcome: 'failed', category: 'refused' });
  rows.end(rows.add(0, 0, 0), 1, { outcome: 'ok', category: 'ok' });
  rows.end(rows.add(1, 5, 5), 6, { outcome: 'unknown', category: 'reset' });
  expect(rows.progress).toEqual({ operations: 2, errors: 1 });
});
