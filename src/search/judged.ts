import { combine, type Judgement, type Status } from '../verdict/judgement.ts';
import { type Judged, judgementsOf } from '../verdict/matchers/remembered.ts';
import { headline } from '../verdict/words/headline.ts';

/** What a trial came to. */
export interface TrialVerdict {
  readonly status: Status;
  readonly judgements: readonly Judgement[];
  /** Why it is no pass; empty for a pass. */
  readonly message: string;
}

/**
 * Judges what came of a trial: by a yes or no, by judgements, or by the matchers that were called on it. An assertion
 * that failed on a matcher's unknown is unknown.
 * @throws whatever `holds` throws that is no assertion
 */
export async function judgeTrial<T>(
  holds: (outcome: T) => boolean | readonly Judgement[] | void | Promise<void>,
  outcome: T,
): Promise<TrialVerdict> {
  const before = recallJudgements(outcome).length;
  const asserted = () => recallJudgements(outcome).slice(before);
  try {
    const verdict = await holds(outcome);
    if (typeof verdict === 'boolean') return yesOrNo(verdict);
    if (verdict !== undefined) return { ...concludeFrom(verdict), judgements: verdict };
    const judgements = asserted();
    return judgements.length === 0 ? yesOrNo(true) : { ...concludeFrom(judgements), judgements };
  } catch (error) {
    if (!isAssertion(error)) throw error;
    const judgements = asserted();
    // One that passed all matchers failed on something else that was expected.
    const status = combine(judgements) === 'unknown' && judgements.length > 0 ? 'unknown' : 'fail';
    return { status, judgements, message: error.message };
  }
}

function yesOrNo(held: boolean): TrialVerdict {
  return { status: held ? 'pass' : 'fail', judgements: [], message: held ? '' : 'holds() said no.' };
}

function concludeFrom(judgements: readonly Judgement[]): Pick<TrialVerdict, 'status' | 'message'> {
  const status = combine(judgements);
  const told = judgements.filter((judgement) => judgement.status === status);
  const message = told.map((one) => `${headline(one)}\n${one.because}`);
  return { status, message: status === 'pass' ? '' : message.join('\n\n') || 'holds() came to no judgement.' };
}

function recallJudgements(outcome: unknown): Judgement[] {
  return typeof outcome === 'object' && outcome !== null ? judgementsOf(outcome as Judged) : [];
}

/**
 * Of Vitest, Jest and node:assert alike: matchers of one's own throw no AssertionError in Vitest, only what they
 * compared.
 */
function isAssertion(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error.name === 'AssertionError' || 'matcherResult' in error || ('actual' in error && 'expected' in error);
}
