import assert from 'node:assert/strict';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Fault, lasting, momentary, type ScheduledFault } from '../../../src/fault/fault.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { type ExplorationContext, type ExplorationPlan, explore } from '../../../src/search/explore.ts';
import { offerGround } from '../../../src/search/ground.ts';
import type { Exploration } from '../../../src/verdict/exploration.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';
import { judgementsOf } from '../../../src/verdict/matchers/remembered.ts';
import { keysOf, steady } from '../verdict/literals.ts';

expect.extend(matchers);

function fault(name: string, service: string): Fault {
  return {
    ...{ name, kind: name, holds: ['wire'], patience: 100 },
    subject: { name: service, kind: service, connections: async () => 1 },
    look: async () => ({ seen: true, detail: '' }),
    inject: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
  };
}

const redis = lasting(fault('refuse(redis)', 'redis'));
const postgres = lasting(fault('refuse(postgres)', 'postgres'));
const app = momentary(fault('restart(app)', 'app'));

const usual = {
  catalogue: [redis, postgres, app],
  between: ['1s', '9s'],
  faults: [1, 3],
  length: ['1s', '4s'],
  runs: 20,
  seed: 100,
} as const;

/** Whether Redis is refused at an instant. */
const away = (faults: readonly ScheduledFault[], instant = 5_000) =>
  faults.some(({ name, from, to }) => name === 'refuse(redis)' && from <= instant && instant <= to);

/** A run of ten seconds whose keys are all kept, but for one if it was to be lost. */
const recorded = (lost: boolean): Recording =>
  steady({ rate: 20, seconds: 10 }, undefined, { finalState: { after: keysOf(200, lost ? ['SM17'] : []) } });

/** Explores by a rule, and notes what every trial was made for. */
async function exploring<T>(plan: Partial<ExplorationPlan<T>> & Pick<ExplorationPlan<T>, 'trial' | 'holds'>) {
  const made: (ExplorationContext & { readonly faults: readonly ScheduledFault[] })[] = [];
  const exploration = await explore<T>({
    ...usual,
    ...plan,
    trial: (faults, context) => {
      made.push({ ...context, faults });
      return plan.trial(faults, context);
    },
  });
  return { exploration, made, count: (purpose: string) => made.filter((one) => one.purpose === purpose).length };
}

const losing = {
  trial: async (faults: readonly ScheduledFault[]) => recorded(away(faults)),
  holds: (recording: Recording) => {
    expect(recording).toLoseNothing();
  },
};

describe('an exploration', () => {
  it('ends at the first schedule that fails, makes it small, and replays that five times', async () => {
    const { exploration, made, count } = await exploring(losing);
    const { failing } = exploration;
    expect(exploration.status).toBe('fail');
    expect(made[0]).toMatchObject({ purpose: 'explore', number: 1, seed: 100 });
    expect(failing).toMatchObject({ seed: 99 + exploration.trials.length, tried: exploration.trials.length });
    expect(failing?.faults).toHaveLength(1);
    expect(failing?.faults[0]).toMatchObject({ name: 'refuse(redis)' });
    const { from = 0, to = 0 } = failing?.faults[0] ?? {};
    expect([to - from, from <= 5_000 && to >= 5_000]).toEqual([1_000, true]);
    expect(failing?.smallest).toBe(`faults: [refuse(redis).from('${from / 1_000}s').to('${to / 1_000}s')]`);
    expect(failing?.shrinking).toEqual({ trials: count('shrink'), complete: true });
    expect(failing?.replays).toEqual({ made: 5, failed: 5, unknown: 0 });
    expect(made.filter(({ purpose }) => purpose === 'replay').map(({ faults }) => away(faults))).toEqual(
      Array(5).fill(true),
    );
    expect(failing?.message).toMatch(
      /^Lost keys \(acknowledged, and not in the final state\) must be 0 keys, seen: 1 key.*SM17/s,
    );
  });

  it('tries the failing schedule first when it is given that seed', async () => {
    const { exploration: first } = await exploring(losing);
    const { exploration: again } = await exploring({ ...losing, seed: first.failing?.seed as number });
    expect(again.failing).toMatchObject({ tried: 1, found: first.failing?.found, smallest: first.failing?.smallest });
  });

  it('passes when every schedule holds, and says how many were tried', async () => {
    const { exploration } = await exploring({ ...losing, trial: async () => recorded(false) });
    expect(exploration).toMatchObject({ status: 'pass', because: 'All of 20 schedules held.' });
    expect(exploration).toHoldThroughout();
    expect(judgementsOf(exploration)).toMatchObject([{ status: 'pass', shown: '20 schedules held', samples: 20 }]);
  });

  const judgedOf20 = async (judged: number) => {
    let n = 0;
    const unread = steady({ rate: 20, seconds: 10 });
    const trial = async () => (n++ < 20 - judged ? unread : recorded(false));
    return (await exploring({ ...losing, trial })).exploration;
  };

  it('passes when 95 % of the schedules could be judged, with the number of the others, and why', async () => {
    const exploration = await judgedOf20(19);
    expect(exploration.status).toBe('pass');
    expect(exploration.because).toMatch(
      /^19 of 20 schedules held, and 1 could not be judged\. Of the first of them, seed 100: Unknown whether lost/,
    );
    expect(exploration).toHoldThroughout();
    expect(judgementsOf(exploration)).toMatchObject([{ shown: '19 schedules held, 1 unknown' }]);
  });

  it.each([18, 1])(
    'is unknown when %i of 20 schedules could be judged: no schedule unjudged has held',
    async (judged) => {
      const exploration = await judgedOf20(judged);
      expect(exploration.status).toBe('unknown');
      expect(exploration.because).toContain(
        `${judged} of 20 schedules held, and ${20 - judged} could not be judged; 19 of 20 must be.`,
      );
      expect(() => expect(exploration).toHoldThroughout()).toThrow(/^Unknown whether the service holds/);
      expect(judgementsOf(exploration)).toMatchObject([{ status: 'unknown' }]);
      // Whatever it says of itself.
      expect(() => expect({ ...exploration, status: 'pass' }).toHoldThroughout()).toThrow(/^Unknown/);
      const cutShort = { ...exploration, trials: exploration.trials.slice(-1), status: 'pass' };
      expect(() => expect(cutShort).toHoldThroughout()).toThrow(/^Unknown/);
    },
  );

  it('is unknown when no schedule could be judged, under .not too', async () => {
    const { exploration } = await exploring({ ...losing, trial: async () => steady({ rate: 20, seconds: 10 }) });
    expect(exploration.status).toBe('unknown');
    expect(() => expect(exploration).toHoldThroughout()).toThrow(
      /^Unknown whether the service holds under every schedule tried.*None of 20 schedules could be judged/s,
    );
    expect(() => expect(exploration).not.toHoldThroughout()).toThrow(/^Unknown whether the service does not hold/);
  });

  it('takes what cannot be judged, or throws, for no failure while it makes a schedule smaller', async () => {
    const trial = async (faults: readonly ScheduledFault[], { purpose }: ExplorationContext) => {
      // Alone, Redis away is never judged: so the smallest has another fault beside it.
      if (purpose !== 'explore' && faults.length === 1) throw new Error('no window');
      return recorded(away(faults) && faults.length > 1);
    };
    const { exploration } = await exploring({ ...losing, trial, faults: 3 });
    expect(exploration.failing?.faults).toHaveLength(2);
    expect(exploration.failing?.replays).toEqual({ made: 5, failed: 5, unknown: 0 });
  });

  it('says what the smallest came to, not what the schedule did that was found', async () => {
    const trial = async (faults: readonly ScheduledFault[]) =>
      steady({ rate: 20, seconds: 10 }, undefined, {
        finalState: { after: keysOf(200, away(faults) ? ['SM1', 'SM2', 'SM3'].slice(0, faults.length) : []) },
      });
    const { exploration } = await exploring({ ...losing, trial, faults: 3 });
    expect(exploration.trials.at(-1)?.message).toMatch(/seen: 3 keys/);
    expect(exploration.failing?.message).toMatch(/seen: 1 key\./);
  });

  it('says so when the smallest fails only now and then', async () => {
    let replay = 0;
    const trial = async (faults: readonly ScheduledFault[], { purpose }: ExplorationContext) =>
      recorded(purpose === 'replay' ? replay++ % 2 === 0 : away(faults));
    const { exploration } = await exploring({ ...losing, trial });
    expect(exploration.failing?.replays).toEqual({ made: 5, failed: 3, unknown: 0 });
    expect(() => expect(exploration).toHoldThroughout()).toThrow(
      /; 3 of 5 replays of it failed:\n\nfaults: .*\nIt does not fail every time: what decides besides the faults is how requests/,
    );
  });

  it('does not blame the faults of a schedule that never fails again', async () => {
    const trial = async (faults: readonly ScheduledFault[], { purpose }: ExplorationContext) =>
      recorded(purpose !== 'replay' && away(faults));
    const { exploration } = await exploring({ ...losing, trial });
    expect(() => expect(exploration).toHoldThroughout()).toThrow(
      /; 0 of 5 replays of it failed:\n\nfaults: .*\nNo replay of it failed: it may have failed by chance, and as well without its faults\./,
    );
    expect(() => expect(exploration).toHoldThroughout()).not.toThrow(/does not fail every time/);
  });

  it('keeps to its trials and its time', async () => {
    const few = await exploring({ ...losing, mostTrials: 4, replays: 2 });
    expect([few.count('shrink'), few.count('replay')]).toEqual([4, 2]);
    expect(few.exploration.failing?.shrinking.complete).toBe(false);
    expect(() => expect(few.exploration).toHoldThroughout()).toThrow(/raise mostTrials or within/);
    const none = await exploring({ ...losing, within: 0, replays: 0 });
    expect(none.count('shrink')).toBe(0);
    expect(none.exploration.failing?.smallest).toBe(none.exploration.failing?.found);
  });

  it('finds that no fault is to blame when it fails without any', async () => {
    const { exploration } = await exploring({ ...losing, trial: async () => recorded(true) });
    expect(exploration.failing).toMatchObject({ smallest: 'faults: []', faults: [], tried: 1 });
    expect(() => expect(exploration).toHoldThroughout()).toThrow(/It fails without any fault: look at the app/);
  });
});

describe('whether a trial held', () => {
  const statusOf = async <T>(outcome: T, holds: ExplorationPlan<T>['holds']) =>
    (await explore({ ...usual, runs: 1, mostTrials: 0, replays: 0, trial: async () => outcome, holds })).trials[0];

  it('may be said by yes or no', async () => {
    expect(await statusOf(5, (n) => n === 5)).toMatchObject({ status: 'pass', message: '' });
    expect(await statusOf(5, (n) => n === 6)).toMatchObject({ status: 'fail', message: 'holds() said no.' });
  });

  it('may be said by judgements, of which none at all is unknown', async () => {
    expect(await statusOf(5, () => [])).toMatchObject({ status: 'unknown', message: 'holds() came to no judgement.' });
  });

  it('may be said by any assertion, which fails, and by a function that says nothing, which holds', async () => {
    expect(await statusOf(5, (n) => assert.equal(n, 6))).toMatchObject({ status: 'fail' });
    expect(await statusOf(5, async (n) => expect(n).toBe(6))).toMatchObject({ status: 'fail', judgements: [] });
    expect(await statusOf(5, () => undefined)).toMatchObject({ status: 'pass' });
  });

  it('is fail where another assertion fails after a matcher that passed', async () => {
    const both = (recording: Recording) => {
      expect(recording).toLoseNothing();
      expect(recording.exits).toHaveLength(1);
    };
    expect(await statusOf(recorded(false), both)).toMatchObject({ status: 'fail', judgements: [{ status: 'pass' }] });
  });
});

describe('the message of a red exploration', () => {
  it('has the smallest schedule as code, the replays, what failed, the seed and how it was found', async () => {
    const { exploration } = await exploring(losing);
    const { failing } = exploration;
    let message = '';
    try {
      expect(exploration).toHoldThroughout();
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n\n').slice(0, 3)).toEqual([
      `The service must hold under every schedule tried, seen: 1 of ${failing?.tried} schedule${failing?.tried === 1 ? '' : 's'} failed (seed ${failing?.seed}). Under refuse(redis): Lost keys (acknowledged, and not in the final state) must be 0 keys, seen: 1 key.`,
      'The smallest schedule that still fails, to paste into run({ ... }); 5 of 5 replays of it failed:',
      failing?.smallest,
    ]);
    expect(message).toContain(`It was found as (seed ${failing?.seed}):\n${failing?.found}`);
    expect(message.split('\n\n').at(-1)).toBe(
      `explore({ seed: ${failing?.seed}, ... }) tries this schedule first; BREAKING_POINT_SEED=42 makes it the same requests.`,
    );
  });
});

describe('on the ground of a test', () => {
  it('draws from its seed, starts every trial afresh, has a title for it, and is reported once', async () => {
    const calls: string[] = [];
    const reported: unknown[] = [];
    const close = offerGround({
      seed: 7,
      reset: async (what) => void calls.push(`reset ${what}`),
      beginTrial: (title) => void calls.push(`begin ${title}`),
      endTrial: () => void calls.push('end'),
      report: (found) => void reported.push(found),
    });
    onTestFinished(close);
    const { seed: _, ...unseeded } = usual;
    const trial = async (faults: readonly ScheduledFault[]) => faults;
    const exploration = await explore({ ...unseeded, runs: 2, trial, holds: () => true });
    expect(exploration.seed).toBe(7);
    expect(calls).toEqual([
      ...['begin schedule 1, seed 7', 'reset all', 'end'],
      ...['begin schedule 2, seed 8', 'reset all', 'end'],
    ]);
    expect(reported).toEqual([exploration satisfies Exploration]);
  });
});

describe('what cannot be explored is an error', () => {
  it.each([
    [{ runs: 0 }, 'explore: runs must be a whole number from 1, such as 20; got 0'],
    [{ trial: undefined }, 'explore: trial must be a function; got undefined'],
    [{ holds: 5 }, 'explore: holds must be a function; got number'],
    [{ replays: 6 }, 'explore: replays must be a whole number from 0 to 5; got 6'],
    [{ mostTrials: -1 }, 'explore: mostTrials must be a whole number from 0; got -1'],
    [{ within: '5' }, 'explore: within must be milliseconds or a number with a unit'],
    [{ seed: 0.5 }, 'explore: seed must be a whole number'],
    [{ catalogue: [] }, 'explore: catalogue must name one fault or more'],
    [{ reset: 'all' }, `explore: reset 'all' needs a test of resilience()`],
  ])('%o, before anything starts', async (changes, message) => {
    const trial = () => Promise.reject(new Error('started'));
    const plan = { ...usual, trial, holds: () => true, ...changes } as unknown as ExplorationPlan<unknown>;
    await expect(explore(plan)).rejects.toThrow(message);
  });

  it('a trial that throws, with its seed and its schedule', async () => {
    const trial = () => Promise.reject(new Error('refuse(redis) could not be injected'));
    await expect(explore({ ...usual, trial, holds: () => true })).rejects.toThrow(
      /explore: the trial of seed 100 threw: refuse\(redis\) could not be injected\nIts schedule: faults: \[/,
    );
  });

  it('a mistake in holds is one, and no failure of the app', async () => {
    const holds = () => {
      throw new TypeError('undefined is not a function');
    };
    await expect(explore({ ...usual, trial: async () => 5, holds })).rejects.toThrow('undefined is not a function');
  });

  it('something else given to the matcher', () => {
    expect(() =>
      expect(explore({ ...usual, runs: 1, trial: async () => 5, holds: () => true })).toHoldThroughout(),
    ).toThrow('toHoldThroughout judges what await explore({ ... }) returned; got a Promise: await it first');
    expect(() => expect(5).toHoldThroughout()).toThrow('got a value of type number');
  });
});
