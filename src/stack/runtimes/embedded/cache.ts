import { randomUUID } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** An interrupted build leaves its folder. A folder older than this (ms) is abandoned. */
const abandonedAfter = 600_000;
const building = '.building-';

/**
 * The folder for what is worth keeping between runs: `/var/cache/breaking-point` for root (others may read it, because
 * servers run as another user then), `$XDG_CACHE_HOME` or `~/.cache` (macOS: `~/Library/Caches`) for everybody else,
 * and the folder for temporary files where these cannot be written.
 * @throws Error when none of them can be written
 */
export function chooseCacheFolder(): string {
  const candidates = [...listUsualFolders(), join(tmpdir(), `breaking-point-cache-${process.getuid?.() ?? 'user'}`)];
  const found = candidates.find(isOurs);
  if (found) return found;
  throw new Error(
    `a cache folder must be writable by this user and by nobody else; tried ${candidates.join(', ')}; set XDG_CACHE_HOME or TMPDIR to a folder of yours`,
  );
}

/**
 * The cache entry of that name, built if it is not there yet. Several processes may ask at once: each builds in a
 * folder of its own, and the first to finish gives the entry its name.
 * @param name holds a hash of everything that decides the contents
 * @param build fills the folder that it is given; it may replace it
 * @param root the cache; by default {@link chooseCacheFolder}
 */
export async function buildOnce(
  name: string,
  build: (folder: string) => Promise<void>,
  root: string = chooseCacheFolder(),
): Promise<string> {
  const entry = join(root, name);
  if (existsSync(entry)) return entry;
  removeAbandoned(root);
  const folder = join(root, `${building}${randomUUID()}`);
  try {
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(folder, 0o755);
    await build(folder);
    await rename(folder, entry);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    // Another process was faster: its entry is as good.
    if (!existsSync(entry)) throw error;
  }
  return entry;
}

function listUsualFolders(): string[] {
  if (process.getuid?.() === 0) return ['/var/cache/breaking-point'];
  const { XDG_CACHE_HOME } = process.env;
  const base = process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
  return [join(XDG_CACHE_HOME || base, 'breaking-point')];
}

/** Binaries are run from the cache, so a folder that another user made, or may write to, is not taken. */
function isOurs(folder: string): boolean {
  try {
    const root = process.getuid?.() === 0;
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, root ? 0o755 : 0o700);
    }
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const { uid, mode } = lstatSync(folder);
    return uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0;
  } catch {
    // It cannot be made or entered: the next candidate is tried, and the error above names them all.
    return false;
  }
}

function removeAbandoned(root: string): void {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(building)) continue;
    const folder = join(root, name);
    const age = Date.now() - (lstatSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > abandonedAfter) rmSync(folder, { recursive: true, force: true });
  }
}
