import { describe, expect, test } from 'vitest';
import { summarize } from '../../../src/report/entries.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';
import { keysOf, outage, raced, steady } from './literals.ts';

const lossy = () => outage(undefined, { finalState: { after: keysOf(4_000, ['SM1200', 'SM1201']) } });
const rowsOf = (recording: ReturnType<typeof lossy>) =>
  summarize([{ recordings: [recording], judged: recording, toJudge: true }]).rows;
const witnesses = (recording: ReturnType<typeof lossy>) =>
  rowsOf(recording)
    .filter(({ verdict }) => verdict === 'witness')
    .map(({ metric, shown, target }) => [metric, shown, target]);

describe('a witness that nothing asserted on', () => {
  test('is told right after the first line of what failed before it, with the matcher that judges it', () => {
    const { message } = matchers.toHaveP99Below.call({}, lossy(), '1ms');
    expect(message().split('\n\n')[1]).toMatch(
      /^Worse, and nothing has asserted on it so far: lost: 2 keys\. 2 keys were acknowledged .*SM1200.* write expect\(recording\)\.toLoseNothing\(\)\. Write expect\.soft/,
    );
  });

  test('is a row of its own in place of the measured one, until it is asserted on', () => {
    const recording = lossy();
    expect(witnesses(recording)).toEqual([['lost', '2 keys', null]]);
    expect(rowsOf(recording).filter(({ metric }) => metric === 'lost')).toHaveLength(1);
    matchers.toLoseNothing.call({}, recording);
    expect(witnesses(recording)).toEqual([]);
    expect(matchers.toHaveP99Below.call({}, recording, '1ms').message()).not.toContain('Worse');
  });

  test('of a race is that there were two winners, told once', () => {
    const two = Array.from({ length: 20 }, (_, race) => ({ key: `R${race}`, value: 'V0' }));
    const recording = raced(
      20,
      (race, contender) => (race === 3 && contender === 1 ? { category: 'ok', outcome: 'ok' } : {}),
      { finalState: { after: [...two, { key: 'R3', value: 'V1' }] } },
    );
    expect(witnesses(recording).map(([metric]) => metric)).toEqual(['race conditions']);
  });

  test('is none where all is well, and where the final state had not come to rest', () => {
    expect(witnesses(outage())).toEqual([]);
    expect(witnesses(steady({ rate: 100, seconds: 2 }))).toEqual([]);
    expect(witnesses(outage(undefined, { finalState: { after: [], settled: false } }))).toEqual([]);
  });
});
