import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Duration, milliseconds, readable } from '../../src/duration.ts';

describe('a duration', () => {
  it.each<[Duration, number]>([
    [250, 250],
    ['200ms', 200],
    ['5s', 5_000],
    ['1.5s', 1_500],
    ['1.001s', 1_001],
    ['4.03s', 4_030],
    ['0.25ms', 0.25],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('%s is %d ms', (text, expected) => {
    expect(milliseconds(text)).toBe(expected);
  });

  it.each([
    '5',
    '5 s',
    's',
    '-5s',
    '5sec',
    '',
    ' 5s',
    '1e3ms',
    null,
    undefined,
    {},
    Number.NaN,
    -1,
    Number.POSITIVE_INFINITY,
  ])('%j is refused, naming its subject and the value', (wrong) => {
    expect(() => milliseconds(wrong as Duration, 'settle')).toThrow(
      /^settle must be milliseconds or a number with a unit/,
    );
  });

  it('says the value that it refused', () => {
    expect(() => milliseconds('5' as Duration)).toThrow(`got "5"`);
  });

  it('of whole milliseconds survives its own text', () => {
    fc.assert(fc.property(fc.nat(), (n) => milliseconds(`${n}ms`) === n && milliseconds(n) === n));
  });
});

describe('a duration for people', () => {
  it.each([
    [0.25, '0.3 ms'],
    [9.94, '9.9 ms'],
    [850.4, '850 ms'],
    [1_000, '1.0 s'],
    [119_900, '119.9 s'],
    [192_000, '3.2 min'],
    [Number.POSITIVE_INFINITY, 'never'],
    [Number.NaN, 'never'],
  ])('%d ms reads %s', (ms, text) => {
    expect(readable(ms)).toBe(text);
  });
});
