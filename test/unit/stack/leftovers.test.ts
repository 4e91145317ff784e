import { expect, test } from 'vitest';
import { processesOf } from '../../../src/stack/machine/leftovers.ts';
import type { ProcessEntry } from '../../../src/stack/machine/processes.ts';

/** Pids above every limit, so that nothing can be read of them but this table. */
const [app, child, other] = [5_000_001, 5_000_002, 5_000_003];
const table: ProcessEntry[] = [
  { pid: app, ppid: 1, state: 'S', startTime: 100 },
  { pid: child, ppid: app, state: 'S', startTime: 200 },
  { pid: other, ppid: 1, state: 'S', startTime: 300 },
];
const belongings = { folder: undefined, marker: 'no-such-marker', spared: [] };

test('a tracked process and its descendants are ours, parents first', () => {
  expect(processesOf({ ...belongings, tracked: table.slice(0, 1) }, table)).toEqual([app, child]);
});

test('a process that only has the pid of a tracked one is not ours', () => {
  const earlier = { pid: app, ppid: 1, state: 'S', startTime: 99 };
  expect(processesOf({ ...belongings, tracked: [earlier] }, table)).toEqual([]);
});

test('those to be spared are never listed', () => {
  expect(processesOf({ ...belongings, tracked: table, spared: [child] }, table)).toEqual([app, other]);
});

test('a zombie is not listed', () => {
  const zombie = { pid: app, ppid: 1, state: 'Z', startTime: 100 };
  expect(processesOf({ ...belongings, tracked: [zombie] }, [zombie])).toEqual([]);
});
