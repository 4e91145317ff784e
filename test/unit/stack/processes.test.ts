import { describe, expect, test } from 'vitest';
import {
  descendantsOf,
  isAlive,
  type ProcessEntry,
  parsePs,
  parseStat,
  readProcessEntry,
  readProcessTable,
  signalAll,
  stillRuns,
  waitUntilGone,
} from '../../../src/stack/machine/processes.ts';

const entry = (pid: number, ppid: number, state = 'S'): ProcessEntry => ({ pid, ppid, state, startTime: pid * 10 });
/** A pid above every limit of Linux and macOS. */
const nobody = 2 ** 22 + 1;

describe('a line of /proc/PID/stat', () => {
  const after = 'S 7 4242 4242 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654 0 0';

  test('gives pid, parent, state and start time', () => {
    expect(parseStat(`4242 (node) ${after}`)).toEqual({ pid: 4242, ppid: 7, state: 'S', startTime: 987_654 });
  });

  test('may have a name with spaces and brackets', () => {
    expect(parseStat(`4242 (a) Z 1 (b) c) ${after}`)).toEqual({ pid: 4242, ppid: 7, state: 'S', startTime: 987_654 });
  });
});

test('lines of ps give the same, the state by its first letter, and others are left out', () => {
  const text = '  1     0 Ss   Sat Nov 21 11:18:54 2026\n 4242 1 T+ Sat Nov  7 01:08:05 2026\n\n nonsense\n';
  expect(parsePs(text)).toEqual([
    { pid: 1, ppid: 0, state: 'S', startTime: Date.parse('Sat Nov 21 11:18:54 2026') },
    { pid: 4242, ppid: 1, state: 'T', startTime: Date.parse('Sat Nov  7 01:08:05 2026') },
  ]);
});

describe('descendants', () => {
  test('are children and their children, parents first, wherever they stand in the table', () => {
    const table = [entry(30, 20), entry(20, 10), entry(21, 10), entry(40, 30), entry(50, 1), entry(10, 1)];
    expect(descendantsOf(10, table)).toEqual([20, 21, 30, 40]);
  });

  test('are none of a process without children', () => {
    expect(descendantsOf(50, [entry(50, 1), entry(51, 1)])).toEqual([]);
  });

  test('do not count zombies', () => {
    expect(descendantsOf(10, [entry(20, 10, 'Z'), entry(21, 10)])).toEqual([21]);
  });

  test('come to an end in a table that changed while it was read', () => {
    expect(descendantsOf(10, [entry(10, 30), entry(20, 10), entry(30, 20)])).toEqual([20, 30]);
  });
});

describe('this process', () => {
  test('is in the table, alive, and a child of its parent', () => {
    expect(readProcessTable()).toContainEqual(expect.objectContaining({ pid: process.pid, ppid: process.ppid }));
    expect(isAlive(process.pid)).toBe(true);
    expect(descendantsOf(process.ppid)).toContain(process.pid);
  });

  test('is not another one that had its pid', () => {
    const own = readProcessEntry(process.pid) as ProcessEntry;
    expect(stillRuns(own)).toBe(true);
    expect(stillRuns({ ...own, startTime: own.startTime - 1 })).toBe(false);
  });
});

test('a pid of nobody is neither alive nor in the table', () => {
  expect(isAlive(nobody)).toBe(false);
  expect(readProcessEntry(nobody)).toBeUndefined();
});

test('waiting for processes to be gone ends when they are, and otherwise names those that remain', async () => {
  await waitUntilGone([nobody], 0);
  await expect(waitUntilGone([nobody, process.pid], 0)).rejects.toThrow(
    `processes ${process.pid} must be gone within 0 ms and are still alive`,
  );
});

describe('a signal', () => {
  test('to a process that is gone is fine', () => {
    expect(() => signalAll([nobody], 'SIGKILL')).not.toThrow();
  });

  test.for([1, 0, -4242, 1.5, Number.NaN])('to %d, a group, init or nothing, is an error', (pid) => {
    // SIGCONT does no harm where this rule should be broken.
    expect(() => signalAll([pid], 'SIGCONT')).toThrow(RangeError);
  });
});
