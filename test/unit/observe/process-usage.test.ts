import { describe, expect, test } from 'vitest';
import {
  addMemory,
  type ProcessUsage,
  parseMachine,
  parsePsUsage,
  parseStatUsage,
  parseStatus,
  readMachineUsage,
  readUsageTable,
  treeOf,
} from '../../../src/observe/process-usage.ts';
import { TreeMeter } from '../../../src/observe/tree-meter.ts';

const entry = (pid: number, ppid: number, cpu = 0, more: Partial<ProcessUsage> = {}): ProcessUsage => ({
  pid,
  ppid,
  state: 'S',
  startTime: 1,
  cpu,
  rss: 1_000,
  ...more,
});
const pids = (tree: readonly ProcessUsage[]) => tree.map(({ pid }) => pid);
const sorted = (tree: readonly ProcessUsage[]) => pids(tree).toSorted((a, b) => a - b);

describe('what the system says of its processes', () => {
  test('CPU is that of a process and of its children that have ended, in milliseconds', () => {
    const stat = `7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 99 1000 10`;
    expect(parseStatUsage(stat)).toEqual({ pid: 7, ppid: 1, state: 'S', startTime: 99, cpu: 1_100, rss: undefined });
  });

  test('ps gives it in minutes, hours or days', () => {
    const text =
      '  1     0 Ss       0:01.50   2048\n 20     1 R+      61:02.00   1\n 21 1 S 01:00:00 1\n 22 1 S 2-00:00:01 1\nnoise\n';
    expect(parsePsUsage(text).map(({ cpu }) => cpu)).toEqual([1_500, 3_662_000, 3_600_000, 172_801_000]);
    expect(parsePsUsage(text)[0]).toMatchObject({ pid: 1, ppid: 0, state: 'S', rss: 2_097_152 });
  });

  test('memory is what a process has of its own, and what it may share', () => {
    const status = 'VmRSS:\t  700 kB\nRssAnon:\t  100 kB\nRssFile:\t  200 kB\nRssShmem:\t  400 kB\n';
    expect(parseStatus(status)).toEqual({ own: 102_400, shared: 614_400 });
    expect(parseStatus('State:\tZ (zombie)\n')).toBeUndefined();
  });

  test('memory that processes share is counted once', () => {
    expect(addMemory([10, 30, 20].map((shared) => ({ own: 100, shared })))).toBe(330);
    expect(addMemory([])).toBeNaN();
  });

  test('the machine is busy but for idling and waiting for disks', () => {
    const stat = 'cpu  1 2 3 400 500 6 7 8 9 0\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nintr 5\n';
    expect(parseMachine(stat)).toEqual({ busy: 190, stolen: 80, cores: 2 });
  });

  test('this process and this machine are found', async () => {
    const [own] = treeOf(process.pid, await readUsageTable());
    expect(own?.cpu).toBeGreaterThan(0);
    expect(readMachineUsage().busy).toBeGreaterThan(0);
    expect(readMachineUsage().cores).toBeGreaterThan(0);
  });
});

describe('a process tree', () => {
  const table = [entry(3, 2), entry(1, 0), entry(2, 1), entry(4, 1), entry(5, 4), entry(6, 1, 0, { state: 'Z' })];

  test('is the process and all below it', () => {
    expect(sorted(treeOf(1, table))).toEqual([1, 2, 3, 4, 5]);
    expect(pids(treeOf(4, table))).toEqual([4, 5]);
    expect(treeOf(9, table)).toEqual([]);
    expect(treeOf(6, table)).toEqual([]);
  });

  test('leaves out others with all that is below them', () => {
    expect(sorted(treeOf(1, table, [4]))).toEqual([1, 2, 3]);
  });

  test('ends, even where a process is its own parent', () => {
    expect(pids(treeOf(0, [entry(0, 0), entry(1, 0)]))).toEqual([0, 1]);
  });
});

describe('the CPU of a tree', () => {
  const cpuOf = (meter: TreeMeter, ...table: ProcessUsage[]) => {
    const [cpu] = meter.read(1, table)?.facts ?? [];
    return cpu && 'counted' in cpu ? cpu.counted : undefined;
  };

  test('counts from the first look, and all of a process that was started since', () => {
    const meter = new TreeMeter();
    expect(cpuOf(meter, entry(1, 0, 500))).toBe(0);
    expect(cpuOf(meter, entry(1, 0, 530), entry(2, 1, 70))).toBe(100);
  });

  test('loses nothing of a child that ended, which its parent has then', () => {
    const meter = new TreeMeter();
    cpuOf(meter, entry(1, 0, 0), entry(2, 1, 70));
    expect(cpuOf(meter, entry(1, 0, 90))).toBe(20);
  });

  test('never falls when a child leaves the tree', () => {
    const meter = new TreeMeter();
    cpuOf(meter, entry(1, 0, 0), entry(2, 1, 70));
    expect(cpuOf(meter, entry(1, 0, 10))).toBe(0);
    expect(cpuOf(meter, entry(1, 0, 25))).toBe(15);
  });

  test('goes on after a restart with what the new process has used', () => {
    const meter = new TreeMeter();
    cpuOf(meter, entry(1, 0, 500));
    expect(meter.read(undefined, [])).toBeUndefined();
    expect(cpuOf(meter, entry(1, 0, 30, { startTime: 2 }))).toBe(30);
  });
});
