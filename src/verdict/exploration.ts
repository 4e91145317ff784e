import type { Recording } from '../recording/recording.ts';
import { isWitness, type Judgement, type Status } from './judgement.ts';
import { counted } from './words/evidence.ts';

/** A schedule that was tried, and what came of it. */
export interface ScheduleTrial {
  /** What the schedule was drawn from. */
  readonly seed: number;
  /** As code to paste into a test: `faults: [refuse(redis).from('4s').to('5s')]`. */
  readonly schedule: string;
  readonly status: Status;
  /** What it came to, as far as judgements or matchers say so. */
  readonly judgements: readonly Judgement[];
  /** Why it is no pass, as the matcher says it; empty for a pass. */
  readonly message: string;
  /** What the trial returned, if that was a recording. */
  readonly recording: Recording | undefined;
}

/** The schedule on which something failed, and what was made of it. */
export interface FailingSchedule {
  /** The seed of the first that failed. */
  readonly seed: number;
  /** How many were tried until then, it included. */
  readonly tried: number;
  /** As code, as it was drawn. */
  readonly found: string;
  /** As code: the smallest that was found to fail as well. */
  readonly smallest: string;
  /** The same in milliseconds. */
  readonly faults: readonly { readonly name: string; readonly from: number; readonly to: number }[];
  /** Trials that it took to make it so small, and whether nothing more could be left out. */
  readonly shrinking: { readonly trials: number; readonly complete: boolean };
  /** How often the smallest was tried again, and how often that failed, or could not be judged. */
  readonly replays: { readonly made: number; readonly failed: number; readonly unknown: number };
  /** What the last trial of the smallest that failed came to. */
  readonly message: string;
}

/** What a service came to under schedules drawn at random. */
export interface Exploration {
  /** As {@link judgeExploration} has it. */
  readonly status: Status;
  /** Schedules that were to be tried. */
  readonly runs: number;
  /** Seed of the first; each after it has the next number. */
  readonly seed: number;
  /** The schedules that were drawn and tried, in their order, up to the first that failed. */
  readonly trials: readonly ScheduleTrial[];
  readonly failing: FailingSchedule | undefined;
  /** How it ended, in a sentence or two. */
  readonly because: string;
}

/** Share of the schedules that must be judged before the service can be said to hold under all of them. */
export const neededShare = 0.95;

/**
 * Fails when a schedule failed. Else passes when 95 % of the schedules to be tried held, and the others could not be
 * judged. Else unknown.
 */
export function judgeExploration({ trials, failing, runs }: Pick<Exploration, 'trials' | 'failing' | 'runs'>): Status {
  if (failing || trials.some(({ status }) => status === 'fail')) return 'fail';
  const held = trials.filter(({ status }) => status === 'pass').length;
  return held > 0 && held >= neededShare * runs ? 'pass' : 'unknown';
}

/** Whether a schedule failed by what no doubt about its run can undo: a lost key, two winners. */
export function hasWitness({ trials }: Pick<Exploration, 'trials'>): boolean {
  return trials.some(({ status, judgements }) => status === 'fail' && judgements.some(isWitness));
}

/** `20 schedules held`, `18 schedules held, 2 unknown`, `1 of 3 schedules failed (seed 17)`. */
export function explorationText({ trials, failing }: Pick<Exploration, 'trials' | 'failing'>): string {
  if (failing) return `1 of ${counted(trials.length, 'schedule')} failed (seed ${failing.seed})`;
  const unknown = trials.filter(({ status }) => status === 'unknown').length;
  const held = counted(trials.length - unknown, 'schedule');
  return unknown === 0 ? `${held} held` : `${held} held, ${unknown} unknown`;
}

/** `5 of 5 replays of it failed`; says of those that could not be judged. */
export function replaysText({ made, failed, unknown }: FailingSchedule['replays']): string {
  if (made === 0) return 'it was not replayed';
  const doubt = unknown === 0 ? '' : `, and ${unknown} could not be judged`;
  return `${failed} of ${counted(made, 'replay')} of it failed${doubt}`;
}

/** How an exploration ended, in a sentence or two. */
export function explorationReason(exploration: Pick<Exploration, 'trials' | 'failing' | 'runs'>): string {
  const { trials, failing, runs } = exploration;
  if (failing) {
    const { seed, tried, shrinking, replays } = failing;
    const kept = shrinking.complete
      ? 'nothing more can be left out of it'
      : 'there was no more time, or trial, to make it smaller';
    return `The schedule of seed ${seed} failed, the ${ordinal(tried)} that was tried. The smallest that still fails was found in ${counted(shrinking.trials, 'trial')} (${kept}), and ${replaysText(replays)}.`;
  }
  const unknown = trials.find(({ status }) => status === 'unknown');
  const count = trials.filter(({ status }) => status === 'unknown').length;
  if (!unknown && trials.length < runs) return `Only ${trials.length} of ${counted(runs, 'schedule')} were tried.`;
  if (!unknown) return `All of ${counted(trials.length, 'schedule')} held.`;
  const why = `Of the first of them, seed ${unknown.seed}: ${unknown.message}`;
  return count === trials.length
    ? `None of ${counted(count, 'schedule')} could be judged. ${why}`
    : `${trials.length - count} of ${counted(trials.length, 'schedule')} held, and ${count} could not be judged${judgeExploration(exploration) === 'pass' ? '' : `; ${Math.ceil(neededShare * runs)} of ${runs} must be`}. ${why}`;
}

/** `1st`, `2nd`, `3rd`, `11th`. */
function ordinal(number: number): string {
  const teens = number % 100 >= 11 && number % 100 <= 13;
  return `${number}${(!teens && ['', 'st', 'nd', 'rd'][number % 10]) || 'th'}`;
}
