import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { removeContainers, type StackContainers } from './container-leftovers.ts';
import {
  descendantsOf,
  hasTerminal,
  isZombie,
  type ProcessEntry,
  readProcessEntry,
  readProcessTable,
  signalAll,
  waitUntilGone,
} from './processes.ts';
import { findAbandoned, findPostmasterFiles, listSegments, removeSegment } from './shared-memory.ts';

/**
 * Environment variable by which a process of a stack is known, whoever its parent became. Its value is the stack's
 * marker, for an app followed by `/` and a mark of its own.
 */
export const markerVariable = 'BREAKING_POINT_STACK';

/** By what the processes of one stack or one app are known. */
export interface Belongings {
  /** Private folder, with all links resolved. A process that works inside it is ours. */
  readonly folder: string | undefined;
  /** Value of {@link markerVariable}. A process that carries it is ours. */
  readonly marker: string | undefined;
  /** Processes that the stack started; they and their descendants are ours. */
  readonly tracked: readonly ProcessEntry[];
  /** Process ids that are never touched: the cleaning process, and those it cleans for. */
  readonly spared: readonly number[];
}

/** Everything that one stack leaves. */
export interface StackBelongings extends Belongings {
  readonly folder: string;
  readonly marker: string;
  /** Seconds since the epoch at which the stack was opened. */
  readonly since: number;
  /** Undefined for a stack without containers. */
  readonly containers?: StackContainers | undefined;
}

/** What a cleaning found. */
export interface Cleaning {
  /** Processes that still ran and were ended. */
  readonly ended: readonly number[];
  /** What could not be ended or removed, as sentences. The folder stays if there is any, with these in `reaper.log`. */
  readonly problems: readonly string[];
}

/** The stack's processes that run now, parents before children. */
export function processesOf(belongings: Belongings, table: readonly ProcessEntry[] = readProcessTable()): number[] {
  const found = new Set<number>();
  const ours = table.filter(
    (entry) =>
      !isZombie(entry) &&
      (belongings.tracked.some((one) => one.pid === entry.pid && one.startTime === entry.startTime) ||
        carriesMarker(entry.pid, belongings.marker) ||
        worksIn(entry.pid, belongings.folder)),
  );
  for (const { pid } of ours) {
    found.add(pid);
    for (const child of descendantsOf(pid, table)) found.add(child);
  }
  for (const pid of belongings.spared) found.delete(pid);
  return [...found];
}

/**
 * Removes the stack's containers, ends every process, then removes its shared memory and its folder. Never throws: see
 * {@link Cleaning}.
 */
export async function clean(belongings: StackBelongings): Promise<Cleaning> {
  const ended = new Set<number>();
  const problems: string[] = [];
  const attempt = async (step: () => void | Promise<void>) => {
    try {
      await step();
    } catch (error) {
      problems.push(messageOf(error));
    }
  };
  // First: where the engine does not answer, what runs in its containers is ended as the processes that they are.
  const { containers } = belongings;
  if (containers) await attempt(() => removeContainers(belongings.marker, containers));
  await attempt(() => endProcesses(belongings, ended));
  await attempt(() => {
    const files = findPostmasterFiles(belongings.folder);
    const pids = new Set([...ended, ...belongings.tracked.map(({ pid }) => pid)]);
    for (const segment of findAbandoned(listSegments(), { files, pids, since: belongings.since }))
      removeSegment(segment);
  });
  await attempt(() => {
    if (problems.length > 0) writeFileSync(join(belongings.folder, 'reaper.log'), `${problems.join('\n')}\n`);
    else rmSync(belongings.folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return { ended: [...ended], problems };
}

/**
 * SIGKILL to every process of the belongings, and to those that they fork meanwhile; resolves when all are gone. It
 * looks until two looks in a row find nothing: a process in the middle of its exec shows no environment for an instant.
 * @param ended filled with the processes that were ended
 * @throws Error naming the processes that remain
 */
export async function endProcesses(belongings: Belongings, ended: Set<number> = new Set()): Promise<void> {
  for (let quiet = 0, round = 0; quiet < 2 && round < 50; round++) {
    const stopped = stopAll(belongings);
    quiet = stopped.length === 0 ? quiet + 1 : 0;
    if (quiet === 1) await sleep(20);
    // Children first: the end of a session's leader would wake its stopped members.
    signalAll(stopped.toReversed(), 'SIGKILL');
    await waitUntilGone(stopped, 5_000);
    for (const pid of stopped) ended.add(pid);
  }
  const left = processesOf(belongings);
  if (left.length > 0) throw new Error(`processes ${left.join(', ')} appear faster than they can be ended`);
}

/**
 * SIGSTOP to every process of the belongings; resolves when all stand still.
 * @returns their pids, parents before children
 * @throws Error naming the processes that do not stop within five seconds
 */
export async function holdProcesses(belongings: Belongings): Promise<readonly number[]> {
  const held = [...stopAll(belongings)];
  const deadline = performance.now() + 5_000;
  // The signal is seen only when a process next leaves the kernel.
  for (;;) {
    const moving = held.filter((pid) => !'TtZX'.includes(readProcessEntry(pid)?.state ?? 'X'));
    if (moving.length === 0) return held;
    if (performance.now() >= deadline) {
      signalAll(held, 'SIGCONT');
      throw new Error(`processes ${moving.join(', ')} did not stop within 5 s of SIGSTOP`);
    }
    await sleep(1);
  }
}

/** Stops them all, those included that were forked while others were being stopped: a stopped process forks no more. */
function stopAll(belongings: Belongings): number[] {
  const stopped = new Set<number>();
  for (let round = 0; round < 20; round++) {
    const running = processesOf(belongings).filter((pid) => !stopped.has(pid));
    if (running.length === 0) break;
    signalAll(running, 'SIGSTOP');
    for (const pid of running) stopped.add(pid);
  }
  return [...stopped];
}

function carriesMarker(pid: number, marker: string | undefined): boolean {
  if (marker === undefined) return false;
  try {
    const variable = `${markerVariable}=${marker}`;
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return environment.some((entry) => entry === variable || entry.startsWith(`${variable}/`));
  } catch {
    // Gone, another user's, or a system without /proc.
    return false;
  }
}

/** Whether a process without a terminal works inside the folder: one with a terminal is a person's shell. */
function worksIn(pid: number, folder: string | undefined): boolean {
  if (folder === undefined) return false;
  try {
    const directory = readlinkSync(`/proc/${pid}/cwd`);
    return (directory === folder || directory.startsWith(`${folder}/`)) && !hasTerminal(pid);
  } catch {
    // Gone, another user's, or a system without /proc.
    return false;
  }
}
