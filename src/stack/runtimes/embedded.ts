import { createHash } from 'node:crypto';
import { chmodSync, chownSync, constants, cpSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { freePort } from '../../proxy/port.ts';
import type { StackHost } from '../service.ts';
import { abandoned, postmasterFiles, removeSegment, segments } from '../shared-memory.ts';
import { cached } from './cache.ts';
import { requirePostgres } from './postgres-binaries.ts';
import { output, type Program } from './program.ts';
import { requireRedis } from './redis-binaries.ts';
import { type ServerPlan, ServerProcess } from './server-process.ts';
import { giveTo, type User, unprivilegedUser } from './unprivileged.ts';

/** What the embedded runtime needs to know of a server besides its kind. */
export interface EmbeddedOptions {
  /** The user's name for it. */
  readonly name: string;
  readonly host: StackHost;
  /** In the server's own words; they win over ours. */
  readonly settings: Readonly<Record<string, string>>;
  /** The data folder of the server that answers on that port, as it says itself. */
  readonly folderOf: (port: number) => Promise<string>;
}

/** Milliseconds for a first start, on a slow and busy machine. */
const readyWithin = 30_000;
const portAttempts = 5;

/**
 * `fsync` is off, as in other test set-ups: a killed process loses nothing that it wrote, since the page cache belongs to the
 * system; only a crash of the machine would. Everything that decides what a server's crash does is as in production:
 * `synchronous_commit` and `full_page_writes` stay on.
 */
const postgresDefaults: Readonly<Record<string, string>> = {
  fsync: 'off',
  max_connections: '100',
  unix_socket_directories: '',
  // In the data folder: a killed server leaves nothing in /dev/shm.
  dynamic_shared_memory_type: 'mmap',
  log_connections: 'off',
};

/** Without persistence, as the image of Docker's is. */
const redisDefaults: Readonly<Record<string, string>> = { save: '', appendonly: 'no' };

/**
 * Starts a Postgres in `host.folder/<name>`, from a copy of a cached data folder, and waits until it answers.
 * @throws Error when there is no Postgres, or it does not run with these settings; nothing is left running then
 */
export async function startPostgres({ name, host, settings, folderOf }: EmbeddedOptions): Promise<ServerProcess> {
  ours(`postgres({ settings })`, settings, ['port', 'listen_addresses', 'data_directory']);
  const user = unprivilegedUser();
  const program = await requirePostgres();
  const template = await initialised(program, user);
  const folder = join(host.folder, name);
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  cpSync(template, data, { recursive: true, mode: constants.COPYFILE_FICLONE });
  chmodSync(data, 0o700);
  if (user) {
    giveTo(user, data);
    await openTo(user, [host.folder, folder], data);
  }
  const all = { ...postgresDefaults, ...settings, listen_addresses: '127.0.0.1' };
  const options = Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return startSomewhere(folderOf, (port) => ({
    title: `${name} (Postgres ${program.version})`,
    command: program.path,
    args: ['-D', data, '-p', String(port), ...options],
    folder: data,
    logFile: join(folder, 'server.log'),
    port,
    user,
    graceful: 'SIGINT',
    // Unlike after SIGKILL, the shared memory that it locks its data with is removed.
    immediate: 'SIGQUIT',
    track: (pid) => host.track(pid),
  }));
}

/** Removes what a Postgres that was killed and never started again holds of the system. */
export function removeSharedMemory({ name, host }: Pick<EmbeddedOptions, 'name' | 'host'>): void {
  const files = postmasterFiles(join(host.folder, name));
  const ours = { files, pids: new Set<number>(), since: 0 };
  for (const segment of abandoned(segments(), ours)) removeSegment(segment);
}

/**
 * Starts a Redis or Valkey in `host.folder/<name>` and waits until it answers.
 * @throws Error when there is none, or it does not run with these settings; nothing is left running then
 */
export async function startRedis({ name, host, settings, folderOf }: EmbeddedOptions): Promise<ServerProcess> {
  ours('redis({ settings })', settings, ['port', 'bind', 'dir', 'daemonize', 'logfile', 'requirepass']);
  const program = await requireRedis();
  const folder = join(host.folder, name);
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const all = { ...redisDefaults, ...settings, bind: '127.0.0.1', dir: data };
  // A value of several words is several arguments, and an empty one is an argument too.
  const options = Object.entries(all).flatMap(([key, value]) => [`--${key}`, ...value.split(' ')]);
  return startSomewhere(folderOf, (port) => ({
    title: `${name} (${basename(program.path)} ${program.version})`,
    command: program.path,
    args: ['--port', String(port), ...options],
    folder: data,
    logFile: join(folder, 'server.log'),
    port,
    user: undefined,
    graceful: 'SIGTERM',
    immediate: 'SIGTERM',
    track: (pid) => host.track(pid),
  }));
}

/**
 * On a free port. Somebody may take it between the finding and the listening; then another is tried. It may be a server of the same
 * kind, which answers in the place of ours: so the one that answers has to know our folder.
 */
async function startSomewhere(
  folderOf: (port: number) => Promise<string>,
  plan: (port: number) => ServerPlan,
): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const chosen = plan(await freePort());
    const server = new ServerProcess(chosen);
    const isOurs = async (): Promise<void> => {
      const folder = await folderOf(chosen.port);
      if (realpathSync(folder) !== realpathSync(chosen.folder)) throw new Error(`port ${chosen.port} serves ${folder}`);
    };
    try {
      await server.start();
      await server.ready(isOurs, readyWithin);
      return server;
    } catch (error) {
      await server.end();
      if (attempt >= portAttempts || !/address already in use/i.test(server.tail())) throw error;
    }
  }
}

/** A data folder that no server has run on, kept for the next ones. */
function initialised(program: Program, user: User | undefined): Promise<string> {
  const { mtimeMs } = statSync(program.path);
  const args = ['-U', 'postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'];
  // Upper and lower case beyond ASCII, on every system alike. Older servers have no locale of their own.
  if (Number.parseInt(program.version, 10) >= 17) args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  const identity = JSON.stringify([program, mtimeMs, user?.name, args]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return cached(`postgres-data-${hash}`, async (folder) => {
    if (user) chownSync(folder, user.uid, user.gid);
    await output(join(dirname(program.path), 'initdb'), ['-D', folder, ...args], user);
  });
}

/** Lets `user` pass through `folders`, which are ours. @throws Error when a folder above them keeps it out */
async function openTo(user: User, folders: readonly string[], data: string): Promise<void> {
  for (const folder of folders) chmodSync(folder, (statSync(folder).mode & 0o777) | 0o011);
  try {
    await output('/bin/sh', ['-c', 'cd "$0"', data], user);
  } catch (error) {
    throw new Error(
      `Postgres runs as ${user.name}, who cannot enter ${data}; set TMPDIR to a folder that everybody may enter, such as /tmp`,
      { cause: error },
    );
  }
}

function ours(subject: string, settings: Readonly<Record<string, string>>, names: readonly string[]): void {
  const wrong = names.find((name) => Object.keys(settings).some((key) => key.toLowerCase() === name));
  if (wrong) throw new Error(`${subject}: ${wrong} is chosen by the stack; leave it out`);
}
