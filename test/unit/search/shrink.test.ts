import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shrink } from '../../../src/search/shrink.ts';

interface Timed {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const on = (name: string, from: number, to: number): Timed => ({ name, from, to });

/** Shrinks against a rule, and notes every schedule that was tried. */
async function shrinkNoting(
  faults: readonly Timed[],
  rule: (faults: readonly Timed[]) => boolean,
  { mostTrials = 1_000, lasts = 10_000 } = {},
) {
  const tried: (readonly Timed[])[] = [];
  const result = await shrink(faults, {
    mostTrials,
    shortest: () => 1_000,
    isOver: () => tried.length >= lasts,
    fails: async (candidate) => {
      tried.push(candidate);
      return rule(candidate);
    },
  });
  return { ...result, tried };
}

const covers = (name: string, instant: number) => (faults: readonly Timed[]) =>
  faults.some((fault) => fault.name === name && fault.from <= instant && instant <= fault.to);

describe('a schedule that fails is made smaller', () => {
  it('to the one fault that matters, at its shortest, around the instant that matters', async () => {
    const { faults, complete } = await shrinkNoting(
      [on('redis', 2_000, 7_000), on('postgres', 3_000, 6_000), on('app', 4_000, 4_000)],
      covers('redis', 5_050),
    );
    expect(complete).toBe(true);
    expect(faults).toEqual([on('redis', 4_200, 5_200)]);
  });

  it('to two faults that fail only together, and as long as they must overlap', async () => {
    const both = (faults: readonly Timed[]) => {
      const [redis, postgres] = ['redis', 'postgres'].map((name) => faults.find((fault) => fault.name === name));
      return redis !== undefined && postgres !== undefined && redis.to >= postgres.from && postgres.to >= redis.from;
    };
    const { faults } = await shrinkNoting(
      [on('redis', 1_000, 4_000), on('app', 2_000, 3_000), on('postgres', 3_500, 9_000), on('disk', 5_000, 8_000)],
      both,
    );
    expect(faults.map(({ name }) => name)).toEqual(['redis', 'postgres']);
    expect(both(faults)).toBe(true);
    expect(faults[1]).toEqual(on('postgres', 3_500, 4_500));
    expect(faults[0]).toEqual(on('redis', 2_500, 3_500));
  });

  it('to nothing at all, when it fails without any fault: then no fault is to blame', async () => {
    const { faults, trials } = await shrinkNoting([on('redis', 2_000, 7_000), on('app', 3_000, 3_000)], () => true);
    expect(faults).toEqual([]);
    expect(trials).toBe(1);
  });

  it('and a fault of a moment is kept as it is', async () => {
    const { faults } = await shrinkNoting([on('app', 3_000, 3_000), on('redis', 2_000, 7_000)], covers('app', 3_000));
    expect(faults).toEqual([on('app', 3_000, 3_000)]);
  });

  it('and no trial is made once they are used up, nor is what is left then called the smallest', async () => {
    const rule = covers('redis', 5_050);
    const all = [on('redis', 2_000, 7_000), on('postgres', 3_000, 6_000)];
    const none = await shrinkNoting(all, rule, { mostTrials: 0 });
    expect(none).toMatchObject({ faults: all, trials: 0, complete: false });
    const few = await shrinkNoting(all, rule, { mostTrials: 3 });
    expect(few).toMatchObject({ trials: 3, complete: false });
    expect(rule(few.faults)).toBe(true);
    const late = await shrinkNoting(all, rule, { lasts: 2 });
    expect(late).toMatchObject({ trials: 2, complete: false });
  });
});

/** Up to eight faults of different names. */
const schedules = fc
  .array(fc.record({ from: fc.integer({ min: 0, max: 200 }), length: fc.integer({ min: 0, max: 60 }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((drawn) =>
    drawn.map(({ from, length }, n) => on(`f${n}`, from * 100, (from + (length < 10 ? 0 : length)) * 100)),
  );

describe('whatever makes it fail', () => {
  it('what is left still fails, none of its faults can be left out, and no schedule was tried twice', async () => {
    const salted = fc.tuple(schedules, fc.integer());
    await fc.assert(
      fc.asyncProperty(salted, async ([faults, salt]) => {
        // No rule at all: whether a schedule fails is drawn, once for each.
        const drawn = (candidate: readonly Timed[]) =>
          JSON.stringify(candidate) === JSON.stringify(faults) || hash(`${salt}${JSON.stringify(candidate)}`) % 3 === 0;
        const result = await shrinkNoting(faults, drawn);
        expect(result.complete).toBe(true);
        expect(drawn(result.faults)).toBe(true);
        for (const fault of result.faults) {
          const rest = result.faults.filter((other) => other !== fault);
          expect(drawn(rest)).toBe(false);
        }
        expect(new Set(result.tried.map((one) => JSON.stringify(one))).size).toBe(result.tried.length);
        expect(result.trials).toBe(result.tried.length);
      }),
      { numRuns: 300 },
    );
  });

  it('what is needed is found, at its shortest, where failing goes by which faults cover which instants', async () => {
    const needs = schedules.chain((faults) =>
      fc.record({
        faults: fc.constant(faults),
        needed: fc.subarray(faults, { minLength: 1 }),
        where: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(needs, async ({ faults, needed, where }) => {
        const rules = needed.map(({ name, from, to }) => covers(name, from + where * (to - from)));
        const result = await shrinkNoting(faults, (candidate) => rules.every((rule) => rule(candidate)));
        expect(result.faults.map(({ name }) => name)).toEqual(needed.map(({ name }) => name));
        for (const { from, to } of result.faults) expect(to - from).toBeLessThanOrEqual(1_000);
        // Halving: about eight trials for each side of each fault that is left, and ddmin over at most eight.
        expect(result.trials).toBeLessThan(70 + 20 * needed.length);
      }),
      { numRuns: 300 },
    );
  });

  it('no more trials are made than were allowed', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, fc.integer({ min: 0, max: 12 }), async (faults, mostTrials) => {
        const rule = (candidate: readonly Timed[]) => candidate.some(({ name }) => name === faults.at(-1)?.name);
        const result = await shrinkNoting(faults, rule, { mostTrials });
        expect(result.tried.length).toBeLessThanOrEqual(mostTrials);
        expect(rule(result.faults)).toBe(true);
      }),
    );
  });
});

function hash(text: string): number {
  let sum = 7;
  for (const character of text) sum = (Math.imul(sum, 31) + character.charCodeAt(0)) >>> 0;
  return sum >>> 8;
}
