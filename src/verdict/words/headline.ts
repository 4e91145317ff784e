import type { Judgement } from '../judgement.ts';
import { over } from './evidence.ts';

/** Metrics whose name in the table is short of a sentence, by what they are in full. */
const inFull: Readonly<Record<string, string>> = {
  recovery: 'recovery time',
  'Redis recovery': 'Redis recovery time',
  'database recovery': 'database recovery time',
  'pool recovery': 'pool recovery time',
};

/** Metrics of a whole run, about which no window has to be told. */
const ofWholeRun: Readonly<Record<string, string>> = {
  lost: 'lost keys (acknowledged, and not in the final state)',
  duplicated: 'duplicated keys (applied more than once, or sent by nobody)',
  'wrong reads': 'wrong reads (an acknowledged write was not seen)',
  'not linearizable': 'keys that are not linearizable (no order explains what was answered)',
  'race conditions': 'race conditions (two winners of one race, or a wrong one)',
  exits: 'exits of the app that no fault asked for',
  readiness: 'the readiness that the app reports',
  liveness: "the app's answer to whether it lives",
};

/** Metrics that count several. */
const several = new Set(['lost', 'duplicated', 'wrong reads', 'not linearizable', 'race conditions', 'exits']);

/** What was measured, where: `the error rate during refuse(redis)` as one who has never seen the table reads it. */
export function subjectText({ metric, window }: Pick<Judgement, 'metric' | 'window'>): string {
  return ofWholeRun[metric] ?? `${inFull[metric] ?? metric} ${over(window)}`;
}

/** The first sentence of a message: what must be, and what was seen. */
export function headline(judgement: Judgement, isNot = false): string {
  const { bound, shown, status } = judgement;
  const subject = subjectText(judgement);
  const is = several.has(judgement.metric) ? 'are' : 'is';
  if (status === 'unknown') {
    return `Unknown whether ${subject} ${is}${isNot ? ' not' : ''} ${bound} (seen: ${shown}), so this does not pass.`;
  }
  return capitalised(`${subject} must ${isNot ? 'not ' : ''}be ${bound}, seen: ${shown}.`);
}

function capitalised(text: string): string {
  // `p99` stays what it is.
  return /^[a-z]+\b/.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
}
