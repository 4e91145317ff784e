import { percentile } from '../../../src/analysis/window/latency.ts';
import { operationsOf } from '../../../src/recording/columns.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import type { Judgement, Status } from '../../../src/verdict/judgement.ts';
import type { Assertion } from './assertions.ts';
import { numberOf } from './changes.ts';

/** A way of judging that let a broken service pass, and the rule that rejects it. */
export interface WrongAssertion extends Assertion {
  readonly rejectedBy: string;
}

/** Each was a rule of this package once. They stay, so that the rules of soundness are seen to have teeth. */
export const wrongUnderLoad: readonly WrongAssertion[] = [
  wrong({
    name: 'recovery',
    rejectedBy: 'good operations elsewhere hide no outage after the fault',
    bounds: ['500ms', '2s', '5s'],
    judge: (recording, bound) => [judged(recovered(recording), numberOf(bound))],
  }),
  wrong({
    name: 'the error rate of a closed loop, by the operations that it sent',
    rejectedBy: 'a run that is silent or fails from its middle on does not pass',
    bounds: ['5%', '30%'],
    ofTheWhole: true,
    judge: (recording, bound) => [judged(errorShare(recording), numberOf(bound))],
  }),
  wrong({
    name: 'p99, a time-out as an answer that took its time',
    rejectedBy: 'a run that is silent or fails from its middle on does not pass',
    bounds: ['6s'],
    ofTheWhole: true,
    judge: (recording, bound) => [judged(p99(recording), numberOf(bound))],
  }),
  wrong({
    name: 'p99, quick errors as quick answers',
    rejectedBy: 'a run that is silent or fails from its middle on does not pass',
    bounds: ['100ms'],
    ofTheWhole: true,
    judge: (recording, bound) => [judged(p99(recording), numberOf(bound))],
  }),
  wrong({
    name: 'RPS of one name, against its share of the load',
    rejectedBy: 'a pass keeps its bound by its own value, and a fail breaks it',
    bounds: [90],
    relation: '>=',
    judge: (recording, bound) => {
      const all = rps(recording, () => true);
      const one = rps(recording, (name) => name === 'order');
      return [{ ...judged(-all, -numberOf(bound)), value: one }];
    },
  }),
  wrong({
    name: 'a target that looks at lost keys alone once there was a fault',
    rejectedBy: 'a run that is silent or fails from its middle on does not pass',
    bounds: ['production'],
    ofTheWhole: true,
    judge: (recording) => [judged(recording.faults.length > 0 ? 0 : errorShare(recording), 0.1)],
  }),
  wrong({
    name: 'the error rate before the fault, until it took effect',
    rejectedBy: 'what comes later is not before, and other names are not this one',
    bounds: ['1%'],
    window: 'before',
    judge: (recording, bound) => {
      const until = recording.faults.reduce((first, { inEffectAt }) => Math.min(first, inEffectAt), recording.duration);
      const due = [...operationsOf(recording.columns)].filter(({ dueAt }) => dueAt >= 0 && dueAt < until);
      return [judged((100 * due.filter(({ outcome }) => outcome !== 'ok').length) / due.length, numberOf(bound))];
    },
  }),
];

/** The same of races. */
export const wrongOfRaces: readonly WrongAssertion[] = [
  wrong({
    name: 'one winner, whatever the others met',
    rejectedBy: 'a race that one contender alone reached does not pass',
    bounds: [0],
    judge: (recording) => [judged(racesWithoutOneWinner(recording), 1)],
  }),
  wrong({
    name: 'race time, the stalls of the generator included',
    rejectedBy: 'a stall of the generator only leads to unknown',
    bounds: ['100ms'],
    judge: (recording, bound) => {
      const won = [...operationsOf(recording.columns)].filter(({ outcome }) => outcome === 'ok');
      const took = won.reduce((sum, { dueAt, endedAt }) => sum + endedAt - dueAt, 0) / won.length;
      return [judged(took, numberOf(bound))];
    },
  }),
];

function wrong(
  given: Pick<WrongAssertion, 'name' | 'rejectedBy' | 'bounds' | 'judge'> & Partial<WrongAssertion>,
): WrongAssertion {
  return { worse: [], fewer: 'nothing', window: 'run', ...given };
}

/** A value that must be below its bound, as a judgement. */
function judged(value: number, bound: number): Judgement {
  const status: Status = Number.isNaN(value) ? 'unknown' : value < bound ? 'pass' : 'fail';
  return { status, value } as Judgement;
}

/** Milliseconds from the last healing to the first three good bins of half a second. */
function recovered(recording: Recording): number {
  const healed = recording.faults.reduce((latest, { healedAt }) => Math.max(latest, healedAt), 0);
  const bins = new Map<number, { ok: number; all: number }>();
  for (const { dueAt, outcome } of operationsOf(recording.columns)) {
    if (dueAt < healed) continue;
    const index = Math.floor((dueAt - healed) / 500);
    const { ok = 0, all = 0 } = bins.get(index) ?? {};
    bins.set(index, { ok: ok + (outcome === 'ok' ? 1 : 0), all: all + 1 });
  }
  const isGood = (index: number) => {
    const bin = bins.get(index);
    return bin !== undefined && bin.ok >= 0.9 * bin.all;
  };
  const first = [...bins.keys()].sort((a, b) => a - b).find((index) => [0, 1, 2].every((more) => isGood(index + more)));
  return first === undefined ? Number.NaN : first * 500;
}

function errorShare(recording: Recording): number {
  const outcomes = [...operationsOf(recording.columns)].map(({ outcome }) => outcome);
  return (100 * outcomes.filter((outcome) => outcome !== 'ok').length) / outcomes.length;
}

function p99(recording: Recording): number {
  const took = [...operationsOf(recording.columns)].map(({ dueAt, endedAt }) => endedAt - dueAt);
  return percentile(Float64Array.from(took.filter(Number.isFinite)).sort(), 0.99);
}

function rps(recording: Recording, isMeant: (name: string) => boolean): number {
  const meant = [...operationsOf(recording.columns)].filter(({ name, outcome }) => isMeant(name) && outcome === 'ok');
  return (meant.length * 1_000) / recording.duration;
}

function racesWithoutOneWinner(recording: Recording): number {
  const winners = new Map<string, number>();
  for (const { key, outcome } of operationsOf(recording.columns)) {
    if (key !== undefined) winners.set(key, (winners.get(key) ?? 0) + (outcome === 'ok' ? 1 : 0));
  }
  return [...winners.values()].filter((count) => count !== 1).length;
}
