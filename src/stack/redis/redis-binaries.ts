import {
  type Executable,
  type ExecutableSearch,
  listExecutables,
  runForOutput,
} from '../runtimes/embedded/executable.ts';

const folders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** The first Redis or Valkey server that runs, on PATH or in the usual folders. */
export async function searchRedis(): Promise<ExecutableSearch> {
  const tried: string[] = [];
  for (const name of ['redis-server', 'valkey-server']) {
    for (const { path, source } of listExecutables(name, folders)) {
      try {
        const version = /\bv=(\S+)/.exec(await runForOutput(path, ['--version']))?.[1];
        if (version) return { found: { path, version, source }, tried };
        tried.push(`${path}: it printed no version`);
      } catch (error) {
        tried.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
  return { found: undefined, tried: [...tried, `redis-server and valkey-server on PATH, in ${folders.join(', ')}`] };
}

/** The Redis or Valkey server that the embedded runtime would use. */
export async function findRedis(): Promise<Executable | undefined> {
  return (await searchRedis()).found;
}

/** @throws Error naming what was looked for, when there is none */
export async function requireRedis(search: () => Promise<ExecutableSearch> = searchRedis): Promise<Executable> {
  const { found, tried } = await search();
  if (found) return found;
  throw new Error(
    `redis() needs redis-server or valkey-server, and none was found; looked for ${tried.join('; ')}; install it with \`npx breaking-point doctor --fix\``,
  );
}
