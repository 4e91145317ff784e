import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'breaking-point-packed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The package as it is published, beside what it depends on. */
beforeAll(() => {
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'breaking-point');
  mkdirSync(installed, { recursive: true });
  const npm = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [packed] = JSON.parse(execFileSync('npm', npm, { cwd: repository, encoding: 'utf8' })) as {
    filename: string;
  }[];
  execFileSync('tar', ['xzf', join(folder, packed?.filename ?? ''), '-C', installed, '--strip-components=1']);
  for (const name of readdirSync(join(repository, 'node_modules'))) {
    if (name !== 'breaking-point') symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  }
});

const rule = `
import { invariant } from 'breaking-point';
export const paidFirst = invariant('no order is shipped unpaid', ({ operations, finalState }) => {
  const paid = new Set(operations.filter(({ name, outcome }) => name === 'pay' && outcome !== 'failed').map(({ key }) => key));
  return finalState.filter(({ key, value }) => value === 'shipped' && !paid.has(key)).map(({ key }) => ({ key, what: 'shipped unpaid' }));
});
`;

test('a rule of a user is tried on a literal recording by the packed package, as docs/correctness.md says', () => {
  const page = readFileSync(join(repository, 'docs', 'correctness.md'), 'utf8');
  const example = /## Trying a rule\n\n```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  expect(example).toContain("from 'breaking-point/testing'");
  writeFileSync(join(folder, 'rule.ts'), rule);
  writeFileSync(join(folder, 'rule.test.ts'), `import { paidFirst } from './rule.ts';\n${example}`);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const extended = { extends: join(repository, 'tsconfig.json'), include: ['*.ts'], compilerOptions: { types: [] } };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(extended));
  const bin = (name: string) => join(repository, 'node_modules', '.bin', name);
  const env = { ...process.env, VITEST: undefined, NODE_OPTIONS: undefined };
  execFileSync(bin('tsc'), ['-p', folder], { encoding: 'utf8', env });
  const written = join(folder, 'tried.json');
  execFileSync(bin('vitest'), ['run', '--root', folder, '--reporter=json', `--outputFile=${written}`], { env });
  expect(JSON.parse(readFileSync(written, 'utf8'))).toMatchObject({ numPassedTests: 1, numFailedTests: 0 });
});
