import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addProbe, environmentFor } from '../../../src/stack/app/node-probe.ts';

test('the probe is added to the options that the app has', () => {
  expect(addProbe('--max-old-space-size=99', '/a b/probe.cjs')).toBe(
    '--max-old-space-size=99 --require "/a b/probe.cjs"',
  );
  expect(addProbe(undefined, '/probe.cjs')).toBe('--require "/probe.cjs"');
});

test('Node loads it from any path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'a "quoted\\ folder'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const module = join(folder, 'probe.cjs');
  writeFileSync(module, 'console.log("loaded")');
  const env = { ...process.env, NODE_OPTIONS: addProbe('--no-warnings', module) };
  expect(execFileSync(process.execPath, ['-e', '0'], { env, encoding: 'utf8' })).toBe('loaded\n');
});

test('an app under the permission model is left alone', () => {
  expect(environmentFor(['node', '--permission', 'main.js'], undefined, '/x')).toEqual({});
  expect(environmentFor(['node', 'main.js'], '--no-warnings --experimental-permission', '/x')).toEqual({});
  expect(environmentFor(['node', 'main.js', '--permissions'], undefined, '/x')).not.toEqual({});
});
