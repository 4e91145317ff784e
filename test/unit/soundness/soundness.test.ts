import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadRecording, saveRecording } from '../../../src/recording/file/file.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { statusOf, underLoad } from './assertions.ts';
import { historyOf, shape } from './histories.ts';
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

test('a run that was stored and read back has the same verdicts', { timeout: each + 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'soundness-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await fc.assert(
    fc.asyncProperty(shape, async (one) => {
      const recording = recordingOf(historyOf(one));
      await saveRecording(recording, join(folder, 'recording'));
      const loaded = await loadRecording(join(folder, 'recording'));
      for (const assertion of underLoad) {
        const statuses = (which: Recording) => assertion.bounds.map((bound) => statusOf(assertion, which, bound));
        expect(statuses(loaded), assertion.name).toEqual(statuses(recording));
      }
    }),
    { numRuns: 1_000_000, interruptAfterTimeLimit: each, markInterruptAsFailure: false },
  );
});

describe('the rules have teeth: a way of judging that let a broken service pass is rejected', () => {
  test.for(wrongUnderLoad.map((one) => [one.name, one] as const))('%s', { timeout: 60_000 }, ([, wrong]) => {
    expect(heldAgainst(ruleOf(wrong.rejectedBy), { ...runsUnderLoad, assertions: [wrong] }, 10_000).failed).toBe(true);
  });

  test.for(wrongOfRaces.map((one) => [one.name, one] as const))('%s', { timeout: 60_000 }, ([, wrong]) => {
    expect(heldAgainst(ruleOf(wrong.rejectedBy), { ...runsOfRaces, assertions: [wrong] }, 10_000).failed).toBe(true);
  });
});
