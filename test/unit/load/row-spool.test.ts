import { expect, test } from 'vitest';
import type { RowColumns } from '../../../src/load/rows/row-columns.ts';
import { RowSpool } from '../../../src/load/rows/row-spool.ts';
import { Rows } from '../../../src/load/rows/rows.ts';
import { operationsOf } from '../../../src/recording/columns.ts';

const ok = { outcome: 'ok', category: 'ok' } as const;

/** Rows of some requests, each due at ten times its number and answered 1 ms later. */
function rowsOf(...numbers: readonly number[]): RowColumns {
  const rows = new Rows();
  for (const n of numbers) rows.end(rows.add(n, n * 10, n * 10), n * 10 + 1, ok);
  return rows.columns();
}

const labels = (n: number) => ({ key: `k${n}`, name: n % 2 ? 'odd' : 'even', value: undefined });

function taken(spool: RowSpool): { key: string | undefined; dueAt: number; name: string }[] {
  return [...operationsOf(spool.columns())].map(({ key, dueAt, name }) => ({ key, dueAt, name }));
}

test('the rows of several processes are put in order, and the warm-up told by the right zero', () => {
  const spool = new RowSpool(2, labels);
  spool.take(1, rowsOf(-1, 1));
  spool.take(0, rowsOf(-2, 0));
  spool.zeroChosen(-5);
  spool.take(0, rowsOf(2));
  expect(taken(spool).map(({ key, dueAt }) => `${key} ${dueAt}`)).toEqual([
    'k-2 -25',
    'k-1 -15',
    'k0 0',
    'k1 10',
    'k2 20',
  ]);
});

test('a long run goes to disk as soon as zero is known, and loses nothing', () => {
  const spool = new RowSpool(2, labels, 3);
  spool.take(0, rowsOf(-2, 0, 2, 4));
  spool.zeroChosen(-5);
  spool.take(1, rowsOf(-1, 1));
  spool.take(0, rowsOf(6));
  const columns = spool.columns();
  expect(columns.chunks).toBeDefined();
  const all = [...operationsOf(columns)].sort((a, b) => a.dueAt - b.dueAt);
  expect(all.map(({ key, dueAt, name }) => `${key} ${dueAt} ${name}`)).toEqual([
    'k-2 -25 even',
    'k-1 -15 odd',
    'k0 0 even',
    'k1 10 odd',
    'k2 20 even',
    'k4 40 even',
    'k6 60 even',
  ]);
});

test('rows tell their oldest when they are many and all of them have ended, each exactly once', () => {
  const told: RowColumns[] = [];
  const rows = new Rows({ tell: (some) => told.push(some), kept: 10_000 });
  const total = 60_000;
  const held = rows.add(0, 0, 0);
  for (let n = 1; n < total; n++) rows.end(rows.add(n, n, n), n + 1, ok);
  // The first has not ended, so that nothing before it is in order.
  expect(told).toEqual([]);
  rows.end(held, total, { outcome: 'unknown', category: 'timeout' });
  const rest = rows.columns();
  expect(rest.length).toBeLessThanOrEqual(10_000);
  const numbers = [...told, rest].flatMap(({ n }) => [...n]);
  expect(numbers).toEqual(Array.from({ length: total }, (_, n) => n));
  const [first] = told;
  expect([first?.endedAt[0], first?.categories[first.category[0] ?? 0]]).toEqual([total, 'timeout']);
});

test('rows go on after telling: what ends later ends in its own row', () => {
  const rows = new Rows({ tell: () => undefined, kept: 0 });
  for (let n = 0; n < 8_192; n++) rows.end(rows.add(n, n, n), n + 1, ok);
  const late = rows.add(8_192, 8_192, 8_192);
  rows.end(late, 9_000, ok);
  expect([...rows.columns().endedAt]).toEqual([9_000]);
  expect(rows.progress.operations).toBe(8_193);
});
