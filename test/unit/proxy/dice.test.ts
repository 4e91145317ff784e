import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Dice, makeSeededDice, type Roller } from '../../../src/proxy/dice.ts';
import { Link } from '../../../src/proxy/link/link.ts';
import { slicer } from '../../../src/proxy/toxics/slicer.ts';
import type { Toxic, ToxicType } from '../../../src/proxy/toxics/toxic.ts';
import { randomFor, randomForKey } from '../../../src/random.ts';
import { FakeDestination, FakeSource } from './sockets.ts';

const roller: Roller = { proxy: 'db', connection: 1, direction: 'upstream', toxic: 'slow', addition: 1 };
const firstThree = (dice: Dice, change: Partial<Roller> = {}) => {
  const random = dice({ ...roller, ...change });
  return [random(), random(), random()];
};

test('a toxic on a connection rolls the same again with the same seed, and otherwise with another', () => {
  expect(firstThree(makeSeededDice(7))).toEqual(firstThree(makeSeededDice(7)));
  expect(firstThree(makeSeededDice(8))).not.toEqual(firstThree(makeSeededDice(7)));
});

test.each<Partial<Roller>>([
  { proxy: 'db2' },
  { connection: 2 },
  { direction: 'downstream' },
  { toxic: 'slower' },
  { addition: 2 },
])('another roller has dice of its own: %j', (change) => {
  expect(firstThree(makeSeededDice(7), change)).not.toEqual(firstThree(makeSeededDice(7)));
});

test('what one connection rolls is the same however often others roll in between', () => {
  const rolls = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), rolls, (seed, order) => {
      const together = makeSeededDice(seed);
      const streams = new Map([1, 2, 3].map((connection) => [connection, together({ ...roller, connection })]));
      const seen = new Map<number, number[]>();
      for (const connection of order) {
        seen.set(connection, [...(seen.get(connection) ?? []), streams.get(connection)?.() ?? Number.NaN]);
      }
      for (const [connection, numbers] of seen) {
        const alone = makeSeededDice(seed)({ ...roller, connection });
        expect(numbers).toEqual(numbers.map(() => alone()));
      }
    }),
  );
});

test('first rolls of a toxicity of 0.3 hit 30 % of 10,000 connections', () => {
  const dice = makeSeededDice(1);
  let hits = 0;
  for (let connection = 1; connection <= 10_000; connection += 1)
    if (dice({ ...roller, connection })() < 0.3) hits += 1;
  // A fixed seed gives a fixed count; the standard deviation of a fair one is 46.
  expect(hits).toBeGreaterThan(3_000 - 4 * 46);
  expect(hits).toBeLessThan(3_000 + 4 * 46);
});

test('a key is folded by FNV-1a', () => {
  // From its reference vectors: "foobar" is 0xbf9cf968, and nothing at all the offset basis.
  expect(randomForKey(3, 'foobar')()).toBe(randomFor(3, 0xbf9cf968)());
  expect(randomForKey(3, '')()).toBe(randomFor(3, 0x811c9dc5)());
});

test('two connections are cut into the same slices, in whatever order their data comes', () => {
  /** The slices of two connections, the data fed to one after the other as `order` says. */
  const slices = (order: readonly number[]) => {
    const dice = makeSeededDice(11);
    const attributes = { average_size: 20, size_variation: 10, delay: 0 };
    const type = slicer as ToxicType;
    const toxic: Toxic = { ...roller, name: 'cut', type, stream: 'upstream', attributes, digits: {}, toxicity: 1 };
    const links = [1, 2].map((connection) => {
      const source = new FakeSource();
      const destination = new FakeDestination();
      new Link(source, destination, [toxic], ({ name }) => dice({ ...roller, toxic: name, connection }));
      return { source, destination };
    });
    for (const at of order) links[at]?.source.send('x'.repeat(200));
    return links.map(({ destination }) => destination.received.map(({ length }) => length));
  };
  const apart = slices([0, 0, 0, 1, 1, 1]);
  expect(slices([1, 0, 0, 1, 0, 1])).toEqual(apart);
  expect(apart[0]).not.toEqual(apart[1]);
});
