import { createHash } from 'node:crypto';
import { chmodSync, chownSync, constants, cpSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { startProxyServer } from '../../../proxy/start.ts';
import { abandoned, postmasterFiles, removeSegment, segments } from '../../machine/shared-memory.ts';
import type { Runtime, Server, ServerOrder } from '../../server.ts';
import { cached } from './cache.ts';
import { requirePostgres } from './postgres-binaries.ts';
import { output, type Program } from './program.ts';
import { requireRedis } from './redis-binaries.ts';
import { ServerProcess } from './server-process.ts';
import { postgresDefaults, redisDefaults, reserved } from './settings.ts';
import { startSomewhere } from './start-somewhere.ts';
import { countingOf } from './statement-counting.ts';
import { giveTo, type User, unprivilegedUser } from './unprivileged.ts';

/** Servers as child processes, and our own fault proxy in a process of its own. */
export function embedded(kept: boolean): Runtime {
  return {
    name: 'embedded',
    notes: [],
    startPostgres,
    startRedis,
    startProxy: (host) => startProxyServer((pid) => host.track(pid), { outlive: kept }),
  };
}

/**
 * Starts a Postgres in `host.folder/<name>`, from a copy of a cached data folder, and waits until it answers.
 * @throws Error when there is no Postgres, or it does not run with these settings; nothing is left running then
 */
async function startPostgres({ name, host, settings, settingOf }: ServerOrder): Promise<Server> {
  reserved(`postgres({ settings })`, settings, ['port', 'listen_addresses', 'data_directory']);
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
  const all = {
    unix_socket_directories: '',
    ...postgresDefaults,
    ...countingOf(program.path),
    ...settings,
    listen_addresses: '127.0.0.1',
  };
  const options = Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const server = (port: number) =>
    new ServerProcess({
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
      owe: host.owe,
      clear: () => removeSharedMemory(folder),
    });
  return startSomewhere(server, async (port) => mustBe(data, await settingOf(port, 'data_directory'), port));
}

/** Removes what a Postgres that was killed and never started again holds of the system. */
function removeSharedMemory(folder: string): void {
  const ours = { files: postmasterFiles(folder), pids: new Set<number>(), since: 0 };
  for (const segment of abandoned(segments(), ours)) removeSegment(segment);
}

/**
 * Starts a Redis or Valkey in `host.folder/<name>` and waits until it answers.
 * @throws Error when there is none, or it does not run with these settings; nothing is left running then
 */
async function startRedis({ name, host, settings, settingOf }: ServerOrder): Promise<Server> {
  reserved('redis({ settings })', settings, ['port', 'bind', 'dir', 'daemonize', 'logfile', 'requirepass']);
  const program = await requireRedis();
  const folder = join(host.folder, name);
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const all = { ...redisDefaults, ...settings, bind: '127.0.0.1', dir: data };
  // A value of several words is several arguments, and an empty one is an argument too.
  const options = Object.entries(all).flatMap(([key, value]) => [`--${key}`, ...value.split(' ')]);
  const server = (port: number) =>
    new ServerProcess({
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
      owe: host.owe,
      clear: () => {},
    });
  return startSomewhere(server, async (port) => mustBe(data, await settingOf(port, 'dir'), port));
}

/** The server that answers on a port has to know our folder. */
function mustBe(ours: string, seen: string, port: number): void {
  if (realpathSync(seen) !== realpathSync(ours)) throw new Error(`port ${port} serves ${seen}`);
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
