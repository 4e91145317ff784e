import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  contradictionsIn,
  type Decision,
  type SearchRange,
  search,
  type TrialContext,
} from '../../../src/search/bisection.ts';

const range: SearchRange = { from: 50, to: 5_000, width: 0.1, attempts: 3, mostTrials: 40, whole: false };
const breaksAt = (threshold: number) => async (value: number) => (value < threshold ? 'held' : 'broke') as Decision;

/** A system that does what the list says, trial by trial. */
function scripted(...decisions: Decision[]) {
  const seen: (TrialContext & { value: number })[] = [];
  const decide = async (value: number, context: TrialContext) => {
    seen.push({ value, ...context });
    return decisions[seen.length - 1] ?? 'undecided';
  };
  return { seen, decide };
}

test('it doubles, halves the gap, and confirms both ends', async () => {
  const { status, heldAt, brokeAt, probes } = await search(range, breaksAt(410));
  expect([status, heldAt, brokeAt]).toEqual(['found', 400, 436]);
  expect(probes.map(({ value, decision, sustained }) => `${value} ${decision}${sustained ? ' long' : ''}`)).toEqual([
    ...['50 held', '100 held', '200 held', '400 held', '800 broke'],
    ...['566 broke', '476 broke', '436 broke'],
    ...['400 held long', '436 broke'],
  ]);
});

test('whatever the threshold of a system that has one, the bracket contains it and is narrow', async () => {
  const threshold = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  const limits = fc.tuple(threshold, threshold).filter(([from, to]) => from < to);
  await fc.assert(
    fc.asyncProperty(
      limits,
      threshold,
      fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      async ([from, to], at, width) => {
        const { status, heldAt, brokeAt, probes } = await search(
          { from, to, width, attempts: 1, mostTrials: 100, whole: false },
          breaksAt(at),
        );
        if (at <= from) expect([status, heldAt, brokeAt]).toEqual(['broke-at-start', undefined, from]);
        else if (at > to) expect([status, heldAt, brokeAt]).toEqual(['not-reached', to, undefined]);
        else {
          const [held, broke] = [heldAt as number, brokeAt as number];
          expect(status).toBe('found');
          expect(held).toBeLessThan(at);
          expect(broke).toBeGreaterThanOrEqual(at);
          expect(broke - held).toBeLessThanOrEqual(width * held);
        }
        expect(contradictionsIn(probes)).toEqual([]);
      },
    ),
  );
});

test('whatever a system says, the search ends, and says where it stands', async () => {
  const anything = fc.infiniteStream(fc.constantFrom<Decision>('held', 'broke', 'undecided'));
  await fc.assert(
    fc.asyncProperty(anything, async (decisions) => {
      const decide = async () => decisions.next().value as Decision;
      const { status, heldAt, brokeAt, probes, because } = await search(range, decide);
      expect(probes.length).toBeLessThanOrEqual(40);
      if (heldAt !== undefined && brokeAt !== undefined) expect(heldAt).toBeLessThan(brokeAt);
      expect(because === undefined).toBe(status !== 'inconclusive');
      if (status !== 'found') return;
      const last = (value: number | undefined) => probes.findLast((probe) => probe.value === value)?.decision;
      expect([last(heldAt), last(brokeAt)]).toEqual(['held', 'broke']);
    }),
  );
});

test('an undecided trial is repeated, each time for twice as long', async () => {
  const { seen, decide } = scripted('undecided', 'undecided', 'held', 'broke');
  await search({ ...range, mostTrials: 4 }, decide);
  expect(seen.map(({ value, attempt, stretch }) => [value, attempt, stretch])).toEqual([
    [50, 1, 1],
    [50, 2, 2],
    [50, 3, 4],
    [100, 1, 1],
  ]);
});

test('a value that stays undecided makes the search inconclusive, with what is known', async () => {
  const { decide } = scripted('held', 'held');
  const result = await search(range, decide);
  expect(result).toMatchObject({ status: 'inconclusive', heldAt: 100, brokeAt: undefined });
  expect(result.because).toBe('3 trials in a row stayed undecided');
  expect(result.probes).toHaveLength(5);
});

test('a value that held shortly and breaks when sustained is where it broke', async () => {
  const decide = async (value: number, { sustained }: TrialContext): Promise<Decision> =>
    value < (sustained ? 300 : 410) ? 'held' : 'broke';
  const { status, heldAt, brokeAt, probes } = await search(range, decide);
  expect([status, heldAt, brokeAt]).toEqual(['found', 283, 308]);
  // Once 400 has broken, only long trials are made.
  expect(probes.slice(8).map(({ value, sustained }) => `${value}${sustained ? ' long' : ''}`)).toEqual([
    ...['400 long', '283 long', '336 long', '308 long', '308 long'],
  ]);
  // What breaks only when it lasts is no contradiction.
  expect(contradictionsIn(probes)).toEqual([]);
});

test('a break that does not come again is not believed: the search goes on above it, and the contradiction stays', async () => {
  let hiccups = 1;
  const decide = async (value: number): Promise<Decision> => {
    if (value === 200 && hiccups-- > 0) return 'broke';
    return value < 1_000 ? 'held' : 'broke';
  };
  const { status, heldAt, brokeAt, probes } = await search(range, decide);
  expect(status).toBe('found');
  expect(heldAt as number).toBeLessThan(1_000);
  expect(brokeAt as number).toBeGreaterThanOrEqual(1_000);
  expect(contradictionsIn(probes)).toEqual([{ brokeAt: 200, heldAt }]);
});

test('a sustained break that does not come again is not believed either', async () => {
  let hiccups = 1;
  const decide = async (value: number, { sustained }: TrialContext): Promise<Decision> => {
    if (sustained && hiccups-- > 0) return 'broke';
    return value < 410 ? 'held' : 'broke';
  };
  const { status, heldAt, brokeAt, probes } = await search(range, decide);
  expect([status, heldAt, brokeAt]).toEqual(['found', 400, 436]);
  expect(
    probes.slice(8).map(({ value, decision, sustained }) => `${value} ${decision}${sustained ? ' long' : ''}`),
  ).toEqual([...['400 broke long', '283 held long', '336 held long', '367 held long', '400 held long', '436 broke']]);
  expect(contradictionsIn(probes)).toEqual([{ brokeAt: 400, heldAt: 400 }]);
});

test('a single break at the start is tried again before it is believed', async () => {
  const { seen, decide } = scripted('broke', 'broke');
  expect(await search(range, decide)).toMatchObject({ status: 'broke-at-start', brokeAt: 50, heldAt: undefined });
  expect(seen).toHaveLength(2);
});

test('a break at the start that does not come again is none', async () => {
  const { decide } = scripted('broke', 'held', 'held', 'held');
  const { probes } = await search({ ...range, mostTrials: 4 }, decide);
  expect(probes.map(({ value }) => value)).toEqual([50, 50, 100, 200]);
});

test('a system that holds everywhere is sustained at the highest value before that is said', async () => {
  const { seen, decide } = scripted(...Array.from({ length: 20 }, (): Decision => 'held'));
  const { status, heldAt } = await search({ ...range, to: 300 }, decide);
  expect([status, heldAt]).toEqual(['not-reached', 300]);
  expect(seen.map(({ value, sustained }) => [value, sustained])).toEqual([
    [50, false],
    [100, false],
    [200, false],
    [300, false],
    [300, true],
  ]);
});

test('of whole numbers, only those are tried, down to neighbours', async () => {
  const limits = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 })).filter(([a, b]) => a < b);
  await fc.assert(
    fc.asyncProperty(limits, fc.integer({ min: 1, max: 300 }), async ([from, to], at) => {
      const whole = { from, to, width: 0.001, attempts: 1, mostTrials: 100, whole: true };
      const { status, heldAt, brokeAt, probes } = await search(whole, breaksAt(at));
      expect(probes.every(({ value }) => Number.isInteger(value))).toBe(true);
      if (status === 'found') expect([heldAt, brokeAt]).toEqual([at - 1, at]);
      else expect(status).toBe(at <= from ? 'broke-at-start' : 'not-reached');
    }),
  );
});
