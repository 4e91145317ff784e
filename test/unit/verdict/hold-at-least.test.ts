import { expect, test } from 'vitest';
import type { BreakingPoint } from '../../../src/verdict/breaking-point.ts';
import { toHoldAtLeast } from '../../../src/verdict/matchers/hold-at-least.ts';
import { judgementsOf } from '../../../src/verdict/matchers/remembered.ts';
import { errorRateBelow } from '../asked.ts';
import { steady } from './literals.ts';

const found: BreakingPoint = {
  of: 'offered rate',
  unit: 'number',
  suffix: '/s',
  from: 50,
  to: 5_000,
  status: 'found',
  heldAt: 400,
  brokeAt: 436,
  brokeFirst: [],
  trials: [],
  contradictions: [],
  because: 'It held at offered rate 400 and broke at 436.',
  picture: 'the picture',
  notes: [],
};

const overTimes = {
  ...found,
  unit: 'duration',
  suffix: '',
  of: 'outage length',
  heldAt: 10_000,
  brokeAt: 10_600,
} as const;

const onPoint = (point: Partial<BreakingPoint>, bound: Parameters<typeof toHoldAtLeast>[1], isNot = false) =>
  toHoldAtLeast.call({ isNot }, { ...found, ...point }, bound);

test('the first line says what broke first, with its bound', () => {
  const failing = steady({ rate: 100, seconds: 10 }, () => ({ category: '503' }));
  const { message } = onPoint({ brokeFirst: [errorRateBelow(failing, 0.01)] }, 500);
  expect(message().split('\n', 1)[0]).toBe(
    'The offered rate must hold at 500/s or more, seen: held at 400/s, broke at 436/s, where error rate was 100 % (bound: < 1 %).',
  );
});

const cases: [string, Partial<BreakingPoint>, number, 'pass' | 'fail' | 'unknown', RegExp][] = [
  ['at what it held', {}, 400, 'pass', /must not hold at 400\/s or more, seen: held at 400\/s, broke at 436\/s/],
  ['below', {}, 10, 'pass', /must not hold at 10\/s/],
  [
    'where it broke',
    {},
    436,
    'fail',
    /offered rate must hold at 436\/s or more, seen: held at 400\/s, broke at 436\/s/,
  ],
  ['above', {}, 5_000, 'fail', /must hold at 5,000\/s/],
  ['between the two', {}, 420, 'unknown', /420\/s lies between .* assert on 400\/s, or search with a smaller width/],
  [
    'what was not reached',
    { status: 'not-reached', brokeAt: undefined, heldAt: 5_000 },
    5_000,
    'pass',
    /held at 5,000/,
  ],
  [
    'above what was tried',
    { status: 'not-reached', brokeAt: undefined, heldAt: 5_000 },
    6_000,
    'unknown',
    /went no higher than 5,000/,
  ],
  ['a break at the start', { status: 'broke-at-start', heldAt: undefined, brokeAt: 50 }, 50, 'fail', /held nowhere/],
  [
    'below it',
    { status: 'broke-at-start', heldAt: undefined, brokeAt: 50 },
    20,
    'unknown',
    /broke at 50\/s, the lowest/,
  ],
  ['an inconclusive search', { status: 'inconclusive', because: 'It stayed undecided.' }, 10, 'unknown', /undecided/],
  [
    'a held value above a broken trial',
    { contradictions: [{ brokeAt: 200, heldAt: 400 }] },
    300,
    'unknown',
    /A trial at 200\/s broke, although one at 400\/s held: something else than offered rate decides/,
  ],
  ['a contradiction above', { contradictions: [{ brokeAt: 390, heldAt: 400 }] }, 300, 'pass', /must not hold/],
];

test.each(cases)('%s', (_, point, bound, status, message) => {
  expect(onPoint(point, bound).pass).toBe(status === 'pass');
  // Unknown fails under .not too.
  expect(onPoint(point, bound, true).pass).toBe(status !== 'fail');
  const { message: text } = onPoint(point, bound, status === 'pass');
  expect(text()).toMatch(message);
  expect(text()).toContain('the picture');
});

test('a search over times takes a time', () => {
  expect(onPoint(overTimes, '10s').pass).toBe(true);
  expect(onPoint(overTimes, 10_000).pass).toBe(true);
  expect(onPoint(overTimes, '0.1m').pass).toBe(true);
  const longer = onPoint(overTimes, '30s');
  expect(longer.pass).toBe(false);
  expect(longer.message()).toMatch(/outage length must hold at 30 s or more, seen: held at 10 s, broke at 10.6 s/);
});

test('the report is told, with what the measurement at the value that held was worth', () => {
  const recording = steady({ rate: 400, seconds: 1 });
  const trial = { value: 400, decision: 'held', sustained: true, judgements: [], recording } as const;
  const point = { ...found, trials: [trial] };
  toHoldAtLeast.call({}, point, 500);
  const bracket = 'held at 400/s, broke at 436/s';
  expect(judgementsOf(point)).toMatchObject([
    { status: 'fail', metric: 'offered rate', bound: '>= 500/s', shown: bracket, validity: { achieved: 1 } },
  ]);
  toHoldAtLeast.call({ isNot: true }, point, 500);
  expect(judgementsOf(point)[1]).toMatchObject({ status: 'pass', bound: 'not >= 500/s' });
});

test('the message ends with the notes of the search and with what replays it', () => {
  const recording = steady({ rate: 400, seconds: 1 });
  const trial = { value: 400, decision: 'held', sustained: true, judgements: [], recording } as const;
  const { message } = toHoldAtLeast.call({}, { ...found, trials: [trial], notes: ['a note'] }, 500);
  expect(message()).toMatch(/the picture\n\na note\n\nBREAKING_POINT_SEED=42 replays it/);
});

test('a search without recordings is told of too', () => {
  const point = { ...found };
  toHoldAtLeast.call({}, point, 400);
  expect(judgementsOf(point)).toMatchObject([{ status: 'pass', validity: { lag: null, achieved: null } }]);
});

test.each<[string, unknown, Parameters<typeof toHoldAtLeast>[1], RegExp]>([
  ['a promise', Promise.resolve(found), 400, /await findBreakingPoint.*; got a Promise: await it first/],
  ['a recording', 5, 400, /got a value of type number/],
  [
    'a time for a number',
    found,
    '30s',
    /needs a number above 0, for offered rate was searched over numbers; got "30s"/,
  ],
  ['no number', found, Number.NaN, /needs a number above 0.*; got NaN/],
  ['nothing', found, 0, /needs a number above 0.*; got 0/],
  ['less than nothing', found, -5, /; got -5/],
  ['a time of nothing', overTimes, '0s', /needs a time above 0, such as '30s'; got "0s"/],
  [
    'a time without a unit',
    overTimes,
    '30' as '30s',
    /toHoldAtLeast must be milliseconds or a number with a unit.*; got "30"/,
  ],
  ['a time that is no text', overTimes, Number.POSITIVE_INFINITY, /toHoldAtLeast must be milliseconds/],
])('%s is refused', (_, received, bound, message) => {
  expect(() => toHoldAtLeast.call({}, received, bound)).toThrow(message);
});
