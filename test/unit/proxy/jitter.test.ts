import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Link } from '../../../src/proxy/link/link.ts';
import { latency } from '../../../src/proxy/toxics/latency.ts';
import type { Toxic } from '../../../src/proxy/toxics/toxic.ts';
import { FakeDestination, FakeSource } from './sockets.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const jitter = 10;
const base = 50;

/** How long a chunk is held, in whole ms. */
function held(random: () => number): number {
  const source = new FakeSource();
  const destination = new FakeDestination();
  const attributes = { latency: base, jitter };
  const toxic: Toxic = {
    name: 'slow',
    type: latency,
    direction: 'upstream',
    stream: 'upstream',
    attributes,
    digits: {},
    toxicity: 1,
  };
  new Link(source, destination, [toxic], () => random);
  source.send('x');
  let ms = 0;
  for (; destination.text === ''; ms += 1) vi.advanceTimersByTime(1);
  return ms;
}

test('jitter is uniform over the whole milliseconds of [-jitter, +jitter)', () => {
  const samples = 4_000;
  const counts = new Map<number, number>();
  for (let n = 0; n < samples; n += 1) {
    const ms = held(Math.random);
    counts.set(ms, (counts.get(ms) ?? 0) + 1);
  }
  const values = Array.from({ length: 2 * jitter }, (_, n) => base - jitter + n);
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual(values);
  const expected = samples / values.length;
  const chiSquare = values.reduce((sum, ms) => sum + ((counts.get(ms) ?? 0) - expected) ** 2 / expected, 0);
  // 19 degrees of freedom: a uniform jitter exceeds 75 once in 2 x 10^8 runs, and misses one of the 20 values (each
  // expected 200 times) once in 10^87.
  expect(chiSquare).toBeLessThan(75);
});

test.each([
  [0, base - jitter],
  [0.499, base - 1],
  [0.5, base],
  [0.999_999, base + jitter - 1],
])('a roll of %f makes %i ms', (roll, ms) => {
  // The first roll is of the toxicity.
  const rolls = [0, roll];
  expect(held(() => rolls.shift() ?? Number.NaN)).toBe(ms);
});
