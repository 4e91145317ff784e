import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildOnce } from '../../../src/stack/runtimes/embedded/cache.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'breaking-point-cache-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

test('an entry is built once', async () => {
  let builds = 0;
  const build = async (folder: string) => {
    builds++;
    await writeFile(join(folder, 'file'), 'text');
  };
  const first = await buildOnce('entry', build, root);
  expect(await buildOnce('entry', build, root)).toBe(first);
  expect(builds).toBe(1);
  expect(await readFile(join(first, 'file'), 'utf8')).toBe('text');
});

test('of two that build the same entry at once the slower one uses what the faster one made', async () => {
  const slow = Promise.withResolvers<void>();
  const later = buildOnce('entry', (folder) => slow.promise.then(() => writeFile(join(folder, 'by'), 'slow')), root);
  const sooner = await buildOnce('entry', (folder) => writeFile(join(folder, 'by'), 'fast'), root);
  slow.resolve();
  expect(await later).toBe(sooner);
  expect(await readFile(join(sooner, 'by'), 'utf8')).toBe('fast');
  expect(await readdir(root)).toEqual(['entry']);
});

test('a build that fails leaves nothing, and the next one is tried afresh', async () => {
  const failing = buildOnce('entry', async () => Promise.reject(new Error('initdb failed')), root);
  await expect(failing).rejects.toThrow('initdb failed');
  expect(await readdir(root)).toEqual([]);
  await buildOnce('entry', (folder) => writeFile(join(folder, 'file'), 'text'), root);
  expect(await readdir(root)).toEqual(['entry']);
});

test('what a killed build left is removed once it is old, and a build at work is left alone', async () => {
  await mkdir(join(root, '.building-old'));
  await mkdir(join(root, '.building-new'));
  const anHourAgo = new Date(Date.now() - 3_600_000);
  await utimes(join(root, '.building-old'), anHourAgo, anHourAgo);
  await buildOnce('entry', async () => undefined, root);
  expect((await readdir(root)).sort()).toEqual(['.building-new', 'entry']);
});
