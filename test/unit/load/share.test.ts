import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countBelow, partIndex, partOf, type Sequence, shareOf } from '../../../src/load/plan/share.ts';

const numbers = ({ first, step, count }: Sequence) => Array.from({ length: count }, (_, index) => first + index * step);

test('arrival n goes to process n mod k, in the warm-up too', () => {
  expect(numbers(shareOf(0, 7, { index: 0, of: 3 }))).toEqual([0, 3, 6]);
  expect(numbers(shareOf(0, 7, { index: 2, of: 3 }))).toEqual([2, 5]);
  expect(numbers(shareOf(-4, 0, { index: 0, of: 3 }))).toEqual([-3]);
  expect(numbers(shareOf(-4, 0, { index: 2, of: 3 }))).toEqual([-4, -1]);
  expect(numbers(shareOf(0, 1, { index: 1, of: 2 }))).toEqual([]);
});

const some = { from: fc.integer({ min: -50, max: 0 }), length: fc.nat(60), of: fc.integer({ min: 1, max: 7 }) };

test('the shares of all processes hold every arrival once, each where its number says', () => {
  fc.assert(
    fc.property(some.from, some.length, some.of, (from, length, of) => {
      const shares = Array.from({ length: of }, (_, index) => numbers(shareOf(from, from + length, { index, of })));
      expect(shares.flat().sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => from + index));
      shares.forEach((share, index) => {
        for (const n of share) expect(partIndex(n, of)).toBe(index);
      });
    }),
  );
});

test('as many numbers of a share lie below a limit as can be counted', () => {
  fc.assert(
    fc.property(some.from, some.length, some.of, fc.integer({ min: -60, max: 60 }), (from, length, of, limit) => {
      const share = shareOf(from, from + length, { index: 0, of });
      expect(countBelow(share, limit)).toBe(numbers(share).filter((n) => n < limit).length);
    }),
  );
});

test('a cap is shared out to the last one', () => {
  expect([0, 1, 2].map((index) => partOf(11, { index, of: 3 }))).toEqual([4, 4, 3]);
  expect(partOf(11, { index: 0, of: 1 })).toBe(11);
});
