import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Ends a child process, unless it has ended, and resolves when it is gone; also one that is stopped.
 * @param grace milliseconds from SIGTERM to SIGKILL. 0: it is killed at once
 */
export async function endProcess(child: ChildProcess, grace: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(grace > 0 ? 'SIGTERM' : 'SIGKILL');
  const timer = setTimeout(() => child.kill('SIGKILL'), grace);
  await gone;
  clearTimeout(timer);
}
