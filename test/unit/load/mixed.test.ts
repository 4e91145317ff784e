import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RequestContext } from '../../../src/load/load.ts';
import { type MixedOptions, mixed } from '../../../src/load/mixed.ts';
import { randomFor } from '../../../src/random.ts';

const context = (n: number, seed = 1): RequestContext => ({ n, random: randomFor(seed, n) });
const at = (value: number): RequestContext => ({ n: 0, random: () => value });
const to = (path: string) => () => ({ path });
const requests = { order: to('/orders'), trip: to('/trips'), location: to('/locations') };

test('kinds come by their weights, and each operation carries the name of its kind', () => {
  const request = mixed({ weights: { order: 40, trip: 50, location: 10 }, requests });
  const counts: Record<string, number> = {};
  for (let n = 0; n < 10_000; n++) {
    const { name = '', path } = request(context(n));
    expect(path).toBe(`/${name}s`);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  // Three standard deviations of a share of 50 % of 10,000 are 150.
  expect(Math.abs((counts.order ?? 0) - 4_000)).toBeLessThan(150);
  expect(Math.abs((counts.trip ?? 0) - 5_000)).toBeLessThan(150);
  expect(Math.abs((counts.location ?? 0) - 1_000)).toBeLessThan(90);
});

test('the drawn number decides at the sums of the weights', () => {
  const request = mixed({ weights: { order: 1, trip: 2, location: 1 }, requests });
  const kinds = [0, 0.2499, 0.25, 0.7499, 0.75, 0.9999, 1].map((value) => request(at(value)).name);
  expect(kinds).toEqual(['order', 'order', 'trip', 'trip', 'location', 'location', 'location']);
});

test('the same seed and number are the same request, whatever was asked before', () => {
  const request = mixed({ weights: { order: 1, trip: 1, location: 1 }, requests });
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: -1_000, max: 1_000_000 }), (seed, n) => {
      expect(request(context(n, seed))).toEqual(request(context(n, seed)));
    }),
  );
});

test('a kind gets the number and further random numbers, and its own name is kept', () => {
  const request = mixed({
    weights: { order: 1 },
    requests: { order: ({ n, random }) => ({ path: `/${n}`, name: 'large order', body: random() }) },
  });
  const values = randomFor(1, 7);
  values();
  expect(request(context(7))).toEqual({ path: '/7', name: 'large order', body: values() });
});

test('a weight of 0 never comes', () => {
  const request = mixed({ weights: { order: 0, trip: 1, location: 0 }, requests });
  expect(new Set([0, 0.5, 1].map((value) => request(at(value)).name))).toEqual(new Set(['trip']));
});

test.each<[string, unknown, RegExp]>([
  ['no weights', { requests }, /requests\.order has no weight; weights name nothing/],
  ['nothing', {}, /weights must name one kind of request or more/],
  ['weights that are all 0', { weights: { order: 0 }, requests: { order: to('/') } }, /with a weight above 0/],
  ['a negative weight', { weights: { order: -1 }, requests }, /the weight of order must be a number from 0; got -1/],
  ['a weight that is no number', { weights: { order: '40' }, requests }, /the weight of order .*; got 40/],
  [
    'a kind without a function',
    { weights: { order: 1 }, requests: {} },
    /requests\.order must be a function .*undefined/,
  ],
  [
    'a function without a weight',
    { weights: { order: 1 }, requests },
    /requests\.trip has no weight; weights name order/,
  ],
])('mixed: %s is an error', (_, options, message) => {
  expect(() => mixed(options as MixedOptions<string>)).toThrow(message);
});

test('what is no request is left as it is for the load to refuse', () => {
  const request = mixed({ weights: { order: 1 }, requests: { order: () => 5 as unknown as { path: string } } });
  expect(request(at(0))).toBe(5);
});
