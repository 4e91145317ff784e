import { describe, expect, test } from 'vitest';
import { Decoding } from '../../../src/proxy/json/decode.ts';
import { quoteByte } from '../../../src/proxy/json/quoted-byte.ts';
import { readJson } from '../../../src/proxy/json/read.ts';
import { readString } from '../../../src/proxy/json/string.ts';
import { writeFloat32, writeJson } from '../../../src/proxy/json/write.ts';

const read = (text: string) => readJson(Buffer.from(text));

describe('reading', () => {
  test('keeps members in order, duplicates and the digits of numbers', () => {
    expect(read(' {"a":9007199254740993, "a":[true,null,-1.50e+3]} rest')).toEqual({
      kind: 'object',
      members: [
        { key: 'a', value: { kind: 'number', digits: '9007199254740993' } },
        {
          key: 'a',
          value: {
            kind: 'array',
            items: [{ kind: 'bool', value: true }, { kind: 'null' }, { kind: 'number', digits: '-1.50e+3' }],
          },
        },
      ],
    });
    expect(read('{}')).toEqual({ kind: 'object', members: [] });
    expect(read('[]')).toEqual({ kind: 'array', items: [] });
  });

  test.each([
    ['', 'EOF'],
    ['  ', 'EOF'],
    ['{', 'unexpected EOF'],
    ['"a', 'unexpected EOF'],
    ['{"a"}', "invalid character '}' after object key"],
    ['{a', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1 2', "invalid character '2' after object key:value pair"],
    ['[1 2', "invalid character '2' after array element"],
    ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ])('%j fails in the words of Go: %s', (text, message) => {
    expect(() => read(text)).toThrow(new SyntaxError(message));
  });

  test('goes 10,000 levels deep and no deeper', () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(read(deep(10_000))).toMatchObject({ kind: 'array' });
    expect(() => read(deep(10_001))).toThrow("invalid character '[' exceeded max depth");
  });

  test('makes a U+FFFD of each byte that is no UTF-8 and of each half pair', () => {
    expect(readString('a\xffb\xe2\x82c')).toBe('a\ufffdb\ufffd\ufffdc');
    expect(readString('\\ud83d\\ude00 \\ud83d \\n\\/')).toBe('\u{1f600} \ufffd \n/');
    expect(readString('\xe2\x82\xac')).toBe('€');
  });
});

describe('taking values out', () => {
  /** What a field took, and the error. */
  function taken(
    text: string,
    field: (decoding: Decoding, take: (value: unknown) => void) => ReturnType<Decoding['bool']>,
  ) {
    const decoding = new Decoding();
    const values: unknown[] = [];
    const fields = { task: field(decoding, (value) => values.push(value)) };
    decoding.object(read(text), 'pkg.Thing', { struct: 'Thing', path: [] }, fields);
    return { values, error: decoding.error };
  }

  test('matches names in any case, the long s and the Kelvin sign too', () => {
    expect(taken('{"TASK":"a","ta\u017f\u212a":"b","tasks":"c"}', (d, take) => d.string(take))).toEqual({
      values: ['a', 'b'],
      error: undefined,
    });
  });

  test('notes the first value of a wrong kind and goes on', () => {
    expect(taken('{"task":1,"task":"b","task":[]}', (d, take) => d.string(take))).toEqual({
      values: ['b'],
      error: 'json: cannot unmarshal number into Go struct field Thing.task of type string',
    });
    expect(taken('[1]', (d, take) => d.string(take)).error).toBe(
      'json: cannot unmarshal array into Go value of type pkg.Thing',
    );
    expect(taken('null', (d, take) => d.string(take))).toEqual({ values: [], error: undefined });
  });

  test.each([
    ['9223372036854775807', [9223372036854775807n]],
    ['-9223372036854775808', [-9223372036854775808n]],
    ['null', []],
    ['9223372036854775808', 'number 9223372036854775808'],
    ['1.0', 'number 1.0'],
    ['1e3', 'number 1e3'],
    ['true', 'bool'],
  ])('a whole number of 64 bits out of %s', (text, wanted) => {
    const { values, error } = taken(`{"task":${text}}`, (d, take) => d.integer('int64', take));
    if (typeof wanted === 'string') {
      expect(error).toBe(`json: cannot unmarshal ${wanted} into Go struct field Thing.task of type int64`);
    } else expect(values).toEqual(wanted);
  });

  test('rounds to 32 bits, and refuses what has no place there', () => {
    expect(taken('{"task":0.1}', (d, take) => d.float32(take)).values).toEqual([Math.fround(0.1)]);
    expect(taken('{"task":1e39}', (d, take) => d.float32(take)).error).toBe(
      'json: cannot unmarshal number 1e39 into Go struct field Thing.task of type float32',
    );
  });
});

describe('writing', () => {
  test('escapes what HTML or a script could trip over', () => {
    expect(writeJson({ a: '<&>\u2028\u2029"' })).toBe('{"a":"\\u003c\\u0026\\u003e\\u2028\\u2029\\""}');
  });

  test.each([
    [0.1, '0.1'],
    [0.123456789, '0.12345679'],
    [1, '1'],
    [-0, '-0'],
    [1 / 3, '0.33333334'],
    [16_777_216, '16777216'],
  ])('gives %d with the fewest digits that give its 32 bits back', (number, text) => {
    expect(writeFloat32(Math.fround(number))).toBe(text);
  });

  test.each([
    ['a', "'a'"],
    ["'", "'\\''"],
    ['\x00', "'\\x00'"],
    ['\x07', "'\\a'"],
    ['\x7f', "'\\x7f'"],
    ['\x80', "'\\u0080'"],
    ['\xad', "'\\u00ad'"],
    ['\xef', "'ï'"],
  ])('shows the byte %j as %s', (byte, shown) => {
    expect(quoteByte(byte)).toBe(shown);
  });
});
