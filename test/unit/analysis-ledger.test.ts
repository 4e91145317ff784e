import { expect, test } from 'vitest';
import { ledger } from '../../src/analysis/ledger.ts';
import { recordingOf } from '../../src/recording/literal.ts';

test('without a final state there is no ledger', () => {
  expect(ledger(recordingOf({ operations: [{ key: 'a' }] }))).toBeUndefined();
});

test('what was acknowledged and is in the final state once is neither lost nor duplicated', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'b' }, { key: 'a' }, {}],
    finalState: { after: ['b', 'a'] },
  });
  expect(ledger(recording)).toEqual({
    attempted: 2,
    acknowledged: 2,
    lost: [],
    duplicated: [],
    unexpected: [],
    recovered: 0,
  });
});

test('an acknowledged key that is not in the final state is lost, with the fault of its instant', () => {
  const recording = recordingOf({
    operations: [
      { key: 'early', dueAt: 999 },
      { key: 'late', dueAt: 1_000 },
      { key: 'after', dueAt: 2_000 },
    ],
    faults: [{ kind: 'crash', service: 'postgres', inEffectAt: 1_000, healedAt: 2_000 }],
    finalState: { after: [] },
  });
  expect(ledger(recording)?.lost).toEqual([
    { key: 'early', at: 999, outcome: 'ok', times: 0, fault: undefined },
    { key: 'late', at: 1_000, outcome: 'ok', times: 0, fault: 'crash(postgres)' },
    { key: 'after', at: 2_000, outcome: 'ok', times: 0, fault: undefined },
  ]);
});

test('a fault that never healed is in effect to the end', () => {
  const recording = recordingOf({
    operations: [{ key: 'a', dueAt: 9_000 }],
    faults: [{ inEffectAt: 1_000 }],
    finalState: { after: [] },
  });
  expect(ledger(recording)?.lost[0]?.fault).toBe('refuse(redis)');
});

test('a key that was never acknowledged cannot be lost, and is recovered if it is there', () => {
  const recording = recordingOf({
    operations: [
      { key: 'failed', outcome: 'failed' },
      { key: 'gone', outcome: 'unknown' },
      { key: 'there', outcome: 'unknown' },
    ],
    finalState: { after: ['there', 'failed'] },
  });
  expect(ledger(recording)).toMatchObject({ attempted: 3, acknowledged: 0, lost: [], recovered: 2 });
});

test('a retry that was acknowledged speaks for its key', () => {
  const recording = recordingOf({
    operations: [
      { key: 'a', dueAt: 10, outcome: 'unknown' },
      { key: 'a', dueAt: 20 },
      { key: 'a', dueAt: 30, outcome: 'failed' },
    ],
    finalState: { after: [] },
  });
  const seen = ledger(recording);
  expect(seen).toMatchObject({ attempted: 1, acknowledged: 1, recovered: 0 });
  expect(seen?.lost).toEqual([{ key: 'a', at: 20, outcome: 'ok', times: 0, fault: undefined }]);
});

test('a key that is in the final state twice was applied twice, however it was answered', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'b', outcome: 'unknown' }],
    finalState: { after: ['a', 'b', 'a', 'b', 'b'] },
  });
  expect(ledger(recording)?.duplicated).toEqual([
    { key: 'a', at: 0, outcome: 'ok', times: 2, fault: undefined },
    { key: 'b', at: 0, outcome: 'unknown', times: 3, fault: undefined },
  ]);
});

test('what was there before the load is subtracted, row by row', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'b' }],
    finalState: { before: ['a', 'b', 'seed', 'deleted'], after: ['a', 'a', 'b', 'seed'] },
  });
  expect(ledger(recording)).toMatchObject({ lost: [{ key: 'b' }], duplicated: [], unexpected: [] });
});

test('an acknowledged key that was there before the load and is gone after it is lost', () => {
  const recording = recordingOf({ operations: [{ key: 'a' }], finalState: { before: ['a'], after: [] } });
  expect(ledger(recording)?.lost).toMatchObject([{ key: 'a', times: 0 }]);
});

test('a key that nobody sent is unexpected, also if it was due and could not be sent', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'unsent', category: 'unsent' }],
    finalState: { after: ['a', 'stranger', 'stranger', 'unsent'] },
  });
  expect(ledger(recording)).toMatchObject({ attempted: 1, unexpected: ['stranger', 'unsent'], recovered: 0 });
});

test('the warm-up counts: what it left in the final state is not unexpected, and what it lost is lost', () => {
  const recording = recordingOf({
    operations: [
      { key: 'w1', dueAt: -10 },
      { key: 'w2', dueAt: -5 },
    ],
    finalState: { after: ['w1'] },
  });
  expect(ledger(recording)).toMatchObject({ acknowledged: 2, lost: [{ key: 'w2' }], unexpected: [] });
});
