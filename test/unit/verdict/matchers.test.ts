import { describe, expect, test } from 'vitest';
import { register } from '../../../src/analysis/linearizability/register.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Recording, Window } from '../../../src/recording/recording.ts';
import { invariant } from '../../../src/verdict/checks/invariant.ts';
import { judgementsOf, type MatcherResult, matchers } from '../../../src/verdict/matchers/matchers.ts';
import { away, keysOf, outage, raced, steady } from './literals.ts';

expect.extend(matchers);

type Name = keyof typeof matchers;

function call(name: Name, isNot: boolean, received: unknown, ...args: unknown[]): MatcherResult {
  const matcher = matchers[name] as (this: { isNot?: boolean }, received: unknown, ...args: unknown[]) => MatcherResult;
  return matcher.call(isNot ? { isNot } : {}, received, ...args);
}

interface Case {
  readonly matcher: Name;
  readonly args: readonly unknown[];
  readonly bound: string;
  readonly pass: () => Window;
  readonly fail: () => Window;
  readonly unknown: () => Window;
}

const slow = (share: number) => (n: number, dueAt: number) => (n % 100 < share ? { endedAt: dueAt + 800 } : {});
const failing = (n: number, dueAt: number) => (away(dueAt) && n % 4 === 0 ? { category: '503' } : {});
const downFor = (from: number, to: number) => (_: number, dueAt: number) =>
  dueAt >= from && dueAt < to ? { category: '503' } : {};

const cases: readonly Case[] = [
  {
    matcher: 'toSustainRps',
    args: [200],
    bound: '>= 200/s',
    pass: () => steady({ rate: 200, seconds: 5 }),
    fail: () => steady({ rate: 200, seconds: 5 }, (n) => (n % 10 === 0 ? { category: '503' } : {})),
    unknown: () => steady({ rate: 100, seconds: 5 }),
  },
  {
    matcher: 'toHaveP95Below',
    args: ['500ms'],
    bound: '< 500 ms',
    pass: () => steady({ rate: 100, seconds: 1 }, slow(5)),
    fail: () => steady({ rate: 100, seconds: 1 }, slow(6)),
    unknown: () => steady({ rate: 58, seconds: 1 }),
  },
  {
    matcher: 'toHaveP99Below',
    args: [500],
    bound: '< 500 ms',
    pass: () => steady({ rate: 100, seconds: 3 }, slow(1)),
    fail: () => steady({ rate: 100, seconds: 3 }, slow(2)),
    unknown: () => steady({ rate: 298, seconds: 1 }),
  },
  {
    matcher: 'toHaveErrorRateBelow',
    args: ['1%'],
    bound: '< 1 %',
    pass: () => outage((n, dueAt) => (away(dueAt) && n < 1_009 ? { category: '503' } : {})).during,
    fail: () => outage((n, dueAt) => (away(dueAt) && n < 1_010 ? { category: '503' } : {})).during,
    unknown: () => steady({ rate: 299, seconds: 1 }),
  },
  {
    matcher: 'toHaveWinRateAbove',
    args: ['90%'],
    bound: '> 90 %',
    pass: () => raced(20),
    fail: () => raced(20, (race, contender) => (race < 2 && contender === 0 ? { category: '503' } : {}), nobodyWins(2)),
    unknown: () => raced(9),
  },
  {
    matcher: 'toHaveOneWinner',
    args: [],
    bound: '0, every race won',
    pass: () => raced(20),
    fail: () =>
      raced(20, (race, contender) => (race === 7 && contender === 2 ? { category: 'ok', outcome: 'ok' } : {})),
    unknown: () => raced(9),
  },
  {
    matcher: 'toRecoverWithin',
    args: ['5s'],
    bound: '<= 5.0 s',
    pass: () => outage(downFor(5_000, 12_000)),
    fail: () => outage(downFor(5_000, 18_000)),
    unknown: () => outage(downFor(5_000, 14_000), { duration: 13_000 }),
  },
  {
    matcher: 'toLoseNothing',
    args: [],
    bound: '0 keys',
    pass: () => outage(),
    fail: () => outage(undefined, { finalState: { after: keysOf(4_000, ['SM1200']) } }),
    unknown: () => steady({ rate: 100, seconds: 1 }),
  },
  {
    matcher: 'toApplyEachOnce',
    args: [],
    bound: '0 keys',
    pass: () => outage(),
    fail: () => outage(undefined, { finalState: { after: [...keysOf(4_000), 'SM1200'] } }),
    unknown: () => steady({ rate: 100, seconds: 1 }),
  },
  {
    matcher: 'toBeLinearizable',
    args: [{ model: register() }],
    bound: '0 keys',
    pass: () => written('2'),
    fail: () => written('1'),
    unknown: () => steady({ rate: 100, seconds: 1 }),
  },
  {
    matcher: 'toKeep',
    args: [invariant('no key is 1', ({ finalState }) => finalState.filter(({ value }) => value === '1').map(String))],
    bound: '0 witnesses',
    pass: () => written('2'),
    fail: () => written('1'),
    unknown: () => steady({ rate: 100, seconds: 1 }),
  },
  {
    matcher: 'toMeet',
    args: [{ RPS: { above: 199 } }],
    bound: '> 199/s',
    pass: () => steady({ rate: 200, seconds: 5 }, (_, dueAt) => ({ endedAt: dueAt + 1 })),
    fail: () => steady({ rate: 200, seconds: 5 }, (n) => (n % 10 === 0 ? { category: '503' } : {})),
    unknown: () => steady({ rate: 199, seconds: 5 }),
  },
];

/** A key that was set to 1 and then to 2, and what the final state holds. */
function written(value: string) {
  const operations = ['1', '2'].map((one, n) => ({ key: 'a', value: one, dueAt: n * 10 }));
  return recordingOf({ operations, finalState: { after: [{ key: 'a', value }] }, seed: 42 });
}

function nobodyWins(races: number) {
  const after = Array.from({ length: 20 - races }, (_, n) => ({ key: `R${n + races}`, value: 'V0' }));
  return { finalState: { after } };
}

describe.each(cases)('$matcher', ({ matcher, args, bound, pass, fail, unknown }) => {
  test.each([
    ['pass', false, pass, true],
    ['fail', false, fail, false],
    ['unknown', false, unknown, false],
    ['pass', true, pass, true],
    ['fail', true, fail, false],
    // `pass: true` is what fails under .not.
    ['unknown', true, unknown, true],
  ] as const)('with a recording that comes to %s, under .not: %j', (status, isNot, window, expected) => {
    const received = window();
    expect(call(matcher, isNot, received, ...args).pass).toBe(expected);
    const negated = ({ pass: 'fail', fail: 'pass', unknown: 'unknown' } as const)[status];
    expect(judgementsOf(received.recording)).toMatchObject([
      { status: isNot ? negated : status, bound: isNot ? `not ${bound}` : bound },
    ]);
  });

  test.each([
    ['unknown', false, unknown],
    ['unknown', true, unknown],
    ['fail', false, fail],
    ['pass', true, pass],
  ] as const)('says what was asserted, that it is %s (.not: %j), and what replays it', (status, isNot, window) => {
    const message = call(matcher, isNot, window(), ...args).message();
    expect(message).toContain(bound);
    if (status === 'unknown') expect(message).toMatch(/Unknown whether .* so this does not pass/);
    else expect(message).toContain(isNot ? 'must not be' : 'must be');
    expect(message).toContain('BREAKING_POINT_SEED=42');
    expect(message).not.toMatch(/NaN|undefined|null|\.\.(?!\.| )| {3}(?! )/);
  });
});

describe('under expect', () => {
  const expecting = (recording: Recording) =>
    expect(recording) as unknown as { toLoseNothing(): void; not: { toLoseNothing(): void } };

  test('unknown fails with and without .not', () => {
    const recording = steady({ rate: 100, seconds: 1 });
    expect(() => expecting(recording).toLoseNothing()).toThrow(
      'Unknown whether lost keys (acknowledged, and not in the final state) are 0 keys',
    );
    expect(() => expecting(recording).not.toLoseNothing()).toThrow(
      'Unknown whether lost keys (acknowledged, and not in the final state) are not 0 keys',
    );
  });

  test('a failure fails only without .not', () => {
    const recording = outage(undefined, { finalState: { after: keysOf(4_000, ['SM1200']) } });
    expect(() => expecting(recording).toLoseNothing()).toThrow('SM1200');
    expecting(recording).not.toLoseNothing();
  });
});

describe('what a matcher is given', () => {
  const recording = outage(failing);

  test('a forgotten await is named', () => {
    for (const name of Object.keys(matchers) as Name[]) {
      expect(() => call(name, false, Promise.resolve(recording), '1%'), name).toThrow(/got a Promise: await it first/);
    }
  });

  test.each([[undefined], [null], ['text'], [[recording]], [{}]])('%j is refused', (received) => {
    for (const name of Object.keys(matchers) as Name[]) {
      expect(() => call(name, false, received, '1%'), name).toThrow(TypeError);
    }
  });

  test.each<[Name, unknown[]]>([
    ['toRecoverWithin', ['5s']],
    ['toLoseNothing', []],
    ['toApplyEachOnce', []],
    ['toHaveOneWinner', []],
    ['toHaveWinRateAbove', ['99%']],
    ['toBeLinearizable', []],
    ['toKeep', []],
    ['toMeet', []],
  ])('%s explains why a window is not enough', (name, args) => {
    expect(() => call(name, false, recording.during, ...args)).toThrow(
      `${name} judges a whole recording, and got its window 'during refuse(redis)': `,
    );
  });

  test.each<[Name, unknown, string]>([
    ['toSustainRps', 0, 'above 0, such as 500; got 0'],
    ['toSustainRps', '500', 'got 500'],
    ['toHaveP95Below', '500', 'toHaveP95Below must be milliseconds or a number with a unit'],
    ['toHaveP99Below', '0ms', 'toHaveP99Below needs a time above 0'],
    ['toHaveP99Below', -1, 'toHaveP99Below must be'],
    ['toHaveErrorRateBelow', '1', "write '1%'"],
    ['toHaveErrorRateBelow', '0%', 'no rate is below 0 %'],
    ['toHaveErrorRateBelow', '200%', "'0 %' to '100 %'"],
    ['toHaveErrorRateBelow', 2, "write '2%'"],
    ['toHaveWinRateAbove', '100%', 'write toHaveOneWinner()'],
    ['toHaveOneWinner', { lossIs: [] }, 'such as [409]; got []'],
    ['toHaveOneWinner', { lossIs: [4090] }, 'toHaveOneWinner({ lossIs }) must be the statuses or categories'],
    ['toHaveOneWinner', { lossIs: ['ok'] }, 'must be the statuses or categories that tell a loser so'],
    ['toHaveOneWinner', '409', 'got "409"'],
    ['toBeLinearizable', undefined, 'write toBeLinearizable({ model: register() })'],
    ['toKeep', undefined, 'toKeep needs invariant('],
    ['toRecoverWithin', undefined, 'toRecoverWithin must be'],
    ['toMeet', 'prod', "target must be one of development, staging, production, enterprise; got 'prod'"],
    ['toMeet', { rps: { above: 1 } }, "'rps' is no metric of a target; these are: RPS,"],
    ['toMeet', { 'answered of offered': { atLeast: 99 } }, "'answered of offered' is no metric of a target"],
    ['toMeet', { RPS: { below: 1 } }, "'RPS' takes one of above, atLeast"],
    ['toMeet', { RPS: 100 }, "'RPS' takes one of above, atLeast"],
    ['toMeet', { lost: { atMost: 2 } }, "'lost' needs 0; got 2"],
    ['toMeet', { p99: { below: Number.NaN } }, "'p99' needs a number from 0"],
    ['toMeet', 5, 'toMeet needs the name of a target or bounds by metric; got 5'],
  ])('%s(%j) is refused, naming the rule', (name, bound, part) => {
    expect(() => call(name, false, recording, bound)).toThrow(part);
    expect(judgementsOf(recording)).toEqual([]);
  });
});

describe('toMeet', () => {
  test('tells every bound, the failed ones first', () => {
    const recording = steady({ rate: 1_000, seconds: 8 }, (n, dueAt) => (n % 50 === 0 ? { endedAt: dueAt + 900 } : {}));
    const { pass, message } = call('toMeet', false, recording, 'production');
    expect(pass).toBe(false);
    expect(message()).toContain(
      'The target production must be met, but p99 over the whole run is 900 ms (bound: < 500 ms): 1 failed, 0 unknown, 4 passed.',
    );
    expect(message()).toMatch(/fail: p99 over the whole run must be < 500 ms, seen: 900 ms\..*pass: RPS/s);
  });

  test('names in its first line what is unknown, where nothing failed', () => {
    const { message } = call('toMeet', false, steady({ rate: 1_000, seconds: 1 }), 'production');
    expect(message()).toMatch(
      /^The target production must be met, which is unknown for error rate, availability: 0 failed, 2 unknown, 3 passed\.\n/,
    );
  });

  test('is unknown when the target says nothing about such a run', () => {
    const result = call('toMeet', false, outage(), 'development');
    expect(result.pass).toBe(false);
    expect(result.message()).toContain('the target says nothing about a run of this kind');
    expect(call('toMeet', true, outage(), 'development').pass).toBe(true);
  });

  test('under .not, only the bounds that broke are remembered, as kept assertions', () => {
    const recording = steady({ rate: 1_000, seconds: 8 }, (n, dueAt) => (n % 50 === 0 ? { endedAt: dueAt + 900 } : {}));
    expect(call('toMeet', true, recording, 'production').pass).toBe(false);
    expect(judgementsOf(recording)).toMatchObject([{ metric: 'p99', status: 'pass', bound: 'not < 500 ms' }]);
  });
});
