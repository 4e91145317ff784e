import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Recording } from '../../../src/recording/recording.ts';
import type { Judgement, Status } from '../../../src/verdict/judgement.ts';
import { judgementsOf, type MatcherResult, matchers } from '../../../src/verdict/matchers/matchers.ts';
import { meet } from '../../../src/verdict/metrics/meet.ts';
import type { TargetBound, TargetBounds } from '../../../src/verdict/metrics/targets.ts';
import { neededStrictly } from '../../../src/verdict/samples.ts';
import { errorRateBelow, latencyBelow, successAbove, winRateAbove } from '../asked.ts';
import { outage, raced, steady } from './literals.ts';

afterEach(() => vi.unstubAllEnvs());

/** 1,000 operations of which so many fail. */
const failing = (count: number) => steady({ rate: 1_000, seconds: 1 }, (n) => (n < count ? { category: '503' } : {}));
/** 1,000 operations of which so many take 800 ms, the others 10 ms. */
const slow = (count: number) =>
  steady({ rate: 1_000, seconds: 1 }, (n, dueAt) => (n < count ? { endedAt: dueAt + 800 } : {}));
/** 1,000 races of which so many nobody wins. */
const lost = (count: number) =>
  raced(1_000, (race, contender) => (race < count && contender === 0 ? { category: '503' } : {}), {
    finalState: {
      after: Array.from({ length: 1_000 - count }, (_, n) => ({ key: `R${n + count}`, value: 'V0' })),
    },
  });

/** What a share or a percentile comes to with 1,000 samples of which so many are bad, when 1 % (5 % for p95) may be. */
type Judged = (bad: number, strict: boolean) => Judgement;

const judged: readonly [string, Judged, Record<'pass' | 'passes' | 'fails' | 'fail', number>][] = [
  // Clopper-Pearson of 1,000: 3 are 0.06-0.87 %, 7 are 0.28-1.44 %, 14 are 0.77-2.34 %, 25 are 1.62-3.67 %.
  [
    'error rate',
    (bad, strict) => errorRateBelow(failing(bad), 0.01, strict),
    { pass: 3, passes: 7, fails: 14, fail: 25 },
  ],
  [
    'availability',
    (bad, strict) => successAbove(failing(bad), 0.99, 'availability', strict),
    { pass: 3, passes: 7, fails: 14, fail: 25 },
  ],
  [
    'win rate',
    (bad, strict) => winRateAbove(lost(bad), 0.99, '>', strict),
    { pass: 3, passes: 7, fails: 14, fail: 25 },
  ],
  // The ranks 983 and 997 enclose the p99 of 1,000, so 3 slow ones lie above the upper and 18 reach the lower.
  ['p99', (bad, strict) => latencyBelow(slow(bad), 0.99, 500, strict), { pass: 3, passes: 4, fails: 17, fail: 18 }],
  // For the p95 it is 936 and 964.
  ['p95', (bad, strict) => latencyBelow(slow(bad), 0.95, 500, strict), { pass: 36, passes: 37, fails: 64, fail: 65 }],
];

describe.each(judged)('%s', (_, judge, counts) => {
  test.each<[keyof typeof counts, Status, Status]>([
    ['pass', 'pass', 'pass'],
    ['passes', 'pass', 'unknown'],
    ['fails', 'fail', 'unknown'],
    ['fail', 'fail', 'fail'],
  ])('with the interval at "%s" is %s, and strictly %s', (where, byValue, strictly) => {
    const bad = counts[where];
    expect(judge(bad, false).status).toBe(byValue);
    const judgement = judge(bad, true);
    expect(judgement.status).toBe(strictly);
    expect(judgement.bound).toMatch(/, strict$/);
    expect(judgement.because.includes('the bound lies within the 95 % interval')).toBe(strictly === 'unknown');
    expect(judgement.because).toContain('95 % interval: ');
    expect(judgement.interval).toEqual(judge(bad, false).interval);
  });
});

describe('the interval of a judgement', () => {
  test('is in the unit of its value', () => {
    expect(errorRateBelow(failing(30), 0.01).interval).toEqual([2.03304856831, 4.255140247]);
    expect(successAbove(failing(30), 0.01, 'availability').interval).toEqual([95.744859753, 97.9669514317]);
    expect(latencyBelow(slow(3), 0.99, 500).interval).toEqual([10, 10]);
    expect(latencyBelow(slow(4), 0.99, 500).interval).toEqual([10, 800]);
    expect(winRateAbove(raced(20), 0.5).interval).toEqual([expect.closeTo(83.157, 3), 100]);
  });

  test('spans the best and the worst case', () => {
    const unsent = steady({ rate: 1_000, seconds: 1 }, (n) => (n < 30 ? { category: 'unsent' } : {}));
    expect(errorRateBelow(unsent, 0.01).interval).toEqual([0, 4.255140247]);
    expect(latencyBelow(unsent, 0.99, 500).interval).toEqual([10, Number.POSITIVE_INFINITY]);
  });

  test('is absent without samples', () => {
    const nothing = steady({ rate: 0, seconds: 1 });
    for (const judgement of [
      errorRateBelow(nothing, 0.01),
      latencyBelow(nothing, 0.99, 500),
      winRateAbove(raced(0), 0.5),
    ]) {
      expect(judgement).not.toHaveProperty('interval');
    }
  });

  test('is told, with its open end', () => {
    expect(errorRateBelow(failing(30), 0.01).because).toContain('95 % interval: 2.03 % to 4.26 %.');
    const few = steady({ rate: 300, seconds: 1 }, (n, dueAt) => (n < 20 ? { endedAt: dueAt + 800 } : {}));
    expect(latencyBelow(few, 0.99, 500).because).toContain('95 % interval: 800 ms or more.');
    const hung = steady({ rate: 300, seconds: 1 }, () => ({ category: 'saturated' }));
    expect(latencyBelow(hung, 0.99, 500).because).not.toContain('interval');
  });
});

describe('strictly', () => {
  test.each([
    [0.01, 368],
    [0.001, 3_688],
    [0.05, 72],
    [1, 1],
  ])('a bound of %d needs %d samples without a bad one', (bound, needed) => {
    expect(neededStrictly(bound)).toBe(needed);
  });

  test.each<[string, (samples: number) => Judgement]>([
    ['error rate', (samples) => errorRateBelow(steady({ rate: samples, seconds: 1 }), 0.01, true)],
    ['p99', (samples) => latencyBelow(steady({ rate: samples, seconds: 1 }), 0.99, 500, true)],
    ['win rate', (samples) => winRateAbove(raced(samples), 0.99, '>', true)],
  ])('%s with fewer is unknown and says how many it needs', (_, judge) => {
    expect(judge(367)).toMatchObject({
      status: 'unknown',
      because: expect.stringMatching(/Too few .*367, and .* needs 368/),
    });
    expect(judge(368)).toMatchObject({ status: 'pass', validity: { samples: 368, needed: 368 } });
  });

  test('a win rate of 100 % stays a count, which no number of races could prove', () => {
    expect(winRateAbove(raced(20), 1, '>=', true)).toMatchObject({ status: 'pass', bound: '>= 100 %' });
    expect(winRateAbove(lost(1), 1, '>=', true).status).toBe('fail');
  });

  test('two winners of one race fail all the same', () => {
    const twice = raced(20, (race, contender) =>
      race === 7 && contender === 2 ? { category: 'ok', outcome: 'ok' } : {},
    );
    expect(winRateAbove(twice, 0.9, '>', true).status).toBe('fail');
  });

  test.each<[keyof TargetBounds, TargetBound, () => Recording]>([
    ['p95', { below: 500 }, () => slow(37)],
    ['p99', { below: 500 }, () => slow(4)],
    ['error rate', { below: 1 }, () => failing(7)],
    ['availability', { above: 99 }, () => failing(7)],
    ['win rate', { above: 99 }, () => lost(7)],
    // 7 of the 1,000 operations during the outage, 14 of the 2,000 after it.
    [
      'Redis outage error rate',
      { below: 1 },
      () => outage((n) => (n >= 1_000 && n < 1_007 ? { category: '503' } : {})),
    ],
    [
      'success after a database outage',
      { above: 99 },
      () => outage((n) => (n >= 2_000 && n < 2_014 ? { category: '503' } : {}), {}, 'postgres'),
    ],
  ])('the bound of a target is judged so: %s', (metric, bound, recording) => {
    const statusOf = (strict: boolean) =>
      meet(recording(), { [metric]: bound }, strict).find((judgement) => judgement.metric === metric)?.status;
    expect([statusOf(false), statusOf(true)]).toEqual(['pass', 'unknown']);
  });
});

describe('how a matcher comes to be strict', () => {
  type Name = 'toHaveErrorRateBelow' | 'toHaveP95Below' | 'toHaveP99Below' | 'toHaveWinRateAbove';
  // Each passes by its value, and its interval lies on both sides of the bound.
  const undecided: readonly [Name, unknown, () => Recording][] = [
    ['toHaveErrorRateBelow', '1%', () => failing(7)],
    ['toHaveP95Below', '500ms', () => slow(37)],
    ['toHaveP99Below', '500ms', () => slow(4)],
    ['toHaveWinRateAbove', '99%', () => lost(7)],
  ];
  const call = (name: Name, ...args: unknown[]) =>
    (matchers[name] as (this: object, ...args: unknown[]) => MatcherResult).call({}, ...args);

  test.each(undecided)('%s: by its option, else by BREAKING_POINT_STRICT', (name, bound, recording) => {
    expect(call(name, recording(), bound).pass).toBe(true);
    expect(call(name, recording(), bound, { strict: true }).pass).toBe(false);
    vi.stubEnv('BREAKING_POINT_STRICT', '0');
    expect(call(name, recording(), bound, {}).pass).toBe(true);
    vi.stubEnv('BREAKING_POINT_STRICT', '1');
    expect(call(name, recording(), bound).pass).toBe(false);
    expect(call(name, recording(), bound, {}).pass).toBe(false);
    expect(call(name, recording(), bound, { strict: false }).pass).toBe(true);
  });

  test('toMeet: by BREAKING_POINT_STRICT', () => {
    const meets = () => matchers.toMeet.call({}, failing(7), { 'error rate': { below: 1 } }).pass;
    expect(meets()).toBe(true);
    vi.stubEnv('BREAKING_POINT_STRICT', '1');
    expect(meets()).toBe(false);
  });

  test('a message says so', () => {
    expect(call('toHaveErrorRateBelow', failing(7), '1%', { strict: true }).message()).toMatch(
      /^Unknown whether error rate over the whole run is < 1 %, strict \(seen: 0\.7 %\), so this does not pass\.\n\nJudged strictly/,
    );
  });

  test.each([
    ['true', 'yes', '"yes"'],
    ['a value', 'true', '"true"'],
  ])('BREAKING_POINT_STRICT with %s that is neither 1 nor 0 is refused', (_, value, shown) => {
    vi.stubEnv('BREAKING_POINT_STRICT', value);
    const recording = failing(0);
    expect(() => call('toHaveErrorRateBelow', recording, '1%')).toThrow(
      `BREAKING_POINT_STRICT must be 1, or 0 or empty for not; got ${shown}`,
    );
    expect(judgementsOf(recording)).toEqual([]);
  });

  test.each([
    [true, 'got true'],
    [null, 'got null'],
    [{ strict: 'yes' }, 'got strict: "yes"'],
    [{ Strict: true }, 'got Strict: true'],
  ])('options of %j are refused by each', (options, got) => {
    for (const [name, bound, recording] of undecided) {
      expect(() => call(name, recording(), bound, options)).toThrow(
        `${name} takes { strict: true } or { strict: false } as its options; ${got}`,
      );
    }
  });
});
