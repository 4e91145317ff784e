import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeReads } from '../../../src/analysis/keys/reads.ts';
import { WritesOfKey } from '../../../src/analysis/keys/writes-of-key.ts';
import { register } from '../../../src/analysis/linearizability/register.ts';
import { readValue } from '../../../src/load/requests/read-value.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { FaultRecord } from '../../../src/recording/recording.ts';
import { linearizable } from '../../../src/verdict/checks/linearizable.ts';
import { readItsWrites } from '../../../src/verdict/checks/read-its-writes.ts';
import '../../../src/vitest.ts';

const write = (dueAt: number, value: string | undefined, more: Partial<Operation> = {}): Partial<Operation> => ({
  dueAt,
  endedAt: dueAt + 10,
  key: 'a',
  value,
  ...more,
});
const read = (dueAt: number, value: string | undefined, more: Partial<Operation> = {}): Partial<Operation> => ({
  ...write(dueAt, value),
  kind: 'read',
  ...more,
});
const missing = (dueAt: number, more: Partial<Operation> = {}) => read(dueAt, undefined, { category: '404', ...more });
const away: Partial<FaultRecord> = { kind: 'crash', inEffectAt: 1_000, healedAt: 3_000 };

function seenIn(operations: readonly Partial<Operation>[]) {
  const { judged, wrong } = judgeReads(recordingOf({ operations }));
  return { judged, wrong: wrong.map(({ at, saw, written }) => [at, saw, written.value]) };
}

test('a read of an acknowledged key must see its value: another value, nothing and a 404 are wrong', () => {
  const operations = [write(0, 'paid'), read(20, 'paid'), read(30, 'open'), read(40, undefined), missing(50)];
  expect(seenIn(operations)).toEqual({
    judged: 4,
    wrong: [
      [30, 'open', 'paid'],
      [40, undefined, 'paid'],
      [50, undefined, 'paid'],
    ],
  });
});

test('what was read before a write was acknowledged, or of another key, may be anything', () => {
  const other = { key: 'b' };
  const operations = [
    missing(0),
    write(10, 'paid'),
    missing(15),
    read(20, 'x'),
    missing(30, other),
    read(40, 'y', other),
  ];
  // The read at 20 is sent at the very instant of the answer: nobody knows which was first.
  expect(seenIn(operations)).toEqual({ judged: 0, wrong: [] });
});

test('a write that overlaps the read, or the write before it, may be what it saw', () => {
  expect(seenIn([write(0, 'a'), write(30, 'b', { endedAt: 60 }), read(40, 'a'), read(45, 'b')]).wrong).toEqual([]);
  // Two writes at once: either may have been the last.
  expect(seenIn([write(0, 'a'), write(5, 'b'), read(40, 'a'), read(50, 'b'), read(60, 'c')]).wrong).toEqual([
    [60, 'c', 'b'],
  ]);
});

test('a value that was overwritten before the read was sent is stale', () => {
  expect(seenIn([write(0, 'a'), write(20, 'b'), read(40, 'a'), read(50, 'b')])).toEqual({
    judged: 2,
    wrong: [[40, 'a', 'b']],
  });
});

test('a write whose fate is unknown may be applied at any time after it was sent, and not before; a failed one never is', () => {
  const unknown = write(20, 'b', { outcome: 'unknown' });
  expect(seenIn([write(0, 'a'), unknown, write(40, 'c'), read(60, 'b'), read(70, 'c')]).wrong).toEqual([]);
  expect(seenIn([write(0, 'a'), read(12, 'b', { endedAt: 15 }), unknown]).wrong).toEqual([[12, 'b', 'a']]);
  expect(seenIn([write(0, 'a'), write(20, 'b', { outcome: 'failed' }), read(40, 'b')]).wrong).toEqual([[40, 'b', 'a']]);
});

test('a write that did not say its value may have left any, but not nothing', () => {
  expect(seenIn([write(0, undefined), read(20, 'whatever'), missing(30)]).wrong).toEqual([[30, undefined, undefined]]);
});

test('a removed key is gone: a 404 is right, and its old value wrong', () => {
  const remove = write(20, undefined, { kind: 'remove', name: 'cancel' });
  expect(seenIn([write(0, 'a'), remove, missing(40), read(50, 'a')]).wrong).toEqual([[50, 'a', undefined]]);
});

test('a read without an answer tells nothing, and neither does one that was never sent', () => {
  const operations = [
    write(0, 'a'),
    read(20, undefined, { category: 'timeout' }),
    read(30, undefined, { category: '503' }),
    read(40, undefined, { category: 'unsent' }),
    read(50, 'a'),
  ];
  expect(judgeReads(recordingOf({ operations }))).toEqual({ sent: 3, answered: 1, judged: 1, wrong: [] });
});

test('each wrong read names the faults that it met, or the nearest one', () => {
  const operations = [write(0, 'a'), missing(500), missing(1_500), missing(3_500)];
  const { wrong } = judgeReads(recordingOf({ operations, faults: [away] }));
  expect(wrong.map(({ fault, nearest }) => fault ?? nearest)).toEqual([
    { name: 'crash(redis)', by: -500 },
    'crash(redis)',
    { name: 'crash(redis)', by: 500 },
  ]);
});

test('a wrong read tells under which fault the write was acknowledged', () => {
  const operations = [write(1_500, 'paid'), missing(3_500)];
  const { because } = readItsWrites(recordingOf({ operations, faults: [away] }));
  expect(because).toContain(
    'key a (404 at 3.5 s, 500 ms after crash(redis); "paid" was acknowledged 2.0 s earlier, during crash(redis))',
  );
});

test('the judgement tells the key, what was read when and under which fault, and what was written', () => {
  const operations = [write(900, 'paid'), missing(1_200), read(4_000, 'open'), read(4_100, 'paid')];
  const judgement = readItsWrites(recordingOf({ operations, faults: [away] }));
  expect(judgement).toMatchObject({
    status: 'fail',
    metric: 'wrong reads',
    value: 2,
    shown: '2 reads',
    samples: 3,
    witness: true,
  });
  expect(judgement.because).toContain(
    '2 reads did not see what was written: key a (404 at 1.2 s, during crash(redis); "paid" was acknowledged 290 ms earlier), ' +
      'key a (read "open" at 4.0 s, 1.0 s after crash(redis); "paid" was acknowledged 3.1 s earlier).',
  );
  expect(judgement.because).toContain('1 of 3 reads of acknowledged keys saw what was written.');
  expect(judgement.because).toContain('A healthy service answers a read from where its acknowledged writes are');
});

test('the matcher passes on right reads and fails on a wrong one', () => {
  const right = recordingOf({ operations: [write(0, 'a'), read(20, 'a')] });
  expect(right).toReadItsWrites();
  const wrong = recordingOf({ operations: [write(0, 'a'), read(20, 'b')] });
  expect(() => expect(wrong).toReadItsWrites()).toThrow(
    'Wrong reads (an acknowledged write was not seen) must be 0 reads, seen: 1 read.',
  );
  expect(() => expect(wrong.before).toReadItsWrites()).toThrow('a read is held against all writes before it');
});

test.each([
  ['nothing reads', [write(0, 'a')], /No operation that was sent reads a key: .*reads: '\/status'/],
  ['no read was answered', [write(0, 'a'), read(20, undefined, { category: 'reset' })], /None of 1 read was answered/],
  ['no read came after its write', [read(0, 'a'), write(20, 'a')], /None of 1 read came after an acknowledged write/],
])('where %s it is unknown, and says what to do', (_, operations, because) => {
  const judgement = readItsWrites(recordingOf({ operations }));
  expect(judgement.status).toBe('unknown');
  expect(judgement.because).toMatch(because);
});

test('where no read at all saw its write, the message asks where `reads` points', () => {
  const because = (operations: Partial<Operation>[]) => readItsWrites(recordingOf({ operations })).because;
  const hint = 'see also that `reads` names the part of the answer';
  expect(because([write(0, 'paid'), read(20, '17')])).toContain(hint);
  expect(because([write(0, 'paid'), read(20, '17'), read(30, 'paid')])).not.toContain(hint);
  expect(because([write(0, 'paid'), missing(20)])).not.toContain(hint);
});

test('values are compared by their first 1,000 characters, as many as a read keeps', () => {
  const long = 'x'.repeat(1_500);
  expect(seenIn([write(0, long), read(20, long.slice(0, 1_000))]).wrong).toEqual([]);
});

test('a read is explained exactly when some order of the writes that may be in effect leaves what it saw', () => {
  const instant = fc.integer({ min: 0, max: 12 });
  const someWrite = fc.record({
    startedAt: instant,
    length: fc.constantFrom(1, 2, 5, Number.POSITIVE_INFINITY),
    value: fc.constantFrom('a', 'b', undefined),
    kind: fc.constantFrom('write' as const, 'write' as const, 'remove' as const),
  });
  const someRead = fc.record({
    startedAt: instant,
    length: fc.integer({ min: 0, max: 4 }),
    value: fc.constantFrom('a', 'c', undefined),
  });
  fc.assert(
    fc.property(fc.array(someWrite, { minLength: 1, maxLength: 6 }), someRead, (some, { length, ...rest }) => {
      const read = { ...rest, endedAt: rest.startedAt + length };
      const all = some.map(({ length: lasted, ...write }) => ({ ...write, endedAt: write.startedAt + lasted }));
      const writes = new WritesOfKey();
      for (const write of all) writes.add(write);
      const done = all.filter(({ endedAt }) => endedAt < read.startedAt);
      const mayBeInEffect = all.filter(
        (write) => write.startedAt <= read.endedAt && !done.some(({ startedAt }) => startedAt > write.endedAt),
      );
      const leaves = ({ kind, value }: (typeof all)[number]) =>
        kind === 'remove'
          ? read.value === undefined
          : value === undefined
            ? read.value !== undefined
            : value === read.value;
      expect(writes.explain(read)).toBe(mayBeInEffect.some(leaves));
      expect(writes.acknowledgedBefore(read.startedAt)?.at).toBe(
        done.length === 0 ? undefined : Math.max(...done.map(({ endedAt }) => endedAt)),
      );
    }),
    { numRuns: 500 },
  );
});

test('one key may have very many writes and reads', () => {
  const operations = Array.from({ length: 20_000 }, (_, n) =>
    n % 2 === 0 ? write(n * 20, `v${n}`) : read(n * 20, `v${n - 1}`),
  );
  expect(judgeReads(recordingOf({ operations }))).toMatchObject({ judged: 10_000, wrong: [] });
});

test.each([
  ['JSON with another order of members', '{"a":1,"b":[2]}', '{ "b": [2.0], "a": 1 }'],
  ['1.50 for 1.5', '1.50', '1.5'],
  ['a long number', '12345678901234567890', '12345678901234567890.0'],
  ['one instant in two notations', '2026-03-01T10:00:00+02:00', '2026-03-01T08:00:00.000Z'],
  [
    'a long body in another order',
    `{"a":"${'x'.repeat(600)}","b":"${'y'.repeat(600)}"}`,
    `{"b":"${'y'.repeat(600)}","a":"${'x'.repeat(600)}"}`,
  ],
])('a value that is read back as %s is the value that was written', (_, written, body) => {
  const answer = readValue(body, []);
  const seen = answer.there ? answer.value : undefined;
  expect(seenIn([write(0, written), read(20, seen)])).toEqual({ judged: 1, wrong: [] });
  expect(linearizable(recordingOf({ operations: [write(0, written), read(20, seen)] }), register()).status).toBe(
    'pass',
  );
  expect(seenIn([write(0, written), read(20, `${seen?.slice(0, 900)}x`)]).wrong).toHaveLength(1);
});

test('a GET without a value writes nothing that a read could see, and a register knows nothing of it', () => {
  const get = { key: 'a', name: 'GET /orders/a' };
  const operations = [write(0, 'paid'), { ...get, dueAt: 15 }, read(40, 'paid'), read(60, 'open')];
  expect(seenIn(operations).wrong).toEqual([[60, 'open', 'paid']]);
  expect(linearizable(recordingOf({ operations: operations.slice(0, 3) }), register()).status).toBe('pass');
});
