import { expect, test } from 'vitest';
import type { BreakingPoint } from '../../src/verdict/breaking-point.ts';
import { toHoldAtLeast } from '../../src/verdict/hold-at-least.ts';
import { judgementsOf } from '../../src/verdict/remembered.ts';
import { steady } from './verdict-literals.ts';

const found: BreakingPoint = {
  of: 'offered rate',
  unit: 'number',
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
};

const onPoint = (point: Partial<BreakingPoint>, bound: Parameters<typeof toHoldAtLeast>[1], isNot = false) =>
  toHoldAtLeast.call({ isNot }, { ...found, ...point }, bound);

const cases: [string, Partial<BreakingPoint>, number, 'pass' | 'fail' | 'unknown', RegExp][] = [
  ['at what it held', {}, 400, 'pass', /must not hold at 400 or more, seen: held at 400, broke at 436/],
  ['below', {}, 10, 'pass', /must not hold at 10/],
  ['where it broke', {}, 436, 'fail', /offered rate must hold at 436 or more, seen: held at 400, broke at 436/],
  ['above', {}, 5_000, 'fail', /must hold at 5,000/],
  ['between the two', {}, 420, 'unknown', /420 lies between .* assert on 400, or search with a smaller width/],
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
  ['below it', { status: 'broke-at-start', heldAt: undefined, brokeAt: 50 }, 20, 'unknown', /broke at 50, the lowest/],
  ['an inconclusive search', { status: 'inconclusive', because: 'It stayed undecided.' }, 10, 'unknown', /undecided/],
  [
    'a held value above a broken trial',
    { contradictions: [{ brokeAt: 200, heldAt: 400 }] },
    300,
    'unknown',
    /A trial at 200 broke, although one at 400 held: something else than offered rate decides/,
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
  const survived = { unit: 'duration', of: 'outage length', heldAt: 10_000, brokeAt: 10_600 } as const;
  expect(onPoint(survived, '10s').pass).toBe(true);
  const longer = onPoint(survived, '30s');
  expect(longer.pass).toBe(false);
  expect(longer.message()).toMatch(/outage length must hold at 30.0 s or more, seen: held at 10.0 s, broke at 10.6 s/);
});

test('the report is told, at the recording of the value that held', () => {
  const recording = steady({ rate: 400, seconds: 1 });
  const trial = { value: 400, decision: 'held', sustained: true, judgements: [], recording } as const;
  onPoint({ trials: [trial] }, 500);
  expect(judgementsOf(recording)).toMatchObject([
    { status: 'fail', metric: 'offered rate held', bound: '>= 500', shown: 'held at 400, broke at 436' },
  ]);
});

test.each<[string, unknown, Parameters<typeof toHoldAtLeast>[1], RegExp]>([
  ['a promise', Promise.resolve(found), 400, /await findBreakingPoint.*; got a Promise: await it first/],
  ['a recording', 5, 400, /got a value of type number/],
  ['a time for a number', found, '30s', /needs a number, for offered rate was searched over numbers; got "30s"/],
  ['no number', found, Number.NaN, /needs a number/],
])('%s is refused', (_, received, bound, message) => {
  expect(() => toHoldAtLeast.call({}, received, bound)).toThrow(message);
});
