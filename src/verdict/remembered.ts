import type { Recording } from '../recording/recording.ts';
import type { BreakingPoint } from './breaking-point.ts';
import type { Exploration } from './exploration.ts';
import { combined, type Judgement } from './judgement.ts';
import type { Repeats } from './repeats.ts';

/** What matchers judge as one. */
export type Judged = Recording | Repeats | BreakingPoint | Exploration;

const remembered = new WeakMap<Judged, Judgement[]>();

/**
 * The judgements that matchers have made so far of a recording, of repeats or of what a search or an exploration found, in order and as asserted: under `.not`
 * pass and fail are swapped.
 */
export function judgementsOf(judged: Judged): Judgement[] {
  return [...(remembered.get(judged) ?? [])];
}

/**
 * Keeps what an assertion came to for the report.
 * @param isNot whether it was asserted under `.not`; of several judgements only those that decided it are kept then
 */
export function remember(judged: Judged, judgements: readonly Judgement[], isNot: boolean): void {
  const list = remembered.get(judged) ?? [];
  const status = combined(judgements);
  list.push(...(isNot ? judgements.filter((one) => one.status === status).map(negated) : judgements));
  remembered.set(judged, list);
}

function negated(judgement: Judgement): Judgement {
  const status = ({ pass: 'fail', fail: 'pass', unknown: 'unknown' } as const)[judgement.status];
  return { ...judgement, status, bound: `not ${judgement.bound}` };
}
