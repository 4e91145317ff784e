import { expect, test } from 'vitest';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { FinalState, Recording } from '../../../src/recording/recording.ts';
import { cannotTell, type History, invariant, type Witness } from '../../../src/verdict/checks/invariant.ts';
import { keep } from '../../../src/verdict/checks/keep.ts';
import { judgementsOf, matchers } from '../../../src/verdict/matchers/matchers.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';

const operations: Partial<Operation>[] = [
  { key: 'A', name: 'pay', dueAt: 100 },
  { key: 'B', name: 'pay', dueAt: 1_200, outcome: 'unknown' },
  { key: 'B', name: 'ship', dueAt: 1_400, startedAt: 1_400, endedAt: 1_500 },
];
const memory = { subject: 'app', name: 'memory', unit: 'bytes', at: [0], values: [1] } as const;
const polls = { kind: 'live', path: '/', timeout: 1, at: [0], took: [1], answers: [200], stalls: [] } as const;
const faults = [{ inEffectAt: 1_000, healedAt: 2_000 }];

const paidFirst = invariant('no order is shipped unpaid', ({ operations: done }) => {
  const paid = new Set(done.filter(({ name, outcome }) => name === 'pay' && outcome === 'ok').map(({ key }) => key));
  return done
    .filter(({ name, key }) => name === 'ship' && !paid.has(key))
    .map(({ key, endedAt }) => ({ what: 'shipped unpaid', key, at: endedAt }));
});

const on = (
  check: (history: History) => readonly Witness[] | ReturnType<typeof cannotTell>,
  rest: Partial<LiteralRecording> = {},
) => keep(recordingOf({ operations, ...rest }), invariant('a rule', check));

test('a rule without witnesses is kept', () => {
  const judged = keep(recordingOf({ operations: operations.slice(0, 2) }), paidFirst);
  expect(judged).toMatchObject({
    status: 'pass',
    value: 0,
    samples: 2,
    metric: "violations of 'no order is shipped unpaid'",
  });
});

test('witnesses fail, with what they are about, when, and under which fault', () => {
  const judged = keep(recordingOf({ operations, faults }), paidFirst);
  expect(judged).toMatchObject({ status: 'fail', witness: true, value: 1, shown: '1 witness', bound: '0 witnesses' });
  expect(judged.because).toContain('B: shipped unpaid (at 1.5 s, during refuse(redis)).');
});

test('of many witnesses the first three are told, and how many more there are', () => {
  const { because, shown } = on(() => Array.from({ length: 1_007 }, (_, n) => `wrong ${n}`));
  expect(shown).toBe('1,007 witnesses');
  expect(because).toContain('wrong 0; wrong 1; wrong 2; and 1,004 more.');
});

test('the state before and after the load can be asked for, and the faults of an instant', () => {
  const finalState = { before: ['seed'], after: ['seed', { key: 'A', value: 'paid' }] };
  let seen: unknown;
  on(
    (history) => {
      const { finalState: after, stateBefore, faultAt, recording } = history;
      seen = { after, stateBefore, fault: [faultAt(500), faultAt(500, 1_000), faultAt(1_999)], seed: recording.seed };
      return [];
    },
    { finalState, faults },
  );
  expect(seen).toEqual({
    after: [
      { key: 'seed', value: undefined },
      { key: 'A', value: 'paid' },
    ],
    stateBefore: [{ key: 'seed', value: undefined }],
    fault: [undefined, 'refuse(redis)', 'refuse(redis)'],
    seed: 1,
  });
});

test('a rule that asks for a final state that was not read is unknown, and one that does not is judged', () => {
  const { status, because } = on(({ finalState }) => finalState.map(({ key }) => key));
  expect(status).toBe('unknown');
  expect(because).toContain(
    "No final state was read, so nobody knows whether 'a rule' was kept: pass finalState to run()",
  );
  expect(on(() => ['wrong']).status).toBe('fail');
});

test.each<[string, (history: History) => unknown, Partial<LiteralRecording>]>([
  ['the final state', ({ recording }) => recording.finalState?.after, { finalState: { after: ['A'] } }],
  ['the final state', ({ recording: { finalState } }) => finalState?.before, { finalState: { after: ['A'] } }],
  [
    'the final state',
    ({ recording }) => (recording as Required<typeof recording>).finalState?.after.length,
    { finalState: { after: [] } },
  ],
  ['the series', ({ recording }) => recording.series.filter(({ name }) => name === 'memory'), { series: [memory] }],
  ["the polls of the app's health", ({ recording }) => recording.polls?.[0]?.answers, { polls: [polls] }],
  [
    'the statements of the databases',
    ({ recording }) => recording.statements?.length,
    { statements: [{ subject: 'db', text: 'select', calls: 1, total: 1 }] },
  ],
  [
    "the load generator's health",
    ({ recording }) => recording.generator.health?.cpu,
    { generator: { health: { cpu: 0.1, processes: 1, eventLoopDelay: { p99: 1, max: 1 } } } },
  ],
])('a rule that looks at %s through the recording is unknown where that was not read', (part, look, read) => {
  const looking = (history: History) => {
    look(history);
    return [];
  };
  const judged = on(looking);
  expect(judged).toMatchObject({ status: 'unknown', shown: 'not measured' });
  expect(judged.because.toLowerCase()).toMatch(
    part === 'the final state' ? /no final state was read/ : new RegExp(part),
  );
  expect(on(looking, read).status).toBe('pass');
});

test('a rule that stumbles over what was not read is unknown, and no error', () => {
  const judged = on(({ recording }) => (recording.finalState as FinalState).after.map(({ key }) => key));
  expect(judged.status).toBe('unknown');
});

test('a rule may look at what is always there: the faults, the exits, the generator, the spans of the run', () => {
  const judged = on(({ recording }) => {
    const { faults: all, exits, generator, duration } = recording as Recording;
    const { before } = recording as Recording;
    return all.length + exits.length + generator.stalls.length + duration + before.to < 0 ? ['never'] : [];
  });
  expect(judged.status).toBe('pass');
});

test('two rules of one name are told apart, in the judgement and in the table', () => {
  const recording = recordingOf({ operations });
  const [holds, broken] = [invariant('a rule', () => []), invariant('a rule', () => ['wrong'])];
  for (const rule of [holds, broken, holds]) matchers.toKeep.call({}, recording, rule);
  const rows = rowsFor(recording, judgementsOf(recording)).filter(({ metric }) => metric.startsWith('violations'));
  expect(rows.map(({ metric, verdict }) => [metric, verdict])).toEqual([
    ["violations of 'a rule'", 'pass'],
    ["violations of 'a rule' (2)", 'fail'],
  ]);
});

test('a final state that had not come to rest makes what asks for it unknown, witness or not', () => {
  const finalState = { after: ['x'], settled: false };
  expect(on(({ finalState: after }) => after.map(({ key }) => key), { finalState }).status).toBe('unknown');
  expect(on(({ finalState: after }) => after.slice(1).map(({ key }) => key), { finalState }).status).toBe('unknown');
  expect(on(() => ['wrong'], { finalState }).status).toBe('fail');
});

test('a rule may say that it cannot tell', () => {
  const judged = on(() => cannotTell('No order was shipped: let the load ship some.'));
  expect(judged).toMatchObject({ status: 'unknown', shown: 'not measured' });
  expect(judged.because).toContain('No order was shipped: let the load ship some.');
});

test('a run without operations, or whose fault was not felt, is unknown where nothing is held against it', () => {
  expect(on(() => [], { operations: [] }).status).toBe('unknown');
  const unfelt = [{ ...faults[0], bite: { connectionsBefore: 0, seenAtStart: true, seenBeforeEnd: true, detail: '' } }];
  expect(on(() => [], { faults: unfelt }).status).toBe('unknown');
  expect(on(() => ['wrong'], { faults: unfelt }).status).toBe('fail');
});

test('a run of which nothing was sent puts no rule to the test', () => {
  const dropped = on(() => [], { operations: [{ category: 'saturated' }, { category: 'unsent' }] });
  expect(dropped.status).toBe('unknown');
  expect(dropped.because).toContain('None of the 2 operations that were due was sent');
});

test('a rule that throws is an error that names it, with the cause', () => {
  const cause = new TypeError('x is not a function');
  const throwing = () => {
    throw cause;
  };
  expect(() => on(throwing)).toThrow(new Error("invariant 'a rule' threw: x is not a function", { cause }));
});

test.each<[string, unknown, string]>([
  ['a boolean', true, "'a rule' must return an array of witnesses, [] when it was kept, and at once; got true"],
  ['nothing', undefined, 'got undefined'],
  ['a promise', Promise.resolve([]), 'got a Promise'],
  ['other witnesses', [5], "invariant 'a rule': a witness must be a text or { what, key?, at? }; got 5"],
])('a rule that returns %s is refused', (_, returned, part) => {
  expect(() => on(() => returned as readonly Witness[])).toThrow(part);
});

test('an invariant without a name or a function is refused', () => {
  expect(() => invariant(' ', () => [])).toThrow(
    "the name must say what must be so, such as 'no order is shipped unpaid'",
  );
  expect(() => invariant('a rule', undefined as unknown as () => [])).toThrow("invariant 'a rule' needs a function");
});

test('the matcher remembers its judgement, explains, and refuses what is no invariant', () => {
  const recording = recordingOf({ operations, faults });
  const { pass, message } = matchers.toKeep.call({}, recording, paidFirst);
  expect(pass).toBe(false);
  expect(message()).toContain(
    "Violations of 'no order is shipped unpaid' over the whole run must be 0 witnesses, seen: 1 witness.",
  );
  expect(judgementsOf(recording)).toMatchObject([{ status: 'fail' }]);
  expect(() => matchers.toKeep.call({}, recording, (() => []) as unknown as typeof paidFirst)).toThrow(
    'toKeep needs invariant(',
  );
});

test('an invariant that goes on without the final state that it asked for cannot tell', () => {
  const careless = invariant('nothing is left', (history) => {
    try {
      return history.finalState.map(({ key }) => key);
    } catch {
      // As if there were none.
      return [];
    }
  });
  expect(keep(recordingOf({ operations: [{ key: 'a' }] }), careless).status).toBe('unknown');
});
