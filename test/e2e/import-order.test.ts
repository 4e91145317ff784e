import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..', '..');
let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'import-order-'));
  for (const part of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
    cpSync(join(repository, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** What dependency-cruiser says of the copy, and its exit code. */
function cruised(): Promise<{ text: string; code: number | null }> {
  const cruiser = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  return new Promise((done) => {
    const args = [cruiser, '--config', '.dependency-cruiser.cjs', 'src'];
    const child = execFile(process.execPath, args, { cwd: copy }, (_error, stdout, stderr) => {
      done({ text: stdout + stderr, code: child.exitCode });
    });
  });
}

describe('the order of imports', () => {
  test('is kept', async () => {
    expect(await cruised()).toMatchObject({ code: 0, text: expect.stringContaining('no dependency violations found') });
  });

  test.for([
    ['src/analysis/window/latency.ts', "import '../../verdict/metrics/grades.ts';", 'analysis-is-pure'],
    ['src/verdict/metrics/grades.ts', "import 'node:fs';", 'judging-touches-no-machine'],
    ['src/stack/app/app.ts', "import type {} from '../../load/load.ts';", 'stack-below-load-and-fault'],
    ['src/proxy/api/server.ts', "import '../../stack/stack.ts';", 'proxy-is-lowest'],
    ['src/wire/relay.ts', "import '../stack/stack.ts';", 'wire-is-lowest'],
    ['src/experiment.ts', "import './vitest.ts';", 'nothing-imports-a-door'],
    ['src/load/plan/share.ts', "import '../generator/alarm.ts';", 'no-circle-of-folders'],
  ] as const)('is broken by %s with %s', async ([file, wrong, rule]) => {
    appendFileSync(join(copy, file), `\n${wrong}\n`);
    const { text, code } = await cruised();
    expect(code).toBeGreaterThan(0);
    expect(text).toContain(rule);
  });
});
