import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

/** Lines that break a rule in their file, and what is said of them. */
const wrong = [
  [
    'src/analysis/window/latency.ts',
    "import '../../verdict/grade.ts';",
    'analysis-is-pure: src/analysis/window/latency.ts',
  ],
  ['src/verdict/grade.ts', "import 'node:fs';", 'judging-touches-no-machine: src/verdict/grade.ts'],
  [
    'src/stack/app/app.ts',
    "import type {} from '../../load/load.ts';",
    'stack-below-load-and-fault: src/stack/app/app.ts',
  ],
  ['src/proxy/api/server.ts', "import '../../stack/stack.ts';", 'proxy-is-lowest: src/proxy/api/server.ts'],
  ['src/wire/relay.ts', "import '../stack/stack.ts';", 'wire-is-lowest: src/wire/relay.ts'],
  ['src/experiment.ts', "import './vitest.ts';", 'nothing-imports-a-door: src/experiment.ts'],
  ['src/load/plan/share.ts', "import '../generator/alarm.ts';", 'no-circle-of-folders: src/load/'],
] as const;

const repository = join(import.meta.dirname, '..', '..');

/** What dependency-cruiser says of a copy of the sources with some lines added, and its exit code. */
async function cruised(added: readonly (readonly [file: string, line: string])[]) {
  const copy = mkdtempSync(join(tmpdir(), 'import-order-'));
  try {
    for (const part of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      cpSync(join(repository, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, line] of added) appendFileSync(join(copy, file), `\n${line}\n`);
    const cruiser = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    return await new Promise<{ text: string; code: number | null }>((done) => {
      const args = [cruiser, '--config', '.dependency-cruiser.cjs', 'src'];
      const child = execFile(process.execPath, args, { cwd: copy }, (_error, stdout, stderr) => {
        done({ text: stripVTControlCharacters(stdout + stderr), code: child.exitCode });
      });
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

describe('the order of imports', () => {
  test('is kept', async () => {
    expect(await cruised([])).toMatchObject({
      code: 0,
      text: expect.stringContaining('no dependency violations found'),
    });
  });

  describe('is broken', () => {
    let said: { text: string; code: number | null };
    beforeAll(async () => {
      said = await cruised(wrong.map(([file, line]) => [file, line]));
    });

    test.for(wrong)('by %s with %s', ([, , violation]) => {
      expect(said.code).toBeGreaterThan(0);
      expect(said.text).toContain(violation);
    });
  });
});
