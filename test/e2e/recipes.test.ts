import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// Follows docs/architecture.md in a copy of the repository.

const repository = join(import.meta.dirname, '..', '..');
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'recipes-'));
  for (const part of ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(repository, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
  for (const block of blocksOf('docs/architecture.md')) carryOut(block);
  for (const block of blocksOf('README.md')) if (block.path.startsWith('test/')) carryOut(block);
  writeFileSync(join(copy, 'vitest.config.ts'), vitestConfig);
  writeFileSync(
    join(copy, 'tsconfig.try.json'),
    JSON.stringify({ extends: './tsconfig.json', include: ['try', 'test'] }),
  );
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const vitestConfig = `export default {
  test: { include: ['try/*.test.ts'], fileParallelism: false, reporters: ['json', 'breaking-point/reporter'], outputFile: 'tried.json' },
};`;

/** A block of code that says in its first line which file it belongs to. */
interface Block {
  readonly language: string;
  readonly path: string;
  readonly lines: readonly string[];
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(repository, page), 'utf8');
  return [...text.matchAll(/^```(ts|diff)\n ?\/\/ ([\w./-]+)\n([\s\S]*?)\n```$/gm)].map(
    ([, language = '', path = '', code = '']) => ({ language, path, lines: code.split('\n') }),
  );
}

/** Adds code to the end of its file, which may be new; in place of the lines of a diff without a plus puts those without a minus. */
function carryOut({ language, path, lines }: Block): void {
  const file = join(copy, path);
  if (language === 'ts') {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, `${lines.join('\n')}\n`);
    return;
  }
  const known = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
  const whole = lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1));
  const text = readFileSync(file, 'utf8');
  expect(text, `${path} has the lines that docs/architecture.md changes`).toContain(known.join('\n'));
  writeFileSync(
    file,
    text.replace(known.join('\n'), () => whole.join('\n')),
  );
}

/** What a program of the repository says in the copy, and its exit code. */
function run(program: string, ...args: readonly string[]): Promise<{ code: unknown; said: string }> {
  return new Promise((ended) => {
    const path = join(repository, 'node_modules', program);
    execFile(process.execPath, [path, ...args], { cwd: copy }, (error, stdout, stderr) =>
      ended({ code: error?.code ?? 0, said: stdout + stderr }),
    );
  });
}

test('what docs/architecture.md adds is right for the type checker, and so are the tests of README', {
  timeout: 180_000,
}, async () => {
  expect(await run('typescript/bin/tsc', '-p', 'tsconfig.build.json')).toEqual({ code: 0, said: '' });
  expect(await run('typescript/bin/tsc', '-p', 'tsconfig.try.json')).toEqual({ code: 0, said: '' });
});

test('what it adds does what it says', { timeout: 180_000 }, async () => {
  const { code, said } = await run('vitest/vitest.mjs', 'run');
  const { testResults } = JSON.parse(readFileSync(join(copy, 'tried.json'), 'utf8')) as {
    testResults: { assertionResults: { fullName: string; status: string; failureMessages: string[] }[] }[];
  };
  const tried = testResults.flatMap(({ assertionResults }) => assertionResults);
  expect(tried.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(testResults).toHaveLength(
    blocksOf('docs/architecture.md').filter(({ path }) => path.startsWith('try/')).length,
  );
  expect({ code, said }).toMatchObject({ code: 0 });
  // The report of the page is one of the run that has just been.
  expect(readFileSync(join(copy, 'breaking-point-results', 'run.csv'), 'utf8')).toContain('"error rate"');
});
