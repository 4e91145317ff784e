import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { markerVariable } from '../machine/leftovers.ts';
import type { AppDefinition } from './command.ts';
import { environmentFor } from './node-probe.ts';

/**
 * Starts the app's process, in a session of its own.
 * @param marker by which it and its children are known
 * @param file descriptor that its output goes to
 * @param probeFile where the probe in a Node app writes to; undefined for none
 */
export function spawnApp(
  definition: AppDefinition,
  port: number,
  marker: string,
  file: number,
  probeFile?: string,
): ChildProcess {
  const [program, ...args] = definition.argv;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const env = { ...Object.fromEntries(inherited), ...definition.env };
  const probe = probeFile === undefined ? {} : environmentFor(definition.argv, env.NODE_OPTIONS, probeFile);
  return spawn(program === 'node' ? process.execPath : program, args, {
    cwd: definition.cwd,
    env: { ...env, ...probe, PORT: String(port), [markerVariable]: marker },
    // A session of its own, so that Ctrl-C reaches only the tests, which then end the app in order.
    detached: true,
    stdio: ['ignore', file, file],
  });
}

/** Why a process without a pid could not be started. @param said the app and its command, for the error */
export function awaitSpawnFailure(child: ChildProcess, said: string): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const remedy =
        error.code === 'ENOENT'
          ? `no such program (ENOENT); ${suggestCorrection(child.spawnfile)}`
          : `${error.message}; correct the command`;
      reject(new Error(`${said} cannot be started: ${remedy}`, { cause: error }));
    });
  });
}

function suggestCorrection(program: string): string {
  return /\s/.test(program)
    ? "give the program and each argument as a string of its own, ['npm', 'start']"
    : 'install it, correct its name, or give its path';
}

/** Binds the port for an instant. @throws Error when another process has it */
export async function assertFree(port: number, said: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const remedy =
        error.code === 'EADDRINUSE'
          ? 'is in use; end the process that listens there, or leave the option port out for a free one'
          : `cannot be used (${error.code}); choose another, or leave the option port out for a free one`;
      reject(new Error(`${said} was not started: its port ${port} ${remedy}`, { cause: error }));
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
