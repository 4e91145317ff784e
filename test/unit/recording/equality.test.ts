import { describe, expect, test } from 'vitest';
import { canonical, canonicalTime } from '../../../src/recording/equality.ts';

describe('two values are the same', () => {
  test.each([
    ['numbers of one value', ['1.50', '1.5', '15e-1', '0.15e1', '150e-2']],
    ['zero', ['0', '-0', '0.000', '0e5']],
    ['large numbers', ['1000', '1e3', '1.0E+3', '10e2']],
    ['long integers', ['12345678901234567890', '12345678901234567890.0']],
    ['JSON in any order of members', ['{"a":1,"b":[1,{"c":2,"d":3}]}', '{ "b": [1.0, {"d":3,"c":2}],\n"a":1 }']],
    ['JSON with a long number as text', ['{"id":12345678901234567890}', '{"id":"12345678901234567890"}']],
    ['JSON with a time in two notations', ['["2026-03-01T10:00:00+02:00"]', '["2026-03-01 08:00:00Z"]']],
    ['an instant in two zones', ['2026-03-01T10:00:00+02:00', '2026-03-01T08:00:00.000Z', '2026-03-01 08:00:00+00']],
    ['a time without a zone', ['2026-03-01 08:00:00', '2026-03-01T08:00:00Z', '2026-03-01T08:00']],
    ['a date', ['2026-03-01', '2026-03-01T00:00:00.000Z', '2026-03-01 00:00:00']],
    ['fractions finer than a millisecond', ['2026-03-01 08:00:00.123456', '2026-03-01T08:00:00.123456000Z']],
  ])('%s', (_, values) => {
    expect(new Set(values.map(canonical)).size).toBe(1);
  });
});

describe('two values are not the same', () => {
  test.each([
    ['texts that differ in case or white space', ['paid', 'Paid', 'paid ', ' paid']],
    ['what is no number of JSON', ['7', '007', '+7', '7.', '.7', '0x7', '7n']],
    [
      'numbers that a float would round together',
      ['12345678901234567890', '12345678901234567891', '0.1', '0.10000000000000000001'],
    ],
    ['lists in another order', ['[1,2]', '[2,1]']],
    ['nothing and a text', ['{"a":null}', '{"a":"null"}', '{}', '{"a":""}']],
    [
      'instants that differ',
      ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.001Z', '2026-03-01T10:00:00+01:00', '2026-03-02T10:00:00Z'],
    ],
    ['fractions that a Date would cut off', ['2026-03-01T10:00:00.123456Z', '2026-03-01T10:00:00.123457Z']],
    ['dates that are none', ['2026-13-01', '2026-13-01T00:00:00Z', '2026-03-01x', '20260301']],
    ['what only begins as JSON', ['{"a":1', '{"a":1}}', '[', '{']],
  ])('%s', (_, values) => {
    expect(new Set(values.map(canonical)).size).toBe(values.length);
  });
});

test('the canonical text of a value is its own', () => {
  for (const value of ['1.50', '-12e-7', '{"b":1.50,"a":"2026-03-01"}', '2026-03-01 08:00:00.5+02', 'paid', '']) {
    expect(canonical(canonical(value))).toBe(canonical(value));
  }
});

test('only a date or a time has an instant', () => {
  expect(['order 2026-03-01', '', '5', 'SM1', '2026-03'].map(canonicalTime)).toEqual(Array(5).fill(undefined));
});
