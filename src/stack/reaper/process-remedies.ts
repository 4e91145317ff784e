import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EndingProcess, ServerCommand } from '../debt.ts';
import { endProcesses } from '../machine/leftovers.ts';
import { descendantsOf, type ProcessEntry, signalAll, stillRuns, waitUntilGone } from '../machine/processes.ts';
import { spawnServer } from '../runtimes/embedded/spawn-server.ts';

const lookEvery = 50;
/** Looks until a server that was started and does not end is taken for one that only listens late. */
const mostLooks = 200;

/** Lets a process and all its descendants go on after SIGSTOP; one that has ended is fine. */
export async function resume(process: ProcessEntry): Promise<void> {
  if (stillRuns(process)) signalAll([...descendantsOf(process.pid), process.pid], 'SIGCONT');
}

/**
 * Carries an end through, whether it had hardly begun or was nearly over: nobody can tell from outside, and a server
 * that is taken for one that goes on may end a moment later.
 * @param within milliseconds that it has after its signal, before it is killed
 */
export async function endProcess({ process: server, by }: EndingProcess, within: number): Promise<void> {
  if (!stillRuns(server)) return;
  if (by !== 'SIGKILL') {
    signalAll([server.pid], by);
    // One that stands still would never see it.
    await resume(server);
    // What is still there then is killed.
    await waitUntilGone([server.pid], within).catch(() => undefined);
  }
  await endProcesses({ folder: undefined, marker: undefined, tracked: [server], spared: [process.pid] });
}

/**
 * Starts a server unless there is one on its port; resolves when it listens.
 * @throws Error when it ends at once
 */
export async function startServer(server: ServerCommand): Promise<void> {
  // It was started again, and its starter died before it could settle the debt.
  if (await listens(server.port)) return;
  const child = spawnServer(server);
  await once(child, 'spawn');
  child.unref();
  for (let look = 0; look < mostLooks && !(await listens(server.port)); look++) {
    const how = child.signalCode ?? child.exitCode;
    if (how !== null) throw new Error(`${server.command} ended with ${how}; why is in ${server.logFile}`);
    await sleep(lookEvery);
  }
}

function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
