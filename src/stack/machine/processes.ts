// What the machine holds: processes, shared memory, containers, and how leftovers of a stack are found and removed.
// Begin here. Imports nothing of the stack but its errors.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** One row of the system's process table. */
export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** First letter of the state as `ps` shows it: R, S, D, T (stopped), Z (zombie). */
  readonly state: string;
  /**
   * Only for equality: with the pid it names one process, since pids are used again. Clock ticks since boot on Linux.
   */
  readonly startTime: number;
}

const linux = process.platform === 'linux';

/** Every process of the machine that we may see. @throws Error when `ps` is needed and missing */
export function readProcessTable(): ProcessEntry[] {
  if (!linux) return readPs(['-A']);
  return readdirSync('/proc').flatMap((name) => {
    const entry = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    return entry ? [entry] : [];
  });
}

/** The row of one process, or undefined when there is none. */
export function readProcessEntry(pid: number): ProcessEntry | undefined {
  return linux ? readStat(pid) : readPs(['-p', String(pid)])[0];
}

/** Children, their children and so on, parents before children; without `pid` itself and without zombies. */
export function descendantsOf(pid: number, table: readonly ProcessEntry[] = readProcessTable()): number[] {
  const found = new Set<number>();
  const queue = [pid];
  for (const parent of queue) {
    for (const entry of table) {
      if (entry.ppid !== parent || entry.pid === pid || found.has(entry.pid) || isZombie(entry)) continue;
      found.add(entry.pid);
      queue.push(entry.pid);
    }
  }
  return [...found];
}

/** Whether the process runs or is stopped. A zombie counts as gone: it holds nothing but its row. */
export function isAlive(pid: number): boolean {
  const entry = readProcessEntry(pid);
  return entry !== undefined && !isZombie(entry);
}

/** Whether this very process still runs, and not a later one with its pid. */
export function stillRuns(process: ProcessEntry): boolean {
  const entry = readProcessEntry(process.pid);
  return entry !== undefined && !isZombie(entry) && entry.startTime === process.startTime;
}

/** Whether the process has ended and only waits for its parent to take notice. */
export function isZombie(entry: ProcessEntry): boolean {
  return entry.state === 'Z' || entry.state === 'X';
}

/** Whether the process belongs to a terminal, as a person's shell does. Known on Linux only. */
export function hasTerminal(pid: number): boolean {
  return linux && statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'))[4] !== '0';
}

/**
 * Resolves when none of the processes is alive.
 * @param timeoutMs milliseconds to wait
 * @throws Error naming the pids that remain
 */
export async function waitUntilGone(pids: Iterable<number>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let left = [...pids].filter(isAlive);
  while (left.length > 0) {
    if (performance.now() >= deadline) {
      throw new Error(
        `processes ${left.join(', ')} must be gone within ${timeoutMs} ms and are still alive; look at them with \`ps -o pid,ppid,stat,args -p ${left.join(',')}\``,
      );
    }
    await sleep(10);
    left = left.filter(isAlive);
  }
}

/**
 * Sends a signal to each process by its own pid; one that is gone already is fine.
 * @throws RangeError for a pid below 2, which would mean a group or init
 * @throws AggregateError when the system refuses some, after all were tried
 */
export function signalAll(pids: Iterable<number>, signal: NodeJS.Signals): void {
  const refused: Error[] = [];
  for (const pid of pids) {
    if (!Number.isInteger(pid) || pid < 2)
      throw new RangeError(`a pid to signal must be an integer above 1; got ${pid}`);
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') continue;
      refused.push(new Error(`${signal} to process ${pid} was refused`, { cause: error }));
    }
  }
  if (refused.length > 0) throw new AggregateError(refused, refused.map((error) => error.message).join('; '));
}

/** One line of `/proc/PID/stat`. */
export function parseStat(text: string): ProcessEntry {
  const fields = statFields(text);
  return {
    pid: Number.parseInt(text, 10),
    ppid: Number(fields[1]),
    state: fields[0] ?? '?',
    startTime: Number(fields[19]),
  };
}

/** Lines of `ps -o pid=,ppid=,stat=,lstart=`. */
export function parsePs(text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, ppid, state, started] = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(.+?)\s*$/.exec(line) ?? [];
    if (!pid || !ppid || !state || !started) return [];
    return [{ pid: Number(pid), ppid: Number(ppid), state, startTime: Date.parse(started) }];
  });
}

/**
 * Fields of a line of `/proc/PID/stat` from the state on. The name in brackets may hold spaces and brackets, so they
 * count from the last one.
 */
export function statFields(text: string): string[] {
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readStat(pid: number): ProcessEntry | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // It ended between the listing and the reading, or was never there.
    return undefined;
  }
}

function readPs(which: readonly string[]): ProcessEntry[] {
  try {
    return parsePs(
      execFileSync('ps', [...which, '-o', 'pid=,ppid=,stat=,lstart='], {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  } catch (error) {
    // `ps -p` exits with 1 and says nothing when there is no such process.
    if ((error as { status?: number }).status === 1) return [];
    throw new Error('the process table is read with `ps`, which could not be run; install it (package procps)', {
      cause: error,
    });
  }
}
