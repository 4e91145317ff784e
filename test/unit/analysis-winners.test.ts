import { expect, test } from 'vitest';
import { winners } from '../../src/analysis/winners.ts';
import type { Operation } from '../../src/recording/columns.ts';
import { recordingOf } from '../../src/recording/literal.ts';

function attempt(value: string, rest: Partial<Operation> = {}): Partial<Operation> {
  return { key: 'r1', value, category: '409', endedAt: 10, ...rest };
}
const won = { category: 'ok' } as const;

test('one acknowledged winner decides a race that has no final state', () => {
  const seen = winners(recordingOf({ operations: [attempt('A', won), attempt('B'), attempt('C')] }));
  expect(seen).toMatchObject({ races: 1, overlapping: 1, decided: 1, winRate: 1, raceConditions: 0, withoutWinner: 0 });
});

test('two acknowledged winners are a race condition', () => {
  const seen = winners(recordingOf({ operations: [attempt('A', won), attempt('B', won)] }));
  expect(seen).toMatchObject({ decided: 0, winRate: 0, raceConditions: 1 });
  expect(seen.violations).toEqual([
    { key: 'r1', acknowledged: ['A', 'B'], durable: [], reason: '2 contenders were told that they had won' },
  ]);
});

test('a winner that is told twice is one winner', () => {
  const seen = winners(recordingOf({ operations: [attempt('A', won), attempt('A', won), attempt('B')] }));
  expect(seen).toMatchObject({ decided: 1, raceConditions: 0 });
});

test.each([
  ['holds the acknowledged winner', [{ key: 'r1', value: 'A' }], undefined],
  ['holds the acknowledged winner twice', Array(2).fill({ key: 'r1', value: 'A' }), undefined],
  ['holds the key without a value', ['r1'], undefined],
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
  const seen = winners(recordingOf({ operations, finalState: { after } }));
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
  const seen = winners(recordingOf({ operations, finalState: { after } }));
  expect(seen).toMatchObject(counts);
  expect(seen.violations.map((violation) => violation.reason)).toEqual(reason === undefined ? [] : [reason]);
  expect(seen.times).toHaveLength(0);
});

test('winners that were there before the load are not of this run', () => {
  const seen = winners(
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
  expect(winners(recording)).toMatchObject({ races: 5, overlapping: 2, decided: 4, winRate: 0.5, withoutWinner: 1 });
});

test('two winners of a race that did not overlap are a race condition all the same', () => {
  const operations = [attempt('A', { endedAt: 5, ...won }), attempt('B', { startedAt: 6, endedAt: 9, ...won })];
  expect(winners(recordingOf({ operations }))).toMatchObject({ overlapping: 0, raceConditions: 1 });
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
  expect([...winners(recording).times]).toEqual([12, 70]);
});

test('the warm-up and operations without a contender are no races', () => {
  const operations = [attempt('A', { dueAt: -5, ...won }), { key: 'r2' }, { value: 'A' }];
  const seen = winners(recordingOf({ operations }));
  expect(seen).toMatchObject({ races: 0, overlapping: 0, winRate: Number.NaN });
});
