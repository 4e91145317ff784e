import { describe, expect, test } from 'vitest';
import { findWinners } from '../../../src/analysis/races/winners.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';

function attempt(value: string, rest: Partial<Operation> = {}): Partial<Operation> {
  return { key: 'r1', value, category: '409', endedAt: 10, ...rest };
}
const won = { category: 'ok' } as const;

test('one acknowledged winner decides a race that has no final state', () => {
  const seen = findWinners(recordingOf({ operations: [attempt('A', won), attempt('B'), attempt('C')] }));
  expect(seen).toMatchObject({ races: 1, overlapping: 1, decided: 1, winRate: 1, raceConditions: 0, withoutWinner: 0 });
});

test('two acknowledged winners are a race condition', () => {
  const seen = findWinners(recordingOf({ operations: [attempt('A', won), attempt('B', won)] }));
  expect(seen).toMatchObject({ decided: 0, winRate: 0, raceConditions: 1 });
  expect(seen.violations).toEqual([
    {
      key: 'r1',
      at: 0,
      fault: undefined,
      acknowledged: ['A', 'B'],
      durable: [],
      reason: '2 contenders were told that they had won',
    },
  ]);
});

test('a winner that is told twice is one winner', () => {
  const seen = findWinners(recordingOf({ operations: [attempt('A', won), attempt('A', won), attempt('B')] }));
  expect(seen).toMatchObject({ decided: 1, raceConditions: 0 });
});

test.each([
  ['holds the acknowledged winner', [{ key: 'r1', value: 'A' }], undefined],
  ['holds the acknowledged winner twice', Array(2).fill({ key: 'r1', value: 'A' }), undefined],
  ['holds the key without a value', ['r1'], undefined],
  [
    'has a row of the race that names nobody',
    [{ key: 'r1', value: null }],
    'A was told that it had won, and is not in the final state',
  ],
  ['lacks the acknowledged winner', [], 'A was told that it had won, and is not in the final state'],
  ['holds another', [{ key: 'r1', value: 'B' }], 'A was told that it had won, and the final state holds B'],
  [
    'holds another beside it',
    [
      { key: 'r1', value: 'A' },
      { key: 'r1', value: 'B' },
    ],
    'the final state holds 2 winners',
  ],
  ['holds the key twice without a value', ['r1', 'r1'], 'the final state holds 2 winners'],
])('with an acknowledged winner, a final state that %s is judged', (_, after, reason) => {
  const operations = [attempt('A', won), attempt('B', { category: 'timeout' })];
  const seen = findWinners(recordingOf({ operations, finalState: { after } }));
  expect(seen.violations.map((violation) => violation.reason)).toEqual(reason === undefined ? [] : [reason]);
  expect(seen.decided).toBe(reason === undefined ? 1 : 0);
  expect(seen.raceConditions).toBe(reason === undefined ? 0 : 1);
});

test.each([
  ['nobody', [], { decided: 0, withoutWinner: 1 }, undefined],
  ['one that never learned its fate', [{ key: 'r1', value: 'B' }], { decided: 1, withoutWinner: 0 }, undefined],
  ['a loser', [{ key: 'r1', value: 'A' }], { decided: 0 }, 'the final state holds A, which was told that it had lost'],
  ['a stranger', [{ key: 'r1', value: 'X' }], { decided: 0 }, 'the final state holds X, which never took part'],
])('without an acknowledged winner, a final state that holds %s is judged', (_, after, counts, reason) => {
  const operations = [attempt('A'), attempt('B', { category: 'timeout' })];
  const seen = findWinners(recordingOf({ operations, finalState: { after } }));
  expect(seen).toMatchObject(counts);
  expect(seen.violations.map((violation) => violation.reason)).toEqual(reason === undefined ? [] : [reason]);
  expect([...seen.times.worst]).toEqual([Number.POSITIVE_INFINITY]);
});

test('winners that were there before the load are not of this run', () => {
  const seen = findWinners(
    recordingOf({
      operations: [attempt('A', won), attempt('B')],
      finalState: {
        before: [{ key: 'r1', value: 'B' }],
        after: [
          { key: 'r1', value: 'B' },
          { key: 'r1', value: 'A' },
        ],
      },
    }),
  );
  expect(seen).toMatchObject({ decided: 1, raceConditions: 0 });
});

test('the win rate is of the races in which all attempts were under way at one instant', () => {
  const recording = recordingOf({
    operations: [
      attempt('A', { key: 'one by one', startedAt: 0, endedAt: 5, ...won }),
      attempt('B', { key: 'one by one', startedAt: 5, endedAt: 9 }),
      attempt('A', { key: 'alone', ...won }),
      attempt('A', { key: 'unsent', ...won }),
      attempt('B', { key: 'unsent', category: 'unsent' }),
      attempt('A', { key: 'together', startedAt: 0, endedAt: 5, ...won }),
      attempt('B', { key: 'together', startedAt: 4, endedAt: 9 }),
      attempt('A', { key: 'hung', category: 'timeout', endedAt: Number.NaN }),
      attempt('B', { key: 'hung' }),
    ],
  });
  expect(findWinners(recording)).toMatchObject({
    races: 5,
    overlapping: 2,
    decided: 4,
    winRate: 0.5,
    withoutWinner: 1,
  });
});

test('attempts that all bear one name are no race: whoever wins, it is one winner', () => {
  const seen = findWinners(recordingOf({ operations: [attempt('A', won), attempt('A', won)] }));
  expect(seen).toMatchObject({ races: 1, overlapping: 0 });
});

test('two winners of a race that did not overlap are a race condition all the same', () => {
  const operations = [attempt('A', { endedAt: 5, ...won }), attempt('B', { startedAt: 6, endedAt: 9, ...won })];
  expect(findWinners(recordingOf({ operations }))).toMatchObject({ overlapping: 0, raceConditions: 1 });
});

test('the time of a race runs from its release to the end of the winning operation', () => {
  const recording = recordingOf({
    operations: [
      attempt('A', { key: 'slow', dueAt: 100, endedAt: 130 }),
      attempt('B', { key: 'slow', dueAt: 102, endedAt: 170, ...won }),
      attempt('A', { key: 'fast', dueAt: 500, endedAt: 512, ...won }),
      attempt('B', { key: 'fast', dueAt: 500, endedAt: 511 }),
    ],
  });
  expect([...findWinners(recording).times.worst]).toEqual([12, 70]);
});

test('the warm-up and operations without a contender are no races', () => {
  const operations = [attempt('A', { dueAt: -5, ...won }), { key: 'r2' }, { value: 'A' }];
  const seen = findWinners(recordingOf({ operations }));
  expect(seen).toMatchObject({ races: 0, overlapping: 0, winRate: Number.NaN });
});

const reasons = (
  operations: Partial<Operation>[],
  lossIs?: string[],
  rest: Omit<LiteralRecording, 'operations'> = {},
) => findWinners(recordingOf({ operations, ...rest }), lossIs).violations.map(({ reason }) => reason);

describe('each loser is told so', () => {
  test.each([
    ['a 4xx', { category: '409' }],
    ['another 4xx', { category: '404' }],
    ['what a call of the user names', { category: 'not yours', outcome: 'failed' as const }],
    ['an answer about its request', { category: '429' }],
    ['a refused connection', { category: 'refused' }],
    ['nothing at all', { category: 'timeout' }],
    ['a 5xx to a write', { category: '500' }],
  ])('%s is no violation', (_, rest) => {
    expect(reasons([attempt('A', won), attempt('B', rest)])).toEqual([]);
  });

  test('an error of a safe method neither tells it nor leaves it open', () => {
    const operations = [attempt('A', won), attempt('B', { category: '503', outcome: 'failed' })];
    expect(reasons(operations)).toEqual(['B lost and was not told so: it was answered 503']);
  });

  test.each<[string, Partial<Operation>, string[]]>([
    ['one of those named', { category: '409' }, []],
    ['another 4xx', { category: '404' }, ['B lost and was not told so: it was answered 404']],
    [
      'an answer that okWhen rejects',
      { category: 'invalid', outcome: 'unknown' },
      ['B lost and was not told so: it was answered invalid'],
    ],
    ['nothing at all', { category: 'timeout' }, []],
    ['a refused connection', { category: 'refused' }, []],
  ])('with the answers that tell it, %s', (_, rest, expected) => {
    expect(reasons([attempt('A', won), attempt('B', rest)], ['409'])).toEqual(expected);
  });

  test('a status that tells it may be any', () => {
    const finalState = { after: [{ key: 'r1', value: 'B' }] };
    const operations = [attempt('A'), attempt('B', { category: '503' })];
    expect(reasons(operations, undefined, { finalState })).toEqual([]);
    expect(reasons(operations, ['409', '503'], { finalState })).toEqual([
      'the final state holds B, which was told that it had lost',
    ]);
  });

  test('where nobody won, nobody lost', () => {
    expect(reasons([attempt('A', { category: '503', outcome: 'failed' }), attempt('B')])).toEqual([]);
  });
});

describe('a loss before anyone who may have won had asked', () => {
  const early = attempt('B', { startedAt: 0, endedAt: 4 });
  const late = attempt('A', { startedAt: 4.5, endedAt: 9, ...won });

  test('is a violation', () => {
    expect(reasons([early, late])).toEqual([
      'B was told that it had lost (409) 0.5 ms before the first that may have won, A, asked',
    ]);
  });

  test('is none at the same instant, or when an attempt that may have won was under way', () => {
    expect(reasons([early, { ...late, startedAt: 4 }])).toEqual([]);
    expect(reasons([early, late, attempt('C', { startedAt: 1, category: 'timeout' })])).toEqual([]);
  });

  test('is none when the answer is not about the race, or nobody won', () => {
    expect(reasons([{ ...early, category: '429' }, late])).toEqual([]);
    expect(reasons([early, { ...late, category: '409' }])).toEqual([]);
  });

  test('is one when the race was there before the load and nobody had it', () => {
    const operations = [attempt('B', { endedAt: 3 }), attempt('A', { ...won, startedAt: 5 })];
    const finalState = { before: [{ key: 'r1', value: null }], after: [{ key: 'r1', value: 'A' }] };
    expect(findWinners(recordingOf({ operations, finalState })).violations[0]?.reason).toContain(
      'B was told that it had lost',
    );
  });

  test('is none when the race was taken before the load, or may have been in the warm-up', () => {
    const before = [{ key: 'r1', value: 'Z' }];
    expect(
      reasons([early, late], undefined, { finalState: { before, after: [...before, { key: 'r1', value: 'A' }] } }),
    ).toEqual([]);
    expect(reasons([attempt('Z', { dueAt: -5 }), early, late])).toEqual([]);
  });
});

test('a violation has its time and the faults of it', () => {
  const operations = [attempt('A', { dueAt: 500, endedAt: 1_001, ...won }), attempt('B', { dueAt: 500, ...won })];
  const { violations } = findWinners(recordingOf({ operations, faults: [{ inEffectAt: 1_000, healedAt: 2_000 }] }));
  expect(violations).toMatchObject([{ at: 500, fault: 'refuse(redis)' }]);
});

test('what only reads does not race', () => {
  const operations = [attempt('A', won), attempt('B'), attempt('Z', { kind: 'read', name: 'read', ...won })];
  expect(findWinners(recordingOf({ operations }))).toMatchObject({ races: 1, raceConditions: 0 });
});
