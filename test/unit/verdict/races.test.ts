import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { oneWinner } from '../../../src/verdict/checks/one-winner.ts';
import { judge } from '../../../src/verdict/judge.ts';
import { winRate } from '../../../src/verdict/metrics/races.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';

/** 20 races of ten contenders: the first wins, the nine others are answered as said. */
function races(
  loser: (race: number, contender: number) => Partial<Operation>,
  rest: Omit<LiteralRecording, 'operations'> = {},
): Recording {
  const operations = Array.from({ length: 200 }, (_, n) => {
    const [race, contender] = [Math.floor(n / 10), n % 10];
    const dueAt = race * 100;
    const answer = contender === 0 ? {} : loser(race, contender);
    return { dueAt, endedAt: dueAt + 20, key: `R${race}`, value: `V${contender}`, ...answer };
  });
  const generator = { loop: 'race', connections: 10, load: 'race of 10', ...rest.generator } as const;
  return recordingOf({ ...rest, operations, generator });
}

const statuses = (recording: Recording) =>
  [oneWinner(recording), judge(winRate, '>', 99, recording)].map(({ status }) => status);
const lost = () => ({ category: '409' });
const named = Array.from({ length: 20 }, (_, race) => ({ key: `R${race}`, value: 'V0' }));

describe('races are unknown where fewer than two contenders reached them', () => {
  test.each<[string, Partial<Operation>]>([
    ['not authenticated', { category: '401' }],
    ['not allowed', { category: '403' }],
    ['one too many', { category: '429' }],
    ['malformed', { category: '400' }],
    ['not found', { category: '404' }],
    ['refused', { category: 'refused' }],
    ['without an answer', { category: 'timeout' }],
    ['cut', { category: 'reset' }],
    ['met by an error of the app, which leaves it open', { category: '500' }],
    ['answered with another body than the winner', { category: 'invalid', outcome: 'unknown' }],
  ])('the nine others were %s', (_, answer) => {
    const recording = races(() => answer);
    expect(statuses(recording)).toEqual(['unknown', 'unknown']);
    expect(statuses(races(() => answer, { finalState: { after: named } }))).toEqual(['unknown', 'unknown']);
    const { because } = oneWinner(recording);
    expect(because).toContain('In 20 of 20 races fewer than two contenders reached the race: the others were answered');
    expect(because).toContain(`${answer.category} (180)`);
    // The table says no more than the matchers.
    const rows = rowsFor(recording, []).filter(({ metric }) => ['win rate', 'race conditions'].includes(metric));
    expect(rows.map(({ grade }) => grade)).toEqual([null, null]);
  });

  test('one loser of nine who was told so makes it a race', () => {
    const one = (_: number, contender: number) => ({ category: contender === 5 ? '409' : '401' });
    expect(statuses(races(one))).toEqual(['pass', 'pass']);
  });

  test('up to a tenth of the races', () => {
    const uncontested = (count: number) => races((race) => ({ category: race < count ? '401' : '409' }));
    expect(statuses(uncontested(2))).toEqual(['pass', 'pass']);
    expect(statuses(uncontested(3))).toEqual(['unknown', 'unknown']);
  });

  test('but one that two won, or nobody, fails all the same', () => {
    const twice = races((race, contender) => (race === 7 && contender === 3 ? {} : { category: '401' }));
    expect(statuses(twice)).toEqual(['fail', 'fail']);
    const operations = Array.from({ length: 200 }, (_, n) => ({
      ...{ dueAt: Math.floor(n / 10) * 100, endedAt: Math.floor(n / 10) * 100 + 20, category: '503' },
      ...{ key: `R${Math.floor(n / 10)}`, value: `V${n % 10}` },
    }));
    expect(statuses(recordingOf({ operations, generator: { loop: 'race' } }))).toEqual(['fail', 'fail']);
  });

  test('a contender that the final state names has reached it', () => {
    const unheard = races((_, contender) => (contender === 1 ? lost() : { category: 'timeout' }));
    expect(statuses(unheard)).toEqual(['pass', 'pass']);
    const operations = [...Array(20).keys()].flatMap((race) => [
      { dueAt: race * 100, endedAt: race * 100 + 20, key: `R${race}`, value: 'V0', category: 'timeout' },
      { dueAt: race * 100, endedAt: race * 100 + 20, key: `R${race}`, value: 'V1', category: '409' },
    ]);
    expect(statuses(recordingOf({ operations, finalState: { after: named } }))).toEqual(['pass', 'pass']);
  });
});

describe('which answers are a loss is said', () => {
  test('by the load, for both matchers', () => {
    const unfound = () => ({ category: '404' });
    expect(statuses(races(unfound, { generator: { lossIs: ['404'] } }))).toEqual(['pass', 'pass']);
    expect(statuses(races(lost, { generator: { lossIs: ['404'] } }))).toEqual(['fail', 'fail']);
  });

  test('or by the matcher, in its place', () => {
    const recording = races(() => ({ category: '404' }), { generator: { lossIs: ['410'] } });
    expect(oneWinner(recording, ['404']).status).toBe('pass');
  });

  test('else it is 409, and the message says what to write for another', () => {
    expect(statuses(races(lost))).toEqual(['pass', 'pass']);
    expect(oneWinner(races(() => ({ category: '404' }))).because).toContain('race({ lossIs: [404] })');
  });
});

describe('a final state that names nobody', () => {
  const nobody = named.map(({ key }) => key);

  test('leaves it unknown whether the winner that was told so is the one that was kept', () => {
    const recording = races(lost, { finalState: { after: nobody } });
    expect(statuses(recording)).toEqual(['unknown', 'unknown']);
    expect(oneWinner(recording).because).toContain(
      'Of 20 of 20 races the final state has a row without a value, which names nobody',
    );
    const oneOf20 = [...named.slice(1), 'R0'];
    expect(statuses(races(lost, { finalState: { after: oneOf20 } }))).toEqual(['unknown', 'unknown']);
    expect(statuses(races(lost, { finalState: { after: named } }))).toEqual(['pass', 'pass']);
  });

  test('shows two winners, and a winner that is missing, all the same', () => {
    expect(statuses(races(lost, { finalState: { after: [...nobody, 'R3'] } }))).toEqual(['fail', 'fail']);
    expect(statuses(races(lost, { finalState: { after: nobody.slice(1) } }))).toEqual(['fail', 'fail']);
  });
});

test('a contender whose name the state writes in another way is that contender', () => {
  const numbered = recordingOf({
    operations: [...Array(20).keys()].flatMap((race) =>
      ['1.50', '2'].map((value, n) => ({
        dueAt: race * 100,
        endedAt: race * 100 + 20,
        key: `R${race}`,
        value,
        ...(n === 1 && lost()),
      })),
    ),
    finalState: { after: named.map(({ key }) => ({ key, value: '1.5' })) },
  });
  expect(statuses(numbered)).toEqual(['pass', 'pass']);
});
