import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { ServerCommand } from '../../debt.ts';
import { makeServerEnvironment } from './executable.ts';

/** Starts a server's process, in a session of its own, so that Ctrl-C at the terminal does not reach it. */
export function spawnServer({ command, args, folder, logFile, user }: ServerCommand): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    return spawn(command, args, {
      cwd: folder,
      detached: true,
      env: makeServerEnvironment(),
      stdio: ['ignore', log, log],
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    });
  } finally {
    closeSync(log);
  }
}
