import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { heldAgainst, type Runs, ruleOf, runsOfRaces, runsUnderLoad } from './hold.ts';
import { rules } from './rules.ts';
import { wrongOfRaces, wrongUnderLoad } from './wrong-assertions.ts';

/** How long all of it may take together: `SOUNDNESS_SECONDS=1800` at night. */
const time = Number(process.env.SOUNDNESS_SECONDS ?? 20) * 1_000;
const each = time / (2 * Object.keys(rules).length);

describe.each([
  ['of a run under load', runsUnderLoad],
  ['of races', runsOfRaces],
] as const)('the verdict %s is sound', (_, runs: Runs) => {
  test.for(Object.keys(rules))('%s', { timeout: each + 60_000 }, (name) => {
    const seen = heldAgainst(ruleOf(name), runs, each);
    if (seen.failed) throw new Error(fc.defaultReportMessage(seen), { cause: seen.errorInstance });
    expect(seen.numRuns).toBeGreaterThan(0);
  });
});

describe('the rules have teeth: a way of judging that let a broken service pass is rejected', () => {
  test.for(wrongUnderLoad.map((one) => [one.name, one] as const))('%s', { timeout: 60_000 }, ([, wrong]) => {
    expect(heldAgainst(ruleOf(wrong.rejectedBy), { ...runsUnderLoad, assertions: [wrong] }, 10_000).failed).toBe(true);
  });

  test.for(wrongOfRaces.map((one) => [one.name, one] as const))('%s', { timeout: 60_000 }, ([, wrong]) => {
    expect(heldAgainst(ruleOf(wrong.rejectedBy), { ...runsOfRaces, assertions: [wrong] }, 10_000).failed).toBe(true);
  });
});
