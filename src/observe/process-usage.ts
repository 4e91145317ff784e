import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { isZombie, type ProcessEntry, parseStat, statFields } from '../stack/machine/processes.ts';

/** A row of the process table with what the process has used. */
export interface ProcessUsage extends ProcessEntry {
  /** Milliseconds of CPU of the process, and (on Linux) of its children that ended and were waited for. */
  readonly cpu: number;
  /** Bytes in RAM; undefined until it is asked for with {@link memoryOf}. */
  readonly rss: number | undefined;
}

/** What all cores did since the machine's start, in milliseconds of one core. */
export interface MachineUsage {
  readonly busy: number;
  /** Taken by the hypervisor for other machines; NaN where that is not told. */
  readonly stolen: number;
  readonly cores: number;
}

const linux = process.platform === 'linux';
/** Milliseconds in a clock tick of `/proc`: USER_HZ is 100 on every architecture that Node runs on. */
const tick = 10;

/**
 * Every process that we may see. A hundred of them take 1.5 ms on Linux.
 * @throws Error when `ps` is needed and fails
 */
export async function readUsageTable(): Promise<ProcessUsage[]> {
  if (!linux) {
    const columns = 'pid=,ppid=,stat=,time=,rss=';
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', columns], { timeout: 5_000 });
    return parsePsUsage(stdout);
  }
  return readdirSync('/proc').flatMap((name) => {
    const text = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    return text === undefined ? [] : [parseStatUsage(text)];
  });
}

/** One line of `/proc/PID/stat`. */
export function parseStatUsage(text: string): ProcessUsage {
  const ticks = statFields(text)
    .slice(11, 15)
    .reduce((sum, field) => sum + Number(field), 0);
  return { ...parseStat(text), cpu: ticks * tick, rss: undefined };
}

/**
 * Lines of `ps -o pid=,ppid=,stat=,time=,rss=`, where time is `[[dd-]hh:]mm:ss` with or without hundredths and rss is
 * in KiB.
 */
export function parsePsUsage(text: string): ProcessUsage[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, ppid, state, time, rss] = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(\S+)\s+(\d+)\s*$/.exec(line) ?? [];
    if (!pid || !ppid || !state || !time || !rss) return [];
    // From the right: seconds, minutes, hours, days.
    const [seconds = 0, minutes = 0, hours = 0, days = 0] = time.split(/[:-]/).map(Number).reverse();
    const cpu = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
    return [{ pid: Number(pid), ppid: Number(ppid), state, startTime: 0, cpu, rss: Number(rss) * 1_024 }];
  });
}

/** Bytes of RAM that processes hold together; see {@link addMemory}. NaN when all of them have ended. */
export function memoryOf(processes: readonly ProcessUsage[]): number {
  return addMemory(
    processes.flatMap(({ pid, rss }) =>
      rss === undefined ? (parseStatus(read(`/proc/${pid}/status`) ?? '') ?? []) : { own: rss, shared: 0 },
    ),
  );
}

/** Memory (bytes) of one process: its own, and what others may share. */
export interface Memory {
  readonly own: number;
  readonly shared: number;
}

/**
 * Adds up memory. What processes may share (programs, libraries, the buffers of Postgres) is counted once, by the
 * process with the most of it. NaN for an empty list.
 */
export function addMemory(memories: readonly Memory[]): number {
  if (memories.length === 0) return Number.NaN;
  const own = memories.reduce((sum, one) => sum + one.own, 0);
  return own + memories.reduce((most, one) => Math.max(most, one.shared), 0);
}

/** Parses the memory lines of `/proc/PID/status`, in bytes; undefined for a process that has ended. */
export function parseStatus(text: string): Memory | undefined {
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1_024;
  const [own, shared] = [bytes('RssAnon'), bytes('RssFile') + bytes('RssShmem')];
  return Number.isNaN(own + shared) ? undefined : { own, shared };
}

/** Reads what the whole machine has done. */
export function readMachineUsage(): MachineUsage {
  const text = linux ? read('/proc/stat') : undefined;
  if (text !== undefined) return parseMachine(text);
  const all = cpus();
  const busy = all.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { busy, stolen: Number.NaN, cores: all.length };
}

/** `/proc/stat`. Waiting for a disk is idle. */
export function parseMachine(text: string): MachineUsage {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = Number.NaN] = /^cpu +(.*)$/m
    .exec(text)?.[1]
    ?.split(' ')
    .map(Number) ?? [Number.NaN];
  const cores = text.match(/^cpu\d/gm)?.length ?? 0;
  return { busy: (user + nice + system + irq + softirq) * tick, stolen: stolen * tick, cores };
}

/** A process with all its descendants, except those in `without` and their descendants. Empty when it does not run. */
export function treeOf(root: number, table: readonly ProcessUsage[], without: readonly number[] = []): ProcessUsage[] {
  const children = new Map<number, ProcessUsage[]>();
  for (const entry of table) {
    const siblings = children.get(entry.ppid);
    if (siblings) siblings.push(entry);
    else children.set(entry.ppid, [entry]);
  }
  const tree = table.filter((entry) => entry.pid === root && !isZombie(entry));
  for (const { pid } of tree) {
    for (const child of children.get(pid) ?? []) {
      if (child.pid !== pid && !isZombie(child) && !without.includes(child.pid)) tree.push(child);
    }
  }
  return tree;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process ended between the listing and the reading.
    return undefined;
  }
}
