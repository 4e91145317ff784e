import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

// Rules by which a newcomer finds their way in src.

const src = join(import.meta.dirname, '..', '..', 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.c?ts$/.test(file));
const linesOf = (file: string): string[] => readFileSync(join(src, file), 'utf8').split('\n');

test('no folder of src holds more than twenty files', () => {
  const counts = Map.groupBy(files, dirname);
  expect([...counts].filter(([, those]) => those.length > 20).map(([folder]) => folder)).toEqual([]);
});

test('no name of a type is declared in two files', () => {
  const declaration = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class) (\w+)/;
  const declared = files.flatMap((file) =>
    [...new Set(linesOf(file).flatMap((line) => declaration.exec(line)?.[1] ?? []))].map((name) => ({ name, file })),
  );
  const several = [...Map.groupBy(declared, ({ name }) => name)].filter(([, those]) => those.length > 1);
  expect(several.map(([name, those]) => `${name}: ${those.map(({ file }) => file).join(', ')}`)).toEqual([]);
});

test('no line of a comment is longer than 120 columns', () => {
  const long = files.flatMap((file) =>
    linesOf(file).flatMap((line, index) =>
      line.length > 120 && /^\s*(\/\/|\/?\*)/.test(line) ? [`${file}:${index + 1}`] : [],
    ),
  );
  expect(long).toEqual([]);
});

test('no comment sends the reader to a document that the package does not have', () => {
  const citing = files.filter((file) => linesOf(file).some((line) => /\b(SPEC|DESIGN)(\.md)?\b/.test(line)));
  expect(citing).toEqual([]);
});
