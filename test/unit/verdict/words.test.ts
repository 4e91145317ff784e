import { describe, expect, test } from 'vitest';
import type { AppExit } from '../../../src/recording/recording.ts';
import { loseNothing } from '../../../src/verdict/checks/lose-nothing.ts';
import { stayUp } from '../../../src/verdict/checks/stay-up.ts';
import { faultsText } from '../../../src/verdict/words/evidence.ts';
import { lastOutputText } from '../../../src/verdict/words/exits.ts';
import { deedOf } from '../../../src/verdict/words/fault-words.ts';
import { headline } from '../../../src/verdict/words/headline.ts';
import { keysOf, outage } from './literals.ts';

describe('a fault in words', () => {
  test.each([
    [{ kind: 'refuse', service: 'cache', serviceKind: 'redis' }, 'connections to cache were cut, and new ones refused'],
    [{ kind: 'stall', service: 'db', serviceKind: 'postgres' }, /^db's connections stayed open/],
    [{ kind: 'pause', service: 'api', serviceKind: 'app' }, "the app's processes stood still: connected, but mute"],
    [{ kind: 'flush', service: 'cache', serviceKind: 'redis' }, ''],
  ])('%j', (fault, words) => {
    if (typeof words === 'string') expect(deedOf(fault)).toBe(words);
    else expect(deedOf(fault)).toMatch(words);
  });

  const lasting = (inEffectAt: number, healedAt: number) => {
    const [first] = outage().faults;
    if (!first) throw new Error('an outage has a fault');
    return { ...first, inEffectAt, healedAt };
  };

  test('says when it lasted, for a moment, or to no end', () => {
    expect(faultsText([lasting(1_000, 1_010)])).toMatch(/^refuse\(redis\) lasted for a moment, at 1\.0 s: /);
    expect(faultsText([lasting(1_000, Number.NaN)])).toMatch(/lasted from 1\.0 s and was never healed: /);
    expect(faultsText([lasting(Number.NaN, Number.NaN)])).toBe('');
  });

  test('of many the first four have a line each', () => {
    const lines = faultsText(Array.from({ length: 9 }, (_, n) => lasting(n * 1_000, n * 1_000 + 500))).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[4]).toBe('And 5 more faults.');
  });
});

describe('the last output of an app', () => {
  const told = (output: string) => {
    const exit: AppExit = { at: 9_000, code: 1, signal: null, output };
    return lastOutputText(outage(undefined, { exits: [exit] }))
      .split('\n')
      .slice(1)
      .map((line) => line.slice(4));
  };

  test('begins with the error, not with the fields that Node prints after it', () => {
    const fields = ['detail: undefined,', "code: '57P01',", 'a: 1,', 'b: 2,', 'c: 3,', 'd: 4', 'e: 5'];
    expect(
      told(
        [
          'listening',
          'node:events:505',
          '    throw er; // Unhandled error event',
          'error: terminating connection due to administrator command',
          '    at Parser.parse (parser.js:37:38) {',
          ...fields.map((field) => `  ${field}`),
          '}',
          'Node.js v24.1.0',
        ].join('\n'),
      ),
    ).toEqual([
      'error: terminating connection due to administrator command',
      "  code: '57P01',",
      '  a: 1,',
      '  b: 2,',
      '  c: 3,',
      '...',
    ]);
  });

  test('is its last six lines where none names an error', () => {
    expect(told(Array.from({ length: 9 }, (_, n) => `line ${n}`).join('\n'))).toEqual(
      [3, 4, 5, 6, 7, 8].map((n) => `line ${n}`),
    );
  });
});

test('a first line needs no knowledge of the table', () => {
  const lost = loseNothing(outage(undefined, { finalState: { after: keysOf(4_000, ['SM9']) } }));
  expect(headline(lost)).toBe('Lost keys (acknowledged, and not in the final state) must be 0 keys, seen: 1 key.');
  expect(headline(stayUp(outage()), true)).toBe(
    'Exits of the app that no fault asked for must not be 0 exits, seen: 0 exits.',
  );
  expect(headline({ ...lost, status: 'unknown' })).toMatch(
    /^Unknown whether lost keys .* are 0 keys \(seen: 1 key\), so this/,
  );
});
