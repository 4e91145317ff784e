import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { access, constants, realpath } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderPrefix } from './reaper.ts';

/** Where Linux keeps files in memory: to create one there takes a tenth of the time that a disk takes. */
const inMemory = '/dev/shm';
/** As the system call statfs names that file system. */
const tmpfs = 0x01021994;
/** Bytes that must be free there, and in memory: databases of tests grow. */
const room = 4 * 2 ** 30;

/** What decides where the folder of a stack lies. */
export interface Surroundings {
  /** The environment variable; a user who sets it has decided. */
  readonly TMPDIR: string | undefined;
  /** Bytes that are free in memory's own file system; undefined where there is none that we may write to. */
  readonly freeInMemory: number | undefined;
  /** Bytes of memory that processes can still take. */
  readonly memory: number;
}

/** The folder in which stacks get theirs: in memory where there is room, else that for temporary files. */
export function chooseTemporaryRoot({ TMPDIR, freeInMemory, memory }: Surroundings): string {
  if (TMPDIR || freeInMemory === undefined) return tmpdir();
  return freeInMemory >= room && memory >= room ? inMemory : tmpdir();
}

/** What {@link chooseTemporaryRoot} is to decide by, on this machine and now. */
export async function readSurroundings(): Promise<Surroundings> {
  return {
    TMPDIR: process.env.TMPDIR,
    freeInMemory: await readFreeInMemory(),
    // os.freemem leaves out what the page cache would give back.
    memory: process.availableMemory?.() ?? freemem(),
  };
}

/**
 * Where a stack may have its folder, with all links resolved. The reaper makes it, so that there is none without one
 * who removes it.
 */
export async function choosePrivatePath(): Promise<string> {
  const root = chooseTemporaryRoot(await readSurroundings());
  return join(await realpath(root), `${folderPrefix}${randomBytes(4).toString('hex')}`);
}

/**
 * Makes the folder of a stack. Root's Postgres runs as another user, who must get through to its data but need not list
 * the folder.
 */
export function makePrivate(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
}

async function readFreeInMemory(): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    await access(inMemory, constants.W_OK | constants.X_OK);
    const { type, bavail, bsize } = statfsSync(inMemory);
    return type === tmpfs ? bavail * bsize : undefined;
  } catch {
    // There is none, or it is closed to us: the usual folder will do.
    return undefined;
  }
}
