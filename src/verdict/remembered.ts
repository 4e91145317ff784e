import type { Recording } from '../recording/recording.ts';
import { combined, type Judgement } from './judgement.ts';

const remembered = new WeakMap<Recording, Judgement[]>();

/** The judgements that matchers have made of a recording so far, in order and as asserted: under `.not` pass and fail are swapped. */
export function judgementsOf(recording: Recording): Judgement[] {
  return [...(remembered.get(recording) ?? [])];
}

/**
 * Keeps what an assertion came to for the report.
 * @param isNot whether it was asserted under `.not`; of several judgements only those that decided it are kept then
 */
export function remember(recording: Recording, judgements: readonly Judgement[], isNot: boolean): void {
  const list = remembered.get(recording) ?? [];
  const status = combined(judgements);
  list.push(...(isNot ? judgements.filter((one) => one.status === status).map(negated) : judgements));
  remembered.set(recording, list);
}

function negated(judgement: Judgement): Judgement {
  const status = ({ pass: 'fail', fail: 'pass', unknown: 'unknown' } as const)[judgement.status];
  return { ...judgement, status, bound: `not ${judgement.bound}` };
}
