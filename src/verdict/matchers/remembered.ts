import type { Recording } from '../../recording/recording.ts';
import type { BreakingPoint } from '../breaking-point.ts';
import type { Exploration } from '../exploration.ts';
import { combine, type Judgement } from '../judgement.ts';
import { isRepeated, type Repeats } from '../repeats.ts';

/** What matchers judge as one. */
export type Judged = Recording | Repeats | BreakingPoint | Exploration;

/** One call of a matcher. */
export interface Assertion {
  /** As asserted: under `.not` pass and fail are swapped, and only those are kept that decided it. */
  readonly judgements: readonly Judgement[];
  /** What it says when it does not hold. */
  readonly message: () => string;
}

const remembered = new WeakMap<Judged, Assertion[]>();
const read = new WeakSet<Judged>();

/** The calls of matchers on a recording, on repeats, or on what a search or an exploration found, in order. */
export function assertionsOf(judged: Judged): readonly Assertion[] {
  return remembered.get(judged) ?? [];
}

/** The judgements of {@link assertionsOf}. */
export function judgementsOf(judged: Judged): Judgement[] {
  return assertionsOf(judged).flatMap(({ judgements }) => judgements);
}

/**
 * Keeps what an assertion came to for the report.
 * @param isNot whether it was asserted under `.not`; of several judgements only those that decided it are kept then
 * @param message says why it does not hold
 */
export function remember(
  judged: Judged,
  judgements: readonly Judgement[],
  isNot: boolean,
  message: () => string,
): void {
  const status = combine(judgements);
  const asserted = isNot ? judgements.filter((one) => one.status === status).map(negate) : judgements;
  remembered.set(judged, [...assertionsOf(judged), { judgements: asserted, message }]);
  markRead(judged);
}

/** Notes that somebody has judged it, by a matcher or by judgements that they look at themselves. */
export function markRead(judged: Judged): void {
  read.add(judged);
  if (isRepeated(judged)) for (const recording of judged.repeats.recordings) read.add(recording);
}

/** Whether anybody has judged it. */
export function isRead(judged: Judged): boolean {
  return (
    read.has(judged) || (isRepeated(judged) && judged.repeats.recordings.every((recording) => read.has(recording)))
  );
}

function negate(judgement: Judgement): Judgement {
  const status = ({ pass: 'fail', fail: 'pass', unknown: 'unknown' } as const)[judgement.status];
  return { ...judgement, status, bound: `not ${judgement.bound}` };
}
