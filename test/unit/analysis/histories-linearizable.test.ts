import { expect, test } from 'vitest';
import { searchOrders } from '../../../src/analysis/linearizability/linearizability.ts';
import { type RegisterCall, register } from '../../../src/analysis/linearizability/register.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import { linearizable } from '../../../src/verdict/checks/linearizable.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';

type Row = Partial<Operation>;

function op(row: Row, from: number, to: number): Row {
  return { key: 'a', dueAt: from, startedAt: from, endedAt: to, ...row };
}
const write = (value: string, from: number, to: number, rest: Row = {}) => op({ value, ...rest }, from, to);
const read = (value: string | undefined, from: number, to: number, rest: Row = {}) =>
  op({ kind: 'read', name: 'read', value, ...rest }, from, to);

const judge = (operations: Row[], rest: Omit<LiteralRecording, 'operations'> = {}) =>
  linearizable(recordingOf({ operations, ...rest }), register());

test('reads of what was written pass, with the operations that were looked at', () => {
  const { status, samples, shown, because } = judge([write('1', 0, 1), read('1', 2, 3)]);
  expect({ status, samples, shown }).toEqual({ status: 'pass', samples: 2, shown: '0 keys' });
  expect(because).toContain('An order was found for 1 of 1 key with 2 operations.');
});

test('a stale read fails as a witness, with the operations, their times and the fault', () => {
  const judged = judge(
    [
      write('0', 0, 1),
      write('1', 100, 101),
      write('2', 200.4, 203),
      read('1', 1_300.5, 1_302.25),
      read('2', 1_400, 1_401),
      read('x', 0, 1, { key: 'b', outcome: 'unknown', category: 'timeout' }),
    ],
    { faults: [{ kind: 'pause', service: 'postgres', inEffectAt: 1_000, healedAt: 3_000 }] },
  );
  expect(judged).toMatchObject({ status: 'fail', witness: true, value: 1, shown: '1 key', bound: '0 keys' });
  expect(judged.because).toContain(
    'a: these 3 operations fit no order (the key held nothing before them): write of "1" (100.0 to 101.0 ms); write of "2" (200.4 to 203.0 ms); read "1" (1,300.5 to 1,302.3 ms), during pause(postgres).',
  );
});

test('a read that misses an acknowledged write, as a 404, fails', () => {
  const missing = read(undefined, 2, 3, { category: '404', outcome: 'failed' });
  expect(judge([write('1', 0, 1), missing]).because).toContain('write of "1" (0.0 to 1.0 ms); read nothing');
  expect(judge([missing, write('1', 4, 5)]).status).toBe('pass');
});

test('a read of a write that certainly failed fails, and says so', () => {
  const failed = write('1', 0, 1, { outcome: 'failed', category: '409' });
  expect(judge([failed, read(undefined, 2, 3)]).status).toBe('pass');
  const { status, because } = judge([failed, read('1', 2, 3)]);
  expect(status).toBe('fail');
  expect(because).toContain('"1" was written only by what was answered as failed, so that it must not be there.');
});

test('a read of what nobody wrote fails where it is known what was there before', () => {
  const { status, because } = judge([write('1', 0, 1), read('9', 2, 3)]);
  expect(status).toBe('fail');
  expect(because).toContain('Nobody wrote "9".');
  const others = { finalState: { before: [{ key: 'b', value: '1' }], after: [{ key: 'b', value: '1' }] } };
  expect(judge([read('9', 2, 3), read('1', 2, 3, { key: 'b' })], others).status).toBe('fail');
  const strange = { finalState: { before: [{ key: 'o1', value: 'paid' }], after: [{ key: 'o1', value: 'paid' }] } };
  expect(judge([read('9', 2, 3)], strange).status).toBe('unknown');
});

test('what was read before any write was over may have been there before the run, if nobody says what was', () => {
  const seeded = [read('on', 0, 1), write('off', 2, 3), read('off', 4, 5), write('on', 6, 7), read('on', 8, 9)];
  const { status, because } = judge(seeded);
  expect(status).toBe('unknown');
  expect(because).toContain('Of 1 key (a) something was read that nobody had written by then');
  expect(because).toContain('say so with register({ initial }), or pass finalState to run()');
  const recording = recordingOf({ operations: seeded });
  expect(linearizable(recording, register({ initial: 'on' })).status).toBe('pass');
  expect(linearizable(recording, register({ initial: 'off' })).status).toBe('fail');
  // No value at all could make these two right.
  expect(judge([read('on', 0, 1), read('off', 2, 3)]).status).toBe('fail');
  expect(judge([...seeded, read('off', 10, 11)]).because).toContain(
    'these 3 operations fit no order (the key held "on" before them): write of "off" (2.0 to 3.0 ms); write of "on" (6.0 to 7.0 ms); read "off"',
  );
});

test('a write without an answer may have taken effect, at any later time, or not', () => {
  const lost = write('2', 2, 5_000, { outcome: 'unknown' });
  expect(judge([write('1', 0, 1), lost, read('1', 10, 11), read('2', 12, 13)]).status).toBe('pass');
  const late = [write('1', 0, 1), write('2', 2, 50, { outcome: 'unknown' }), read('1', 100, 101), read('2', 102, 103)];
  expect(judge(late).status).toBe('pass');
  const { status, because } = judge([write('1', 0, 1), lost, read('2', 10, 11), read('1', 12, 13)]);
  expect(status).toBe('fail');
  expect(because).toContain('write of "2" (sent at 2.0 ms, what became of it is not known)');
});

test('what was never sent, has no key, or was read with an error tells nothing', () => {
  const nothing = [
    write('1', 0, 1),
    read('1', 2, 3),
    write('2', 4, 5, { category: 'unsent' }),
    write('3', 4, 5, { startedAt: Number.NaN, category: 'saturated' }),
    read('7', 6, 7, { key: undefined }),
    read('7', 6, 7, { category: '503', outcome: 'failed' }),
    read('7', 6, 7, { category: 'timeout', outcome: 'unknown' }),
  ];
  expect(judge(nothing)).toMatchObject({ status: 'pass', samples: 2 });
});

test('a final state without a row clears no app that lost all of what it had acknowledged', () => {
  const operations = [write('1', 0, 1), read('1', 2, 3)];
  const lost = judge(operations, { finalState: { after: [] } });
  expect(lost.status).toBe('unknown');
  expect(lost.because).toContain('The final state has no row at all, though 1 key was acknowledged');
  const removed = [...operations, op({ kind: 'remove', name: 'remove' }, 4, 5)];
  expect(judge(removed, { finalState: { after: [] } }).status).toBe('pass');
});

test('keys are judged apart', () => {
  const operations = [write('1', 0, 1), read('2', 4, 5, { key: 'b' }), write('2', 2, 3, { key: 'b' }), read('1', 4, 5)];
  expect(judge(operations).status).toBe('pass');
});

test('the final state is a last read, and what it held before the load the first value', () => {
  const state = (before: string, after: string, rest = {}) => ({
    finalState: { before: [{ key: 'a', value: before }], after: [{ key: 'a', value: after }], ...rest },
  });
  const operations = [read('0', 0, 1), write('1', 2, 3), write('2', 4, 5)];
  expect(judge(operations, state('0', '2')).status).toBe('pass');
  expect(judge(operations, state('9', '2')).because).toContain('the key held "9" before them');
  expect(judge(operations, state('0', '1')).because).toContain(
    'write of "1" (2.0 to 3.0 ms); write of "2" (4.0 to 5.0 ms); the final state holds "1".',
  );
  const moving = judge(operations, state('0', '1', { settled: false }));
  expect(moving.status).toBe('unknown');
  expect(moving.because).toContain('The final state was still changing');
  const apart = register({ finalState: false, initial: '0' });
  expect(linearizable(recordingOf({ operations, ...state('9', '1') }), apart).status).toBe('pass');
});

test('a key that is gone from a state that holds the values of others was lost', () => {
  const operations = [write('1', 0, 1), write('2', 0, 1, { key: 'b' }), read('2', 4, 5, { key: 'b' })];
  const left = (after: { key: string; value?: string }[], more: Row[] = []) =>
    judge([...operations, ...more], { finalState: { after: after.map(({ key, value }) => ({ key, value })) } });
  expect(
    left([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]).status,
  ).toBe('pass');
  const { status, because } = left([{ key: 'b', value: '2' }]);
  expect(status).toBe('fail');
  expect(because).toContain('write of "1" (0.0 to 1.0 ms); the final state holds nothing.');
  // It may have been removed, and a state without any value of them is about something else.
  expect(
    left([{ key: 'b', value: '2' }], [op({ kind: 'remove', name: 'remove', outcome: 'unknown' }, 2, 3)]).status,
  ).toBe('pass');
  expect(left([{ key: 'a' }, { key: 'other', value: '7' }]).status).toBe('pass');
  // Where a key without a row holds something, as `initial` says, it is that.
  const untouched = [read('0', 0, 1), write('2', 0, 1, { key: 'b' })];
  const finalState = { after: [{ key: 'b', value: '2' }] };
  const lazy = register({ initial: '0' });
  expect(linearizable(recordingOf({ operations: untouched, finalState }), lazy).status).toBe('pass');
  const lost = recordingOf({ operations: [...untouched, write('1', 2, 3)], finalState });
  expect(linearizable(lost, lazy).status).toBe('fail');
});

test('a key of whose row the value is NULL holds nothing, so that what was acknowledged there was lost', () => {
  const state = (value: string | null) => ({
    finalState: { before: [{ key: 'a', value: null }], after: [{ key: 'a', value }] },
  });
  const lost = judge([write('x', 0, 10)], state(null));
  expect(lost.status).toBe('fail');
  expect(lost.because).toContain('the final state holds nothing');
  expect(judge([read(undefined, 0, 1), write('x', 2, 10)], state('x')).status).toBe('pass');
});

test('values are compared by their first 1,000 characters, as many as a read keeps', () => {
  const long = (last: string) => `${'x'.repeat(1_000)}${last}`;
  const operations = [write(long('1'), 0, 1), read('x'.repeat(1_000), 2, 3)];
  const finalState = { after: [{ key: 'a', value: long('1') }] };
  expect(judge(operations, { finalState }).status).toBe('pass');
  const whole = ({ kind, value }: Operation): RegisterCall => ({ kind: kind === 'read' ? 'read' : 'write', value });
  expect(linearizable(recordingOf({ operations, finalState }), register({ call: whole })).status).toBe('pass');
  const row = { key: 'a', value: long('0') };
  const seeded = { before: [row], after: [row] };
  expect(judge([read('x'.repeat(1_000), 2, 3)], { finalState: seeded }).status).toBe('pass');
});

test('where the final state that was asked for was not read, nobody knows what the keys held before the run', () => {
  const operations = [read('0', 0, 1), write('1', 2, 3), read('1', 4, 5)];
  const recording = recordingOf({ operations, stateUnread: 'connect ECONNREFUSED' });
  const stale = recordingOf({ operations: [...operations, read('0', 6, 7)], stateUnread: 'connect ECONNREFUSED' });
  expect(linearizable(stale, register()).status).toBe('fail');
  const { status, because } = linearizable(recording, register());
  expect(status).toBe('unknown');
  expect(because).toContain('connect ECONNREFUSED');
  expect(linearizable(recording, register({ initial: '0' })).status).toBe('unknown');
  expect(linearizable(recording, register({ initial: '7' })).status).toBe('fail');
  expect(linearizable(recording, register({ initial: '0', finalState: false })).status).toBe('pass');
});

test('a removal leaves nothing', () => {
  const removal = op({ kind: 'remove', name: 'remove' }, 2, 3);
  expect(judge([write('1', 0, 1), removal, read(undefined, 4, 5)]).status).toBe('pass');
  expect(judge([write('1', 0, 1), removal, read('1', 4, 5)]).status).toBe('fail');
});

test('compare-and-set comes by a mapping: two that succeed from one value are a lost update', () => {
  const call = ({ name, value }: Operation): RegisterCall | undefined => {
    const [from, to] = (value ?? '').split('>');
    return name === 'swap' ? { kind: 'cas', from, to } : undefined;
  };
  const model = register({ call, initial: () => '0' });
  const swap = (value: string, from: number, to: number, rest: Row = {}) =>
    op({ name: 'swap', value, ...rest }, from, to);
  const good = [swap('0>1', 0, 5), swap('0>2', 1, 6, { category: '409' }), swap('1>2', 7, 8), op({ name: 'x' }, 0, 1)];
  expect(linearizable(recordingOf({ operations: good }), model).status).toBe('pass');
  const { status, because } = linearizable(recordingOf({ operations: [swap('0>1', 0, 5), swap('0>2', 1, 6)] }), model);
  expect(status).toBe('fail');
  expect(because).toContain('swap of "0" for "1" (0.0 to 5.0 ms); swap of "0" for "2" (1.0 to 6.0 ms)');
});

test.each<[string, Row[], string]>([
  ['without any key', [{ value: '1' }], 'No operation that was sent carried a key and was one of the register'],
  ['when nothing was read', [write('1', 0, 1)], 'Nothing was read of 1 key that were written'],
  ['when a write does not say what it wrote', [op({}, 0, 1), read('1', 2, 3)], 'Of 1 key, a write, or a row'],
])('is unknown %s', (_, operations, part) => {
  const { status, because } = judge(operations);
  expect(status).toBe('unknown');
  expect(because).toContain(part);
});

test('is unknown when the search was cut short, naming the key and the remedy, but fails on a violation elsewhere', () => {
  const values = Array.from({ length: 12 }, (_, n) => `${n}`);
  const hard = [
    // Each is written twice, so that none of them settles anything.
    ...[...values, ...values].map((value) => write(value, 0, 100, { key: 'hard' })),
    ...values.map((value) => read(value, 0, 100, { key: 'hard' })),
    read('nobody', 101, 102, { key: 'hard' }),
  ];
  const recording = recordingOf({ operations: hard });
  expect(searchOrders(recording, register(), 500)).toMatchObject({ undecided: ['hard'], states: 500, violating: 0 });
  const { status, because } = linearizable(recording, register(), 500);
  expect(status).toBe('unknown');
  expect(because).toContain('The search was cut short for 1 key (hard), after 500 configurations in all');
  expect(because).toContain('states: 5_000 }');
  const other = recordingOf({ operations: [...hard, write('1', 0, 1), read('2', 2, 3)] });
  expect(linearizable(other, register(), 500)).toMatchObject({ status: 'fail', witness: true, shown: '1 key' });
});

test('of many keys without an order the first five are told', () => {
  const operations = Array.from({ length: 8 }, (_, n) => [
    write('w', n, n + 0.25, { key: `k${n}` }),
    read('x', n + 0.5, n + 1, { key: `k${n}` }),
  ]).flat();
  const { because, shown } = judge(operations);
  expect(shown).toBe('8 keys');
  expect(because).toMatch(/k0: .*\nk1: .*\nk2: .*\nk3: .*\nk4: .*\nAnd 3 more keys\./);
});

test('a mapping that throws or returns no call is an error that names it', () => {
  const recording = recordingOf({ operations: [write('1', 0, 1)] });
  const throwing = () => {
    throw new Error('no such field');
  };
  expect(() => linearizable(recording, register({ call: throwing }))).toThrow(
    'register({ call }) on the operation request of the key a threw: no such field',
  );
  const wrong = () => ({ kind: 'look' }) as unknown as RegisterCall;
  expect(() => linearizable(recording, register({ call: wrong }))).toThrow(
    "must return { kind: 'read' | 'write' | 'cas', ... } or undefined; got {\"kind\":\"look\"}",
  );
});

test('the matcher refuses what is no model, and a bound that is none', () => {
  const recording = recordingOf({ operations: [write('1', 0, 1), read('1', 2, 3)] });
  expect(matchers.toBeLinearizable.call({}, recording, { model: register() }).pass).toBe(true);
  const call = (options: unknown) => () =>
    matchers.toBeLinearizable.call({}, recording, options as { model: ReturnType<typeof register> });
  expect(call(undefined)).toThrow('write toBeLinearizable({ model: register() })');
  expect(call({ model: register })).toThrow('write toBeLinearizable({ model: register() })');
  expect(call({ model: register(), states: 0 })).toThrow('whole number from 1 to 10,000,000');
});
