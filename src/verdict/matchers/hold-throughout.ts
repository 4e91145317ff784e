import type { Recording } from '../../recording/recording.ts';
import { searchWindow } from '../breaking-point.ts';
import {
  type Exploration,
  explorationReason,
  explorationText,
  type FailingSchedule,
  hasWitness,
  judgeExploration,
  replaysText,
} from '../exploration.ts';
import type { Judgement } from '../judgement.ts';
import { originOf } from '../origin.ts';
import { replayText } from '../words/replay.ts';
import { type MatcherResult, type MatcherState, mustNotPoll, once, resultOf } from './assert-on.ts';
import { unmeasured } from './hold-at-least.ts';
import { isPromise } from './received.ts';
import { remember } from './remembered.ts';

/** The name of what {@link toHoldThroughout} judges, in the table. */
export const explorationMetric = 'random schedules';

/**
 * The matcher `toHoldThroughout` on what `explore` found. Passes if no schedule failed and 95 % of them could be
 * judged. Fails if one failed. Else unknown, which does not pass, not even under `.not`.
 * @throws TypeError when it is given something else
 */
export function toHoldThroughout(this: MatcherState, received: unknown): MatcherResult {
  mustNotPoll(this);
  const given = receivedExploration(received);
  const status = judgeExploration(given);
  const exploration = status === given.status ? given : { ...given, status, because: explorationReason(given) };
  const isNot = this.isNot === true;
  const message = once(() => messageOf(exploration, isNot));
  remember(given, [judgementOf(exploration)], isNot, message);
  return resultOf(status, isNot, message);
}

function messageOf(exploration: Exploration, isNot: boolean): string {
  const { status, because, failing } = exploration;
  const seen = explorationText(exploration);
  const headline =
    status === 'unknown'
      ? `Unknown whether the service ${isNot ? 'does not hold' : 'holds'} under every schedule tried, so this does not pass (${seen}).`
      : `The service must ${isNot ? 'not ' : ''}hold under every schedule tried, seen: ${seen}.`;
  return failing
    ? [`${headline} ${underText(failing)}`, failingText(exploration, failing)].join('\n\n')
    : [headline, because].join('\n\n');
}

/** What failed, and under which faults, for one who reads no further. */
function underText({ faults, message }: FailingSchedule): string {
  const names = [...new Set(faults.map(({ name }) => name))].join(' and ');
  return `${names ? `Under ${names}` : 'Without any fault'}: ${message.split('\n', 1)[0]}`;
}

function failingText({ trials }: Exploration, failing: FailingSchedule): string {
  const { found, smallest, message, shrinking, replays, seed, faults } = failing;
  const remarks = [
    doubtOf(replays),
    faults.length === 0 ? 'It fails without any fault: look at the app and the load first.' : '',
    shrinking.complete
      ? ''
      : 'It may not be the smallest, for the trials or the time for it ran out: raise mostTrials or within.',
  ].filter(Boolean);
  return [
    `The smallest schedule that still fails, to paste into run({ ... }); ${replaysText(replays)}:`,
    [smallest, ...remarks].join('\n'),
    message.split('\n').slice(1).join('\n').trim(),
    ...(found === smallest ? [] : [`It was found as (seed ${seed}):\n${found}`]),
    replayOf(seed, trials.at(-1)?.recording),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** What replays that did not all fail say of the schedule; empty where they all did. */
function doubtOf({ made, failed, unknown }: FailingSchedule['replays']): string {
  if (failed === made || unknown === made) return '';
  return failed === 0
    ? 'No replay of it failed: it may have failed by chance, and as well without its faults. Look at the schedule as it was found, and try that again.'
    : 'It does not fail every time: what decides besides the faults is how requests interleave.';
}

/** @param recording of the trial that failed; undefined where it left none */
function replayOf(seed: number, recording: Recording | undefined): string {
  const first = `explore({ seed: ${seed}, ... }) tries this schedule first`;
  if (!recording) return `${first}.`;
  return originOf(recording)
    ? `${first}.\n${replayText(recording)}`
    : `${first}; BREAKING_POINT_SEED=${recording.seed} makes it the same requests.`;
}

function judgementOf(exploration: Exploration): Judgement {
  const { status, trials, failing } = exploration;
  const samples = trials.length;
  return {
    status,
    metric: explorationMetric,
    value: failing ? 1 : 0,
    shown: explorationText(exploration),
    bound: 'all hold',
    samples,
    validity: unmeasured(samples),
    window: searchWindow,
    because: failing ? `${exploration.because}\n${failing.smallest}\n${failing.message}` : exploration.because,
    ...(hasWitness(exploration) && { witness: true }),
  };
}

// By shape: a test may hold another copy of this package than the matcher.
function receivedExploration(received: unknown): Exploration {
  const isOne = typeof received === 'object' && received !== null && 'trials' in received && 'failing' in received;
  if (isOne) return received as Exploration;
  const seen = isPromise(received)
    ? 'a Promise: await it first'
    : `a value of type ${received === null ? 'null' : typeof received}`;
  throw new TypeError(`toHoldThroughout judges what await explore({ ... }) returned; got ${seen}`);
}
