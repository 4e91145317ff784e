import { randomInt } from 'node:crypto';
import { type Duration, milliseconds } from '../duration.ts';
import type { Chance } from '../fault/chance.ts';
import { writeSchedule } from '../fault/code.ts';
import type { ScheduledFault } from '../fault/fault.ts';
import { checkChance, checkSeed, scheduleFrom } from '../fault/random-schedule.ts';
import { shortestOf } from '../fault/schedule.ts';
import { mustBeJudged } from '../known-options.ts';
import { now } from '../recording/clock.ts';
import {
  type Exploration,
  explorationReason,
  type FailingSchedule,
  judgeExploration,
  type ScheduleTrial,
} from '../verdict/exploration.ts';
import type { Judgement } from '../verdict/judgement.ts';
import { trialGround } from './ground.ts';
import { judgeTrial, type TrialVerdict } from './judged.ts';
import { type BreakingPointSearch, mustBeReset, resetOf } from './options.ts';
import { recordingIn } from './recording-in.ts';
import { shrink } from './shrink.ts';
import { asTrial } from './trial.ts';

/** What a trial of an exploration is made for. */
export interface ExplorationContext {
  /** `explore`: the schedule of a seed. `shrink`: a part of one that failed. `replay`: the smallest once more. */
  readonly purpose: 'explore' | 'shrink' | 'replay';
  /** From 1, for each purpose. */
  readonly number: number;
  /** Of the schedule, or of the one that it is a part of. */
  readonly seed: number;
}

/** What may go wrong, how it is tried, and what must hold whatever goes wrong. */
export interface ExplorationPlan<T> extends Chance {
  /** Schedules that are drawn and tried, a whole number from 1. The first that fails ends it. */
  readonly runs: number;
  /** Seed of the first schedule; each after it has the next number. Default: the seed of the test. */
  readonly seed?: number;
  /**
   * Makes a trial with these faults and returns what came of it, most often the recording of `run`. The load must
   * outlast `between`.
   */
  readonly trial: (faults: readonly ScheduledFault[], context: ExplorationContext) => Promise<T>;
  /**
   * Did it hold? Judgements, as `objectives` makes them, or yes or no; or nothing, for a function that says by `expect`
   * what must hold: an assertion that is unknown makes the schedule unknown, and does not count as a failure.
   */
  readonly holds: (outcome: T) => boolean | readonly Judgement[] | void | Promise<void>;
  /** As of `findBreakingPoint`: what is put back before each trial. */
  readonly reset?: BreakingPointSearch<T>['reset'];
  /** Most trials to make a schedule that failed smaller, a whole number from 0. Default 30. */
  readonly mostTrials?: number;
  /** For how long it is made smaller, at most; the trial under way is made to its end. Default `'5m'`. */
  readonly within?: Duration;
  /** How often the smallest is tried again, a whole number from 0 to 5. Default 5. */
  readonly replays?: number;
  /** `false`: the test only looks at what is found. Otherwise it fails when it asserts nothing on it. Default true. */
  readonly judged?: boolean;
}

/**
 * Tries schedules drawn at random until one fails, makes that one as small as it goes, and tries the smallest again. A
 * trial of it that cannot be judged, or throws, is no failure. What is found is a result: assert on it by
 * `toHoldThroughout`.
 * @throws TypeError, RangeError when an option is out of its range, or the catalogue impossible, before anything starts
 * @throws Error when the trial of a schedule that was drawn throws, or `holds` does so otherwise than by an assertion,
 *   with the seed named
 */
export async function explore<T>(plan: ExplorationPlan<T>): Promise<Exploration> {
  const options = checkPlan(plan);
  const attempt = makeTrials(plan);
  const trials: ScheduleTrial[] = [];
  let failing: FailingSchedule | undefined;
  for (let number = 1; number <= options.runs && !failing; number++) {
    const seed = (options.seed + number - 1) % 2 ** 32;
    const faults = scheduleFrom(options.chance, seed);
    const schedule = writeSchedule(faults);
    try {
      const verdict = await attempt(faults, { purpose: 'explore', number, seed });
      trials.push({ seed, schedule, ...verdict });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`explore: the trial of seed ${seed} threw: ${reason}\nIts schedule: ${schedule}`, { cause });
    }
    const last = trials.at(-1);
    if (last?.status === 'fail') failing = await makeSmall(faults, last, trials.length, { ...options, attempt });
  }
  const seen = { runs: options.runs, trials, failing };
  const exploration = {
    status: judgeExploration(seen),
    seed: options.seed,
    ...seen,
    because: explorationReason(seen),
  } as const;
  trialGround()?.report(exploration, plan.judged);
  return exploration;
}

type Options = ReturnType<typeof checkPlan>;
type Verdict = TrialVerdict & Pick<ScheduleTrial, 'recording'>;
type MakeTrial = (faults: readonly ScheduledFault[], context: ExplorationContext) => Promise<Verdict>;

/** Makes a trial from a fresh start and judges it. */
function makeTrials<T>(plan: ExplorationPlan<T>): MakeTrial {
  const reset = resetOf(plan.reset);
  let made = 0;
  return async (faults, context) => {
    const outcome = await asTrial(titleOf(context), async () => {
      await reset(++made);
      return plan.trial(faults, context);
    });
    return { ...(await judgeTrial(plan.holds, outcome)), recording: recordingIn(outcome) };
  };
}

function titleOf({ purpose, number, seed }: ExplorationContext): string {
  return { explore: `schedule ${number}, seed ${seed}`, shrink: `shrinking ${number}`, replay: `replay ${number}` }[
    purpose
  ];
}

/** The smallest schedule that still fails, and how often it does. */
async function makeSmall(
  drawn: readonly ScheduledFault[],
  { seed, schedule, message }: ScheduleTrial,
  tried: number,
  { attempt, chance, mostTrials, within, replays }: Options & { readonly attempt: MakeTrial },
): Promise<FailingSchedule> {
  const end = now() + within;
  let said = message;
  const failsAgain = async (faults: readonly ScheduledFault[], context: ExplorationContext) => {
    // What throws was not judged: a test that is cancelled throws at once, and a trial without a fault has no window of
    // one.
    const status = await attempt(faults, context).then(
      (verdict) => {
        if (verdict.status === 'fail') said = verdict.message;
        return verdict.status;
      },
      () => 'unknown' as const,
    );
    return status;
  };
  const fixed = new Set(chance.entries.filter((entry) => entry.fixed).map(({ fault }) => fault.name));
  let number = 0;
  const { faults, trials, complete } = await shrink(drawn, {
    mostTrials,
    isOver: () => now() >= end,
    shortest: ({ name, fault, from, to }) => (fixed.has(name) ? to - from : shortestOf(fault)),
    fails: async (candidate) => (await failsAgain(candidate, { purpose: 'shrink', number: ++number, seed })) === 'fail',
  });
  const statuses: string[] = [];
  for (let count = 1; count <= replays; count++) {
    statuses.push(await failsAgain(faults, { purpose: 'replay', number: count, seed }));
  }
  const times = (status: string) => statuses.filter((one) => one === status).length;
  return {
    ...{ seed, tried, found: schedule, smallest: writeSchedule(faults) },
    faults: faults.map(({ name, from, to }) => ({ name, from, to })),
    shrinking: { trials, complete },
    replays: { made: replays, failed: times('fail'), unknown: times('unknown') },
    message: said,
  };
}

function checkPlan<T>(plan: ExplorationPlan<T>) {
  const { runs, mostTrials = 30, replays = 5, within = '5m', trial, holds, reset } = plan;
  const subject = 'explore';
  for (const [name, value] of Object.entries({ trial, holds })) {
    if (typeof value !== 'function') throw new TypeError(`explore: ${name} must be a function; got ${typeof value}`);
  }
  const counts = [
    ['runs', runs, 1, 'a whole number from 1, such as 20', Number.POSITIVE_INFINITY],
    ['mostTrials', mostTrials, 0, 'a whole number from 0', Number.POSITIVE_INFINITY],
    ['replays', replays, 0, 'a whole number from 0 to 5', 5],
  ] as const;
  for (const [name, value, least, rule, most] of counts) {
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new TypeError(`explore: ${name} must be ${rule}; got ${String(value)}`);
  }
  mustBeReset(reset, `${subject}:`);
  mustBeJudged(plan.judged, `${subject}: judged`);
  const seed = checkSeed(plan.seed ?? trialGround()?.seed ?? randomInt(2 ** 32 - 1), subject);
  const time = milliseconds(within, 'explore: within');
  return { runs, mostTrials, replays, seed, within: time, chance: checkChance(plan, subject) };
}
