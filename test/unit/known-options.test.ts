import { expect, it } from 'vitest';
import { experiment } from '../../src/experiment.ts';
import { arrivals, autocannon, command, findCapacity, postgres, race, redis } from '../../src/index.ts';
import { mustKnow } from '../../src/known-options.ts';

it('an option that nobody reads is an error that names those that there are', () => {
  expect(() => mustKnow<{ a?: 1; b?: 2 }>({ a: 1, c: 3 } as object, 'make', { a: true, b: true })).toThrow(
    new TypeError('make: there is no option c; there is a, b'),
  );
});

it('options that are no object are an error', () => {
  expect(() => mustKnow(undefined as unknown as { a: 1 }, 'make', { a: true })).toThrow(
    new TypeError('make needs an object with a; got undefined'),
  );
});

const request = () => ({ path: '/' });

it.each<[string, () => unknown]>([
  ['arrivals', () => arrivals({ rate: 1, duration: '1s', request, ...{ key: 1 } })],
  ['autocannon', () => autocannon({ connections: 1, duration: '1s', request, ...{ key: 1 } })],
  ['race', () => race({ races: 1, contenders: 2, attempt: () => ({ path: '/', key: 'a' }), ...{ key: 1 } })],
  ['command', () => command(['node'], { ready: '/', ...{ key: 1 } })],
  ['postgres', () => postgres({ key: 1 } as object)],
  ['redis', () => redis({ key: 1 } as object)],
])('%s knows its options', (name, make) => {
  expect(make).toThrow(`${name}: there is no option key; there is `);
});

it('a search for the capacity and a run know theirs, so that `fault` is no run without a fault', async () => {
  await expect(findCapacity(async () => Promise.reject(), { request, ...{ max: 1 } })).rejects.toThrow(
    'findCapacity: there is no option max; there is request, ',
  );
  const load = arrivals({ rate: 1, duration: '1s', request });
  await expect(experiment({ load, ...{ fault: [] } }, undefined as never)).rejects.toThrow(
    'run: there is no option fault; there is load, faults, prepare, ',
  );
});
