import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, constants, cpSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settingOf } from '../clients/postgres-connections.ts';
import { findAbandoned, findPostmasterFiles, listSegments, removeSegment } from '../machine/shared-memory.ts';
import { buildOnce } from '../runtimes/embedded/cache.ts';
import { type Executable, runForOutput } from '../runtimes/embedded/executable.ts';
import { findUnprivilegedUser, giveTo, type User } from '../runtimes/embedded/unprivileged.ts';
import type { ProcessRun, ServerOrder, ServerProgram } from '../server.ts';
import { requirePostgres, searchPostgres } from './postgres-binaries.ts';
import { countingIn, countingOf } from './statement-counting.ts';

/**
 * `fsync` is off, as in other test set-ups: a killed process loses nothing that it wrote, since the page cache belongs
 * to the system; only a crash of the machine would. Everything that decides what a server's crash does is as in
 * production: `synchronous_commit` and `full_page_writes` stay on.
 */
const defaults: Readonly<Record<string, string>> = {
  fsync: 'off',
  max_connections: '100',
  // In the data folder: a killed server leaves nothing in /dev/shm, which is small in a container.
  dynamic_shared_memory_type: 'mmap',
  log_connections: 'off',
};

/** PostgreSQL, as a child process from a copy of a cached data folder, or in the official image. */
export const postgresProgram: ServerProgram = {
  kind: 'postgres',
  reserved: ['port', 'listen_addresses', 'data_directory'],
  search: searchPostgres,
  planProcess,
  planContainer({ image, settings }) {
    // Known to this server alone: another one that answers on its port has another.
    const data = `/var/lib/postgresql/data/${randomUUID()}`;
    const options = optionsOf({ ...defaults, ...countingIn(image), ...settings });
    return {
      graceful: 'SIGINT',
      environment: {
        PGDATA: data,
        POSTGRES_USER: 'postgres',
        POSTGRES_HOST_AUTH_METHOD: 'trust',
        POSTGRES_INITDB_ARGS: '--no-sync --encoding=UTF8 --locale=C.UTF-8',
      },
      usualPort: 5432,
      command: (address, port) => [
        ...['postgres', ...options],
        ...['-c', `listen_addresses=${address}`, '-c', `port=${port}`],
      ],
      async mustBeOurs(port) {
        const seen = await settingOf(port, 'data_directory');
        if (seen !== data) throw new Error(`port ${port} serves ${seen}`);
      },
    };
  },
};

async function planProcess({ host, settings }: ServerOrder, folder: string): Promise<ProcessRun> {
  const user = findUnprivilegedUser();
  const program = await requirePostgres();
  const template = await makeDataFolder(program, user);
  const data = join(folder, 'data');
  cpSync(template, data, { recursive: true, mode: constants.COPYFILE_FICLONE });
  chmodSync(data, 0o700);
  if (user) {
    giveTo(user, data);
    await openTo(user, [host.folder, folder], data);
  }
  const options = optionsOf({
    unix_socket_directories: '',
    ...defaults,
    ...countingOf(program.path),
    ...settings,
    listen_addresses: '127.0.0.1',
  });
  return {
    title: `Postgres ${program.version}`,
    command: program.path,
    args: (port) => ['-D', data, '-p', String(port), ...options],
    folder: data,
    user,
    graceful: 'SIGINT',
    // Unlike after SIGKILL, the shared memory that it locks its data with is removed.
    immediate: 'SIGQUIT',
    clear: () => removeSharedMemory(folder),
    async mustBeOurs(port) {
      const seen = await settingOf(port, 'data_directory');
      if (realpathSync(seen) !== realpathSync(data)) throw new Error(`port ${port} serves ${seen}`);
    },
  };
}

function optionsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

/** Removes what a Postgres that was killed and never started again holds of the system. */
function removeSharedMemory(folder: string): void {
  const ours = { files: findPostmasterFiles(folder), pids: new Set<number>(), since: 0 };
  for (const segment of findAbandoned(listSegments(), ours)) removeSegment(segment);
}

/** A data folder that no server has run on, kept for the next ones. */
function makeDataFolder(program: Executable, user: User | undefined): Promise<string> {
  const { mtimeMs } = statSync(program.path);
  const args = ['-U', 'postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'];
  // Upper and lower case beyond ASCII, on every system alike. Older servers have no locale of their own.
  if (Number.parseInt(program.version, 10) >= 17) args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  const identity = JSON.stringify([program, mtimeMs, user?.name, args]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return buildOnce(`postgres-data-${hash}`, async (folder) => {
    if (user) chownSync(folder, user.uid, user.gid);
    await runForOutput(join(dirname(program.path), 'initdb'), ['-D', folder, ...args], user);
  });
}

/** Lets `user` pass through `folders`, which are ours. @throws Error when a folder above them keeps it out */
async function openTo(user: User, folders: readonly string[], data: string): Promise<void> {
  for (const folder of folders) chmodSync(folder, (statSync(folder).mode & 0o777) | 0o011);
  try {
    await runForOutput('/bin/sh', ['-c', 'cd "$0"', data], user);
  } catch (error) {
    throw new Error(
      `Postgres runs as ${user.name}, who cannot enter ${data}; set TMPDIR to a folder that everybody may enter, such as /tmp`,
      { cause: error },
    );
  }
}
