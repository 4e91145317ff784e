import fc from 'fast-check';
import { type Assertion, ofRaces, underLoad } from './assertions.ts';
import { type History, historyOf, raceShape, racesOf, shape } from './histories.ts';
import { type Rule, rules } from './rules.ts';
import type { Draw } from './worsenings.ts';

/** How changes to a history are drawn. */
const draws: fc.Arbitrary<Draw> = fc.record({
  salt: fc.nat(10_000),
  share: fc.constantFrom(0.01, 0.2, 1),
  from: fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100),
});

/**
 * Seed of the histories. Each change is held against the same ones, so that what is red is the change's doing; `SOUNDNESS_SEED=random`, as at night,
 * draws others, and a number replays them.
 */
const seed = process.env.SOUNDNESS_SEED === 'random' ? Date.now() % 2 ** 31 : Number(process.env.SOUNDNESS_SEED ?? 1);

/** A kind of runs with what can be asked of them. */
export interface Runs<S = unknown> {
  readonly shapes: fc.Arbitrary<S>;
  readonly made: (one: S) => History;
  readonly assertions: readonly Assertion[];
}

/** Runs under load, and races. */
export const runsUnderLoad: Runs = {
  shapes: shape,
  made: historyOf as (one: unknown) => History,
  assertions: underLoad,
};
export const runsOfRaces: Runs = { shapes: raceShape, made: racesOf as (one: unknown) => History, assertions: ofRaces };

/**
 * A rule against drawn assertions on drawn histories, as many as fit into the time. A counterexample is what the history was made from, which is small.
 * @param time milliseconds
 */
export function heldAgainst(
  rule: Rule,
  { shapes, made, assertions }: Runs,
  time: number,
): fc.RunDetails<[unknown, Draw, string]> {
  const names = fc.constantFrom(...assertions.map(({ name }) => name));
  return fc.check(
    fc.property(shapes, draws, names, (one, draw, name) => {
      const broken = rule(made(one), draw, assertions.find((assertion) => assertion.name === name) as Assertion);
      if (broken) throw new Error(broken);
    }),
    { seed, numRuns: 1_000_000, interruptAfterTimeLimit: time, markInterruptAsFailure: false },
  );
}

/** A rule by what it says. @throws Error for one that there is not */
export function ruleOf(name: string): Rule {
  const rule = rules[name];
  if (!rule) throw new Error(`no rule says '${name}'`);
  return rule;
}
