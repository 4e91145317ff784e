import { describe, expect, test } from 'vitest';
import { compareByHash, drawUpLedger, type Ledger } from '../../../src/analysis/keys/ledger.ts';
import { findActiveFaults, findNearestFault } from '../../../src/analysis/window/active-faults.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { hashText } from '../../../src/recording/key-hash.ts';
import { KeyTable } from '../../../src/recording/key-table.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { FinalState, StateRow } from '../../../src/recording/recording.ts';
import { applyEachOnce } from '../../../src/verdict/checks/apply-each-once.ts';
import { loseNothing } from '../../../src/verdict/checks/lose-nothing.ts';

test('without a final state there is no ledger', () => {
  expect(drawUpLedger(recordingOf({ operations: [{ key: 'a' }] }))).toBeUndefined();
});

test('what was acknowledged and is in the final state once is neither lost nor duplicated', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'b' }, { key: 'a' }, {}],
    finalState: { after: ['b', 'a'] },
  });
  expect(drawUpLedger(recording)).toEqual({
    attempted: 2,
    acknowledged: 2,
    lost: [],
    unchanged: [],
    duplicated: [],
    unexpected: [],
    keyless: 0,
    recovered: 0,
    shared: [],
    recoveredNamed: [],
  });
});

test('an acknowledged key that is not in the final state is lost, with the fault of its time, or the nearest', () => {
  const recording = recordingOf({
    operations: [
      { key: 'early', dueAt: 900, endedAt: 998 },
      { key: 'into', dueAt: 990, endedAt: 1_000 },
      { key: 'late', dueAt: 1_000 },
      { key: 'after', dueAt: 2_000, endedAt: 2_010 },
    ],
    faults: [{ kind: 'crash', service: 'postgres', inEffectAt: 1_000, healedAt: 2_000 }],
    finalState: { after: [] },
  });
  const rest = { outcome: 'ok', times: 0, attempts: 1 };
  const [fault, near] = ['crash(postgres)', { name: 'crash(postgres)' }];
  expect(drawUpLedger(recording)?.lost).toEqual([
    { ...rest, key: 'early', at: 900, endedAt: 998, fault: undefined, nearest: { ...near, by: -2 } },
    { ...rest, key: 'into', at: 990, endedAt: 1_000, fault, nearest: undefined },
    { ...rest, key: 'late', at: 1_000, endedAt: 1_001, fault, nearest: undefined },
    { ...rest, key: 'after', at: 2_000, endedAt: 2_010, fault: undefined, nearest: { ...near, by: 10 } },
  ]);
});

test('of faults that overlap each is named, and of several the nearest', () => {
  const faults = [
    { kind: 'refuse', inEffectAt: 1_000, healedAt: 3_000 },
    { kind: 'pause', service: 'postgres', inEffectAt: 2_000, healedAt: 4_000 },
    { kind: 'crash', service: 'app', inEffectAt: 9_000, healedAt: 9_500 },
    { kind: 'reset', inEffectAt: Number.NaN },
  ];
  const recording = recordingOf({ operations: [], faults });
  expect(findActiveFaults(recording, 2_500)).toBe('refuse(redis) and pause(postgres)');
  expect(findActiveFaults(recording, 3_000, 3_500)).toBe('pause(postgres)');
  expect(findActiveFaults(recording, 4_000, 8_999)).toBeUndefined();
  expect(findActiveFaults(recording, 500, Number.NaN)).toBe('refuse(redis) and pause(postgres) and crash(app)');
  expect(findNearestFault(recording, 5_000)).toEqual({ name: 'pause(postgres)', by: 1_000 });
  expect(findNearestFault(recording, 8_000)).toEqual({ name: 'crash(app)', by: -1_000 });
  expect(findNearestFault(recordingOf({ operations: [] }), 0)).toBeUndefined();
});

test('what only reads promises nothing', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { kind: 'read', name: 'read', key: 'never written' }],
    finalState: { after: ['a'] },
  });
  expect(drawUpLedger(recording)).toMatchObject({ attempted: 1, acknowledged: 1, lost: [], unexpected: [] });
});

test('a key that may have been removed since it was acknowledged is not lost, and one that was written again is', () => {
  const remove = (key: string, startedAt: number, rest: Partial<Operation> = {}) => ({
    kind: 'remove' as const,
    name: 'remove',
    key,
    dueAt: startedAt,
    startedAt,
    endedAt: startedAt + 1,
    ...rest,
  });
  const recording = recordingOf({
    operations: [
      ...['gone', 'maybe', 'kept', 'again'].map((key) => ({ key })),
      remove('gone', 10),
      remove('maybe', 10, { outcome: 'unknown' }),
      remove('kept', 10, { outcome: 'failed', category: '409' }),
      remove('again', 10),
      { key: 'again', dueAt: 20 },
    ],
    finalState: { after: [] },
  });
  const seen = drawUpLedger(recording);
  expect(seen?.lost.map(({ key }) => key)).toEqual(['again', 'kept']);
  expect(compareByHash(recording, recording.finalState as FinalState)).toEqual(seen);
});

test('recovered keys are named, the first twenty, with what they were told', () => {
  const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
  const recording = recordingOf({
    operations: keys.map((key, n) => ({ key, dueAt: n, outcome: n === 0 ? 'failed' : 'unknown' })),
    finalState: { after: keys },
  });
  const seen = drawUpLedger(recording);
  expect(seen?.recovered).toBe(30);
  expect(seen?.recoveredNamed.map(({ key }) => key)).toEqual(keys.slice(0, 20));
  expect(seen?.recoveredNamed[0]).toMatchObject({ outcome: 'failed', at: 0, times: 1 });
  expect(compareByHash(recording, recording.finalState as FinalState)).toMatchObject({ recovered: 30, attempted: 30 });
});

test('a fault that never healed is in effect to the end', () => {
  const recording = recordingOf({
    operations: [{ key: 'a', dueAt: 9_000 }],
    faults: [{ inEffectAt: 1_000 }],
    finalState: { after: [] },
  });
  expect(drawUpLedger(recording)?.lost[0]?.fault).toBe('refuse(redis)');
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
  expect(drawUpLedger(recording)).toMatchObject({ attempted: 3, acknowledged: 0, lost: [], recovered: 2 });
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
  const seen = drawUpLedger(recording);
  expect(seen).toMatchObject({ attempted: 1, acknowledged: 1, recovered: 0 });
  expect(seen?.lost).toMatchObject([{ key: 'a', at: 20, endedAt: 21, outcome: 'ok', times: 0, attempts: 3 }]);
});

test('a key that is in the final state twice was applied twice, however it was answered', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'b', outcome: 'unknown' }],
    finalState: { after: ['a', 'b', 'a', 'b', 'b'] },
  });
  expect(drawUpLedger(recording)?.duplicated).toMatchObject([
    { key: 'a', at: 0, outcome: 'ok', times: 2, fault: undefined },
    { key: 'b', at: 0, outcome: 'unknown', times: 3, fault: undefined },
  ]);
});

test('what was there before the load is subtracted, row by row', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'b' }],
    finalState: { before: ['a', 'b', 'seed', 'deleted'], after: ['a', 'a', 'b', 'seed'] },
  });
  expect(drawUpLedger(recording)).toMatchObject({ lost: [], duplicated: [], unexpected: [] });
});

test('of an acknowledged key whose row is as it was before the load nobody knows whether it was applied, unless its value says so', () => {
  const row = (key: string, value: string) => ({ key, value });
  const rows = [row('same', '1'), row('back', '1'), row('other', '1'), row('silent', '1')];
  const operations = [
    { key: 'same', value: '1' },
    { key: 'back', value: '2', dueAt: 1 },
    { key: 'back', value: '1', dueAt: 5 },
    { key: 'other', value: '2' },
    { key: 'silent' },
    { key: 'bare' },
  ];
  const finalState = { before: ['bare', ...rows], after: [...rows, 'bare'] };
  const recording = recordingOf({ operations, finalState });
  const expected = { lost: [{ key: 'other' }], unchanged: ['bare', 'same', 'silent', 'back'] };
  expect(drawUpLedger(recording)).toMatchObject(expected);
  expect(compareByHash(recording, recording.finalState as FinalState)).toMatchObject(expected);
});

test('an acknowledged key that was there before the load and is gone after it is lost', () => {
  const recording = recordingOf({ operations: [{ key: 'a' }], finalState: { before: ['a'], after: [] } });
  expect(drawUpLedger(recording)?.lost).toMatchObject([{ key: 'a', times: 0 }]);
});

test('a key whose row is another than before the load is not lost: it was overwritten', () => {
  const row = (key: string, value: string) => ({ key, value });
  const finalState = {
    before: [row('a', '0'), row('b', '0'), row('c', '0')],
    after: [row('a', '7'), row('b', '0'), row('c', '1'), row('c', '2')],
  };
  const operations = ['a', 'b', 'c'].map((key) => ({ key, value: '7' }));
  const seen = drawUpLedger(recordingOf({ operations, finalState }));
  expect(seen).toMatchObject({ acknowledged: 3, lost: [{ key: 'b' }], duplicated: [], unexpected: [] });
});

test('a key that nobody sent is unexpected, also if it was due and could not be sent', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'unsent', category: 'unsent' }],
    finalState: { after: ['a', 'stranger', 'stranger', 'unsent'] },
  });
  expect(drawUpLedger(recording)).toMatchObject({ attempted: 1, unexpected: ['stranger', 'unsent'], recovered: 0 });
});

test('a key that was sent to be read or removed is not unexpected: the app may keep a row of it', () => {
  const recording = recordingOf({
    operations: [{ key: 'a' }, { key: 'read', kind: 'read' }, { key: 'removed', kind: 'remove' }],
    finalState: { after: ['a', 'read', 'removed', 'stranger'] },
  });
  expect(drawUpLedger(recording)?.unexpected).toEqual(['stranger']);
});

test('the warm-up counts: what it left in the final state is not unexpected, and what it lost is lost', () => {
  const recording = recordingOf({
    operations: [
      { key: 'w1', dueAt: -10 },
      { key: 'w2', dueAt: -5 },
    ],
    finalState: { after: ['w1'] },
  });
  expect(drawUpLedger(recording)).toMatchObject({ acknowledged: 2, lost: [{ key: 'w2' }], unexpected: [] });
});

test('whatever the order of the rows, the attempt that was first due speaks for its key', () => {
  const recording = recordingOf({
    operations: [
      { key: 'b', dueAt: 40 },
      { key: 'b', dueAt: 30 },
      { key: 'a', dueAt: 35, outcome: 'failed' },
      { key: 'a', dueAt: 32, outcome: 'unknown' },
      { key: 'b', dueAt: 20, outcome: 'unknown' },
      { key: 'b', dueAt: 50 },
      { key: 'a', dueAt: 60, outcome: 'failed' },
    ],
    finalState: { after: ['a', 'a'] },
  });
  expect(drawUpLedger(recording)).toMatchObject({
    lost: [{ key: 'b', at: 30, outcome: 'ok' }],
    duplicated: [{ key: 'a', at: 32, outcome: 'unknown' }],
  });
});

test('many keys, compared by their hashes, come to the same as few', () => {
  const keys = Array.from({ length: 3_000 }, (_, n) => `key ${n}`);
  const recording = recordingOf({
    operations: keys.map((key, n) => ({ key, dueAt: n, outcome: n % 10 === 9 ? 'unknown' : 'ok' })),
    finalState: {
      before: ['seed', 'key 4'],
      // One as it was before, one lost, one unknown that came, one that did not, two twice, one stranger.
      after: [...keys.filter((_, n) => ![5, 19].includes(n)), 'seed', 'key 8', 'key 29', 'stranger'],
    },
  });
  const seen = compareByHash(recording, recording.finalState as FinalState);
  expect(seen).toMatchObject({
    attempted: 3_000,
    acknowledged: 2_700,
    recovered: 299,
    lost: [{ key: 'key 5' }],
    unchanged: ['key 4'],
    duplicated: [
      { key: 'key 8', times: 2 },
      { key: 'key 29', times: 2, outcome: 'unknown' },
    ],
    unexpected: ['stranger'],
  });
  // Which of the recovered are named is for the hashes to say.
  const { recoveredNamed } = seen;
  expect(seen).toEqual({ ...(drawUpLedger(recording) as Ledger), recoveredNamed });
  expect(recoveredNamed).toHaveLength(20);
});

test('two keys with one hash are told apart when they look wrong', () => {
  const recording = recordingOf({ operations: [{ key: 'a' }, { key: 'b' }], finalState: { after: ['a', 'b'] } });
  // As it would be if a and b had the same hash: twice in the final state.
  const suspects = new KeyTable(4);
  for (const key of ['a', 'b']) suspects.add(hashText(key, { high: 0, low: 0 }), 1, 0);
  const tally = { attempted: 0, acknowledged: 0, recovered: 0, suspects };
  expect(compareByHash(recording, recording.finalState as FinalState, tally)).toEqual(drawUpLedger(recording));
});

test('a hash has no more collisions than chance: 64 bits have none, and each half as many as the birthday problem says', () => {
  const keys = 100_000;
  const halves = [new Set<number>(), new Set<number>()] as const;
  const mixed = new Set<number>();
  const hash = { high: 0, low: 0 };
  for (let n = 0; n < keys; n++) {
    hashText(`SM${n}`, hash);
    halves[0].add(hash.high);
    halves[1].add(hash.low);
    // 26 bits of each: as much as a number holds exactly.
    mixed.add((hash.high >>> 6) * 2 ** 26 + (hash.low >>> 6));
  }
  // n^2 / 2^33 = 1.2 are expected.
  expect(keys - halves[0].size).toBeLessThan(8);
  expect(keys - halves[1].size).toBeLessThan(8);
  expect(mixed.size).toBe(keys);
});

test('a table of keys grows beyond what was expected, and forgets nothing', () => {
  const table = new KeyTable(1);
  const hash = { high: 0, low: 0 };
  for (const round of [1, 2]) {
    for (let n = 0; n < 1_000; n++) table.add(hashText(`k${n}`, hash), round, n % 2 === 0 ? 1 : -3);
  }
  const seen: string[] = [];
  table.each((marks, times) => seen.push(`${marks} ${times}`));
  expect(seen.filter((one) => one === '3 2')).toHaveLength(500);
  expect(seen.filter((one) => one === '3 -6')).toHaveLength(500);
  expect(table.has(hashText('k999', hash))).toBe(true);
  expect(table.has(hashText('k1000', hash))).toBe(false);
});

test.each([
  ['a GET by its name', { name: 'GET /orders/a' }],
  ['a HEAD', { name: 'HEAD /orders/a' }],
  ['OPTIONS', { name: 'OPTIONS /orders/a' }],
  ['what looks, by another name', { name: 'order', kind: 'look' as const }],
  ['what reads', { name: 'order', kind: 'read' as const, value: 'paid' }],
])('an operation that only looks promises nothing: %s', (_, looking) => {
  const looks = { key: 'a', ...looking };
  const recording = recordingOf({
    operations: [looks, { key: 'b', name: 'POST /orders' }],
    finalState: { after: ['b'] },
  });
  expect(drawUpLedger(recording)).toMatchObject({ attempted: 1, acknowledged: 1, lost: [] });
  expect(compareByHash(recording, recording.finalState as FinalState)).toMatchObject({ attempted: 1, lost: [] });
  expect(loseNothing(recording).status).toBe('pass');
  const alone = recordingOf({ operations: [looks], finalState: { after: [] } });
  expect(loseNothing(alone).status).toBe('unknown');
  // What it looked at may be there: it was asked for.
  const there = recordingOf({ operations: [looks, { key: 'b' }], finalState: { after: ['a', 'b'] } });
  expect(drawUpLedger(there)).toMatchObject({ unexpected: [], lost: [] });
});

test('a GET that says what it makes of its key writes, and is lost where that is not kept', () => {
  const operations = [{ key: 'a', name: 'GET /accept', value: 'V1' }];
  expect(drawUpLedger(recordingOf({ operations, finalState: { after: [] } }))?.lost).toHaveLength(1);
});

test('a key that is a date or a time is the same key in another notation', () => {
  const operations = ['2026-03-01', '2026-03-02T10:00:00+02:00', '2026-03-03T10:00:00.000Z', '2026-03-04'].map(
    (key) => ({ key }),
  );
  const after = ['2026-03-01T00:00:00.000Z', '2026-03-02 08:00:00', '2026-03-03 10:00:00+00'];
  const recording = recordingOf({ operations, finalState: { after } });
  for (const seen of [drawUpLedger(recording), compareByHash(recording, recording.finalState as FinalState)]) {
    expect(seen).toMatchObject({ acknowledged: 4, unexpected: [], duplicated: [] });
    expect(seen?.lost.map(({ key }) => key)).toEqual(['2026-03-04']);
  }
  // Two keys of one instant stay two keys where both are there as they were sent.
  const both = ['2026-03-01', '2026-03-01T00:00:00.000Z'];
  const one = recordingOf({ operations: both.map((key) => ({ key })), finalState: { after: ['2026-03-01'] } });
  expect(drawUpLedger(one)?.lost.map(({ key }) => key)).toEqual(['2026-03-01T00:00:00.000Z']);
});

test('a retried key that was acknowledged once is one key, and applied twice if it is there twice', () => {
  const operations = [
    { key: 'a', dueAt: 0, category: 'timeout' },
    { key: 'a', dueAt: 100 },
    { key: 'a', dueAt: 200 },
  ];
  const seen = (after: string[]) => drawUpLedger(recordingOf({ operations, finalState: { after } }));
  expect(seen(['a'])).toMatchObject({ attempted: 1, acknowledged: 1, lost: [], duplicated: [] });
  expect(seen([])?.lost).toMatchObject([{ key: 'a', attempts: 3 }]);
  expect(seen(['a', 'a'])?.duplicated).toMatchObject([{ key: 'a', times: 2 }]);
});

describe('a key that stands for several things', () => {
  const orders = (rest: Partial<Operation> = {}) =>
    Array.from({ length: 1_000 }, (_, n) => ({ dueAt: n, key: `K${n % 10}`, value: `order ${n}`, ...rest }));
  const tenKeys = Array.from({ length: 10 }, (_, n) => `K${n}`);
  const judged = (
    operations: Partial<Operation>[],
    after: (string | StateRow)[],
    more: Partial<LiteralRecording> = {},
  ) => {
    const recording = recordingOf({ operations, finalState: { after }, ...more });
    expect(compareByHash(recording, recording.finalState as FinalState)).toEqual(drawUpLedger(recording));
    return [loseNothing(recording), applyEachOnce(recording)];
  };
  const statuses = (...args: Parameters<typeof judged>) => judged(...args).map(({ status }) => status);

  test('makes unknown what is lost and what is there twice: 1,000 orders under ten keys, and ten rows', () => {
    const [lost, twice] = judged(orders(), tenKeys);
    expect([lost?.status, twice?.status]).toEqual(['unknown', 'unknown']);
    expect(lost?.because).toContain('10 keys (K0, K1, K2, ...) were written with values that differ');
    expect(lost?.because).toContain('give each operation a key of its own');
    expect(
      statuses(
        orders(),
        tenKeys.map((key) => ({ key, value: 'order 990' })),
      ),
    ).toEqual(['unknown', 'unknown']);
    // A row for each.
    expect(
      statuses(
        orders(),
        orders().map(({ key }) => key as string),
      ),
    ).toEqual(['unknown', 'unknown']);
  });

  test('is lost when it is not there at all, and applied twice when it is there more often than it was sent', () => {
    expect(statuses(orders(), tenKeys.slice(1))).toEqual(['fail', 'unknown']);
    expect(statuses(orders(), [...tenKeys, ...Array(101).fill('K0')])).toEqual(['unknown', 'fail']);
  });

  test('is one thing when it was sent again with the same value, or without any', () => {
    expect(statuses(orders({ value: 'paid' }), tenKeys)).toEqual(['pass', 'pass']);
    expect(statuses(orders({ value: undefined }), tenKeys)).toEqual(['pass', 'pass']);
    expect(
      statuses(
        [
          { key: 'a', value: '1.50' },
          { key: 'a', value: '1.5' },
        ],
        ['a'],
      ),
    ).toEqual(['pass', 'pass']);
    // The first attempt was never acknowledged.
    const retried = [
      { key: 'a', value: 'try 1', category: 'timeout' },
      { key: 'a', value: 'try 2' },
    ];
    expect(statuses(retried, ['a'])).toEqual(['pass', 'pass']);
    expect(statuses(retried, ['a', 'a'])).toEqual(['unknown', 'unknown']);
  });

  test('is one thing when it was removed in between', () => {
    const again = [
      { key: 'a', value: '1', dueAt: 0 },
      { key: 'a', kind: 'remove' as const, dueAt: 10 },
      { key: 'a', value: '2', dueAt: 20 },
    ];
    expect(statuses(again, ['a'])).toEqual(['pass', 'pass']);
  });

  test('is known for what it is where two loads wrote it', () => {
    const operations = [{ key: 'a' }, { key: 'b' }];
    const generator = { sharedKey: { key: 'a', loads: ['orders', 'refunds'] as const } };
    expect(statuses(operations, ['a', 'b'], { generator })).toEqual(['unknown', 'unknown']);
    expect(statuses(operations, ['a', 'a', 'b'], { generator })).toEqual(['unknown', 'unknown']);
    expect(statuses(operations, ['b'], { generator })).toEqual(['fail', 'unknown']);
    expect(judged(operations, ['a', 'b'], { generator })[0]?.because).toContain(
      'The loads orders and refunds both wrote the key a',
    );
  });
});

test('suspects are compared part by part, and nothing is missed or told twice', () => {
  const operations = Array.from({ length: 300 }, (_, n) => ({
    key: n % 50 === 0 ? `2026-03-01T10:00:${String(n / 10).padStart(2, '0')}Z` : `K${n}`,
    dueAt: 300 - n,
    ...(n % 7 === 0 && { category: 'timeout' }),
  }));
  const keys = operations.map(({ key }) => key.replace('T', ' ').replace('Z', ''));
  const after = [...keys.filter((_, n) => n % 5 !== 1), ...keys.slice(10, 20), 'x', 'y'];
  const recording = recordingOf({ operations, finalState: { after } });
  const state = recording.finalState as FinalState;
  const [whole, parts] = [drawUpLedger(recording), compareByHash(recording, state, undefined, 7)];
  expect({ ...parts, unexpected: parts.unexpected.toSorted(), recoveredNamed: [] }).toEqual({
    ...whole,
    recoveredNamed: [],
  });
  expect(whole).toMatchObject({ unexpected: ['x', 'y'] });
  expect(whole?.lost.length).toBeGreaterThan(40);
});

test('a date that was never acknowledged may be there in another notation', () => {
  const operations = [{ key: '2026-03-01', category: 'timeout' }, { key: 'a' }];
  const after = ['2026-03-01T00:00:00.000Z', 'a'];
  expect(drawUpLedger(recordingOf({ operations, finalState: { after } }))).toMatchObject({ unexpected: [], lost: [] });
});
