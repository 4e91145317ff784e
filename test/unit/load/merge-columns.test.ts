import { expect, test } from 'vitest';
import { mergeColumns } from '../../../src/load/rows/merge-columns.ts';
import { operationsOf } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';

test('more operations than fit into memory go to disk, with the same instants and names', () => {
  const { columns: orders } = recordingOf({ operations: [{ key: 'a' }, { key: 'b', dueAt: 20, category: '503' }] });
  const { columns: trips } = recordingOf({
    operations: [{ name: 'trip', value: 'x', dueAt: 10, category: 'timeout' }],
  });
  const parts = [
    { columns: orders, rename: () => 'order' },
    { columns: trips, shift: 5 },
  ];
  const memory = mergeColumns(parts);
  expect(memory.chunks).toBeUndefined();
  const disk = mergeColumns(parts, 2);
  expect(disk.chunks).toBeDefined();
  expect([...operationsOf(disk)].sort((a, b) => a.dueAt - b.dueAt)).toEqual([...operationsOf(memory)]);
  // And once more, from what lies on disk.
  const again = mergeColumns([{ columns: disk, shift: 1 }], 2);
  expect([...operationsOf(again)].map(({ dueAt, name }) => `${dueAt} ${name}`)).toEqual([
    '1 order',
    '21 order',
    '16 trip',
  ]);
});
