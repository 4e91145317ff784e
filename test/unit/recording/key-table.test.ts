import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTable } from '../../../src/recording/key-table.ts';

test('keys that share one word of their hash, or lie at the end of the table, are told apart, however often it grows', () => {
  // Few words, so that they meet; the highest lead to the last slot and from there to the first.
  const word = fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1);
  const sighting = fc.record({ high: word, low: word, marks: fc.constantFrom(1, 2, 4), times: fc.nat({ max: 3 }) });
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 60 }), fc.nat({ max: 20 }), (sightings, expected) => {
      const table = new KeyTable(expected);
      const known = new Map<string, { marks: number; times: number }>();
      for (const { high, low, marks, times } of sightings) {
        table.add({ high, low }, marks, times);
        const before = known.get(`${high} ${low}`) ?? { marks: 0, times: 0 };
        known.set(`${high} ${low}`, { marks: before.marks | marks, times: before.times + times });
      }
      const found = new Map<string, { marks: number; times: number }>();
      table.each((marks, times, { high, low }) => found.set(`${high} ${low}`, { marks, times }));
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(known));
      for (const high of [0, 1, 2 ** 31]) expect(table.has({ high, low: 1 })).toBe(known.has(`${high} 1`));
    }),
  );
});
