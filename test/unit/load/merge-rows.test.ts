import { expect, test } from 'vitest';
import type { RowColumns } from '../../../src/load/rows/row-columns.ts';
import { mergeRows } from '../../../src/load/rows/row-columns.ts';

function rowsOf(numbers: readonly number[], categories: readonly string[]): RowColumns {
  const times = (by: number) => Float64Array.from(numbers, (n) => n * by);
  return {
    length: numbers.length,
    n: times(1),
    dueAt: times(10),
    startedAt: times(20),
    endedAt: times(30),
    outcome: Uint8Array.from(numbers, (n) => Math.abs(n) % 3),
    category: Uint16Array.from(numbers, (_, index) => index % categories.length),
    status: Uint16Array.from(numbers, (n) => 200 + Math.abs(n)),
    bytesSent: Float32Array.from(numbers, (n) => n * 3),
    bytesReceived: Float32Array.from(numbers, (n) => n * 4),
    takes: Uint8Array.from(numbers, (n) => Math.abs(n) % 2),
    categories,
  };
}

test('the rows of several processes come in the order of their numbers, each with all that belongs to it', () => {
  const rows = mergeRows([
    [rowsOf([-2, 0], ['unsent', 'ok']), rowsOf([2, 4], ['unsent', 'ok', '503'])],
    [rowsOf([-1, 1, 3], ['unsent', 'reset', 'ok'])],
    [],
  ]);
  expect([...rows.n]).toEqual([-2, -1, 0, 1, 2, 3, 4]);
  expect([...rows.dueAt]).toEqual([-20, -10, 0, 10, 20, 30, 40]);
  expect([...rows.startedAt]).toEqual([-40, -20, 0, 20, 40, 60, 80]);
  expect([...rows.endedAt]).toEqual([-60, -30, 0, 30, 60, 90, 120]);
  expect([...rows.outcome]).toEqual([2, 1, 0, 1, 2, 0, 1]);
  expect([...rows.status]).toEqual([202, 201, 200, 201, 202, 203, 204]);
  expect([...rows.bytesSent]).toEqual([-6, -3, 0, 3, 6, 9, 12]);
  expect([...rows.bytesReceived]).toEqual([-8, -4, 0, 4, 8, 12, 16]);
  expect([...rows.category].map((code) => rows.categories[code])).toEqual([
    'unsent',
    'unsent',
    'ok',
    'reset',
    'unsent',
    'ok',
    'ok',
  ]);
});

test('the rows of one process stay in its order', () => {
  expect([...mergeRows([[rowsOf([-1, -2], ['ok']), rowsOf([0, 1], ['ok'])]]).n]).toEqual([-1, -2, 0, 1]);
  expect(mergeRows([[]]).length).toBe(0);
});
