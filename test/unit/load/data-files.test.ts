import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { cycle, pick, rows } from '../../../src/load/data-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('CSV gives an object of texts a row, by the names in its header', () => {
  const path = file('users.csv', '\uFEFFname,phone\r\nAda,"+49 151, mobile"\r\n\r\n"say ""hi""",007\r\n');
  const expected = [
    { name: 'Ada', phone: '+49 151, mobile' },
    { name: 'say "hi"', phone: '007' },
  ];
  expect(rows(path)).toEqual(expected);
  expect(rows(pathToFileURL(path))).toEqual(expected);
  expect(rows(relative(process.cwd(), path))).toEqual(expected);
});

test('JSON keeps its types, as an array or an object a line', () => {
  const expected = [{ id: 1, tags: ['a'] }, { id: 2 }];
  expect(rows(file('a.json', '[{"id":1,"tags":["a"]},{"id":2}]'))).toEqual(expected);
  expect(rows(file('a.jsonl', '{"id":1,"tags":["a"]}\n\n{"id":2}\n'))).toEqual(expected);
  expect(rows(file('a.ndjson', '{"id":1,"tags":["a"]}\r\n{"id":2}'))).toEqual(expected);
});

test.each<[string, string, string, RegExp]>([
  ['a missing field', 'short.csv', 'a,b\n1,2\n3\n', /short\.csv:3 is no row of CSV: it has 1 fields .* names 2; add/],
  ['a field too many', 'long.csv', 'a,b\n1,2,3\n', /long\.csv:2 .* it has 3 fields/],
  ['an open quote', 'quote.csv', 'a,b\n1,"2\n', /quote\.csv:\d+ is no row of CSV: .*[Qq]uote/],
  ['a name twice', 'twice.csv', 'a,b,a\n1,2,3\n', /twice\.csv:1 must name each field once.*'a' twice/],
  ['a field without a name', 'nameless.csv', 'a,,b\n1,2,3\n', /nameless\.csv:1 .* a field without a name/],
  ['a header alone', 'empty.csv', 'a,b\n', /empty\.csv holds no rows/],
  ['an empty file', 'nothing.csv', '', /nothing\.csv holds no rows/],
  ['no JSON', 'broken.json', '[{"a":1},', /broken\.json is not JSON/],
  ['no array', 'object.json', '{"a":1}', /must hold a JSON array of objects; got an object/],
  ['a row that is no object', 'row.json', '[{"a":1},[2]]', /row\.json, element 1, must be an object .* got an array/],
  ['a broken line', 'line.jsonl', '{"a":1}\n{"a":\n', /line\.jsonl:2 is not JSON/],
  ['a line that is no object', 'text.jsonl', '{"a":1}\n"b"\n', /text\.jsonl:2 must be an object .* got a string/],
  ['an unknown format', 'users.xml', '<a/>', /users\.xml must be one of \.csv/],
])('rows: %s is an error that names file and line', (_, name, text, message) => {
  const path = file(name, text);
  expect(() => rows(path)).toThrow(message);
});

test('a file that is not there is named, with what its path is relative to', () => {
  expect(() => rows('no/such.csv')).toThrow(/no\/such\.csv cannot be read: there is no such file.*working directory/);
  expect(() => rows(new URL('https://example.com/a.csv'))).toThrow(/URL must be a file's/);
});

test('a list is cycled through in both directions', () => {
  expect([-4, -3, -1, 0, 1, 2, 3, 7].map((n) => cycle(['a', 'b', 'c'], n)).join('')).toBe('cacabcab');
  expect(() => cycle([], 0)).toThrow(/the list is empty/);
  expect(() => cycle(['a'], Number.NaN)).toThrow(/whole number; got NaN/);
});

test('what is picked is in the list, and the drawn number decides which', () => {
  expect([0, 0.49, 0.5, 0.99].map((drawn) => pick(['a', 'b'], () => drawn)).join('')).toBe('aabb');
  expect(() => pick([], () => 0)).toThrow(/the list is empty/);
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 1 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (list, drawn) => list.includes(pick(list, () => drawn)),
    ),
  );
});
