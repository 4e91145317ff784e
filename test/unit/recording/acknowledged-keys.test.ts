import { expect, test } from 'vitest';
import { acknowledgedKeys } from '../../../src/recording/acknowledged-keys.ts';
import { recordingOf } from '../../../src/recording/literal.ts';

test('the keys that must be there were acknowledged, by what writes, and never removed', () => {
  const { columns } = recordingOf({
    operations: [
      { key: 'kept' },
      { key: 'kept again' },
      { key: 'timed out', category: 'timeout' },
      { key: 'read', kind: 'read', name: 'order read' },
      { key: 'looked at', name: 'GET /orders' },
      { key: 'accepted', name: 'GET /accept', value: 'V1' },
      { key: 'removed' },
      { key: 'removed', kind: 'remove', name: 'DELETE /orders', category: 'timeout' },
      {},
    ],
  });
  const keys = acknowledgedKeys(columns);
  expect([...keys]).toEqual(['kept', 'kept again', 'accepted']);
  expect([...keys]).toHaveLength(3);
});
