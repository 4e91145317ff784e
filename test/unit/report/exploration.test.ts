import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import schema from '../../../schema/run.json' with { type: 'json' };
import { summarize } from '../../../src/report/entries.ts';
import { runResult } from '../../../src/report/run-json.ts';
import { renderTable } from '../../../src/report/table.ts';
import type { Exploration } from '../../../src/verdict/exploration.ts';
import { explorationReason, judgeExploration } from '../../../src/verdict/exploration.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';
import { explorationResult } from '../../../src/verdict/rows/search-rows.ts';
import { run, testResult } from './literals.ts';

const trial = (seed: number, status: 'pass' | 'fail' | 'unknown', message = '') => ({
  ...{ seed, status, message, judgements: [], recording: undefined },
  schedule: `faults: [refuse(redis).from('${seed}s').to('9s')]`,
});

const failing = {
  ...{ seed: 5, tried: 2, found: "faults: [refuse(redis).from('5s').to('9s')]" },
  smallest: "faults: [refuse(redis).from('5s').to('6s')]",
  faults: [{ name: 'refuse(redis)', from: 5_000, to: 6_000 }],
  shrinking: { trials: 3, complete: true },
  replays: { made: 5, failed: 4, unknown: 1 },
  message: 'lost over the whole run must be 0 keys, seen: 3 keys.',
};

function exploration(trials: Exploration['trials'], failed?: typeof failing): Exploration {
  const seen = { runs: trials.length, trials, failing: failed };
  return { status: judgeExploration(seen), seed: 4, ...seen, because: explorationReason(seen) };
}

const red = () => exploration([trial(4, 'pass'), trial(5, 'fail', failing.message)], failing);

describe('an exploration in the report', () => {
  it('is a line that says how many held, with what failed as its reason', () => {
    const found = red();
    expect(summarize([{ exploration: found, toJudge: true }])).toMatchObject({
      rows: [
        { metric: 'random schedules', shown: '1 of 2 schedules failed (seed 5)', verdict: 'measured', samples: 2 },
      ],
    });
    matchers.toHoldThroughout.call({}, found);
    const { rows, events } = summarize([{ exploration: found, toJudge: true }]);
    expect(rows).toMatchObject([{ target: 'all hold', verdict: 'fail', window: 'the search' }]);
    expect(rows[0]?.because).toBe(
      [
        'The schedule of seed 5 failed, the 2nd that was tried. The smallest that still fails was found in 3 trials (nothing more can be left out of it), and 4 of 5 replays of it failed, and 1 could not be judged.',
        failing.smallest,
        failing.message,
      ].join('\n'),
    );
    expect(events).toEqual([]);
  });

  it('is a line of the table, with the smallest schedule as it stands', () => {
    const found = red();
    const { rows } = summarize([{ exploration: found, toJudge: true }]);
    const explorations = [explorationResult(found, () => undefined)];
    const text = renderTable(run({ tests: [testResult({ rows, explorations })] }), { color: false, width: 120 });
    expect(text).toMatch(/random schedules +1 of 2 schedules failed \(seed 5\) +2/);
    expect(text.slice(text.indexOf('What happened'))).toContain(`\n      ${failing.smallest}\n`);
  });

  it.each([
    ['one that failed', red()],
    ['one that held', exploration([trial(4, 'pass'), trial(5, 'unknown', 'No final state was read.')])],
  ])('is in run.json: %s', (_, found) => {
    const explorations = [explorationResult(found, ({ seed }) => (seed === 4 ? 'recording-1.bin' : undefined))];
    const valid = new Ajv2020().compile(schema);
    const { version: __, status: ___, tests: ____, ...facts } = run({ tests: [] });
    const written: unknown = JSON.parse(JSON.stringify(runResult([testResult({ explorations })], facts)));
    expect(valid(written), JSON.stringify(valid.errors)).toBe(true);
    expect(written).toMatchObject({ tests: [{ explorations }] });
    expect(explorations[0]?.trials.map(({ recording }) => recording)).toEqual(['recording-1.bin', null]);
  });

  it('counts in plain words', () => {
    const held = (statuses: readonly ('pass' | 'unknown')[]) =>
      exploration(statuses.map((status, n) => trial(n + 10, status, status === 'pass' ? '' : 'Too few samples.')));
    expect(held(['pass']).because).toBe('All of 1 schedule held.');
    expect(held(['unknown', 'pass', 'pass']).because).toBe(
      '2 of 3 schedules held, and 1 could not be judged; 3 of 3 must be. Of the first of them, seed 10: Too few samples.',
    );
    expect(held(['unknown', 'unknown']).because).toMatch(/^None of 2 schedules could be judged\. Of the first of them/);
    const ordinals = [1, 2, 3, 4, 11, 12, 21, 102].map(
      (tried) => /the (\w+) that was tried/.exec(exploration([], { ...failing, tried }).because)?.[1],
    );
    expect(ordinals).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '102nd']);
  });
});
