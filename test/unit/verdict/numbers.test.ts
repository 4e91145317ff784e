import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, holds, type Relation } from '../../../src/verdict/bound.ts';
import { fromPercent, percentText, share, toPercent } from '../../../src/verdict/percent.ts';
import { neededForPercentile, neededForShare } from '../../../src/verdict/samples.ts';

describe('a share', () => {
  test.each([
    ['1%', 0.01],
    ['0.1 %', 0.001],
    ['1.1%', 0.011],
    ['0.7%', 0.007],
    ['100%', 1],
    ['0%', 0],
    [0.25, 0.25],
    [0.999, 0.999],
  ] as const)('%j is %d', (text, value) => {
    expect(share(text, 'x')).toBe(value);
  });

  test.each([
    ['1', "write '1%'"],
    ['-1%', '0 % to 100 %'],
    ['101%', "'101%'"],
    ['', "got ''"],
    ['one%', "got 'one%'"],
    [1, "write '1%' or 0.01"],
    [5, "write '5%'"],
    [-0.1, 'got -0.1'],
    [Number.NaN, 'got NaN'],
    [undefined, 'got undefined'],
    [null, 'got null'],
  ])('%j is refused, naming the remedy', (text, part) => {
    const attempt = () => share(text as never, 'toHaveErrorRateBelow');
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow('toHaveErrorRateBelow must be per cent');
    expect(attempt).toThrow(part.replace('0 % to 100 %', "'0 %' to '100 %'"));
  });

  test.each([
    [0, '0 %'],
    [0.001, '0.1 %'],
    [0.243, '24.3 %'],
    [1, '100 %'],
    [0.99996, '99.996 %'],
    [1 / 3, '33.3 %'],
    [0.000012, '0.0012 %'],
    [Number.NaN, 'not measured'],
  ])('%d reads %s', (value, text) => {
    expect(percentText(value)).toBe(text);
  });

  test('is never rounded to none or all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }), (a, b) => {
        fc.pre(a !== b);
        const text = percentText(Math.min(a, b) / Math.max(a, b));
        return text !== '0 %' && text !== '100 %';
      }),
    );
  });

  test('in per cent has no binary noise', () => {
    expect([0.58, 0.07, 1 / 3].map(toPercent)).toEqual([58, 7, 33.3333333333]);
  });

  test('per cent become the nearest share, so that a rate at its bound is not below it', () => {
    expect(11 / 1000 < fromPercent(1.1)).toBe(false);
  });
});

describe('samples', () => {
  test.each([
    [0.01, 300],
    [0.001, 3_000],
    [0.0005, 6_000],
    [1 - 0.9995, 6_000],
    [0.003, 1_000],
    [1, 3],
  ])('a share of %d needs %d operations', (bound, needed) => {
    expect(neededForShare(bound)).toBe(needed);
  });

  test('a p95 needs 59 and a p99 299', () => {
    expect([neededForPercentile(0.95), neededForPercentile(0.99)]).toEqual([59, 299]);
  });

  test('a percentile needs the fewest for which a limit of 95 % is finite', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 0.999, noNaN: true }), (share) => {
        const n = neededForPercentile(share);
        return 1 - share ** n >= 0.95 - 1e-9 && 1 - share ** (n - 1) < 0.95 + 1e-9;
      }),
    );
  });
});

describe('a bound', () => {
  test.each<[Relation, readonly boolean[]]>([
    ['<', [true, false, false]],
    ['<=', [true, true, false]],
    ['>', [false, false, true]],
    ['>=', [false, true, true]],
  ])('%s holds below, at and above itself as it says', (relation, expected) => {
    expect([9, 10, 11].map((value) => holds(value, relation, 10))).toEqual(expected);
    expect(holds(Number.NaN, relation, 10)).toBe(false);
  });

  test('is decided only when both cases agree', () => {
    expect(decide(1, 2, '<', 3)).toBe('pass');
    expect(decide(3, 4, '<', 3)).toBe('fail');
    expect(decide(2, 3, '<', 3)).toBe('unknown');
  });
});
