import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A System V shared memory segment: Postgres holds a small one as a lock, and SIGKILL leaves it behind. */
export interface Segment {
  readonly key: number;
  readonly id: number;
  /** Process that made it; it may be gone. */
  readonly creator: number;
  /** How many processes are attached. */
  readonly attached: number;
  /** Seconds since the epoch of its making. */
  readonly madeAt: number;
}

/** What a data folder says of its Postgres: the server's pid and its segment. */
export interface PostmasterFile {
  readonly pid: number;
  readonly key: number;
  readonly id: number;
}

/** Segments of the machine; none where there is no /proc/sysvipc. */
export function listSegments(): Segment[] {
  try {
    return parseSegments(readFileSync('/proc/sysvipc/shm', 'latin1'));
  } catch {
    // Not Linux, or a kernel without System V shared memory.
    return [];
  }
}

/** Text of `/proc/sysvipc/shm`; its first line names the columns. */
export function parseSegments(text: string): Segment[] {
  const [header = '', ...lines] = text.trim().split('\n');
  const column = header.trim().split(/\s+/);
  return lines.map((line) => {
    const values = line.trim().split(/\s+/);
    const value = (name: string) => Number(values[column.indexOf(name)]);
    return {
      key: value('key'),
      id: value('shmid'),
      creator: value('cpid'),
      attached: value('nattch'),
      madeAt: value('ctime'),
    };
  });
}

/**
 * Text of a `postmaster.pid`; undefined while the server has not written its seventh line, key and id of the segment.
 */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n');
  const [, key, id] = /^\s*(\d+)\s+(\d+)\s*$/.exec(lines[6] ?? '') ?? [];
  const pid = Number(lines[0]);
  if (!key || !id || !Number.isInteger(pid)) return undefined;
  // Postgres prints the key unsigned, the kernel signed.
  return { pid, key: Number(BigInt.asIntN(32, BigInt(key))), id: Number(id) };
}

/** Every `postmaster.pid` in a folder, at most four levels down. */
export function findPostmasterFiles(folder: string, depth = 4): PostmasterFile[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some((entry) => entry.name === 'postmaster.pid')) {
    const file = parsePostmasterFile(readFileSync(join(folder, 'postmaster.pid'), 'latin1'));
    return file ? [file] : [];
  }
  if (depth === 0) return [];
  return entries
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => findPostmasterFiles(join(folder, entry.name), depth - 1));
}

/**
 * The segments that are certainly ours and that nobody uses: named by one of our postmaster files (pid, key and id must
 * all agree), or made by one of our processes since the stack was opened.
 * @param since seconds since the epoch; an older segment was made by another process that had the same pid
 */
export function findAbandoned(
  all: readonly Segment[],
  ours: { readonly files: readonly PostmasterFile[]; readonly pids: ReadonlySet<number>; readonly since: number },
): Segment[] {
  return all.filter(
    (segment) =>
      segment.attached === 0 &&
      (ours.files.some((file) => file.pid === segment.creator && file.key === segment.key && file.id === segment.id) ||
        (ours.pids.has(segment.creator) && segment.madeAt >= ours.since)),
  );
}

/** Removes a segment. @throws Error when `ipcrm` is missing or refuses */
export function removeSegment(segment: Segment): void {
  try {
    execFileSync('ipcrm', ['-m', String(segment.id)], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `shared memory segment ${segment.id} of process ${segment.creator} could not be removed; run \`ipcrm -m ${segment.id}\` (package util-linux)`,
      { cause: error },
    );
  }
}
