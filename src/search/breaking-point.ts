import { type BreakingPoint, type Trial, valueText } from '../verdict/breaking-point.ts';
import { combine } from '../verdict/judgement.ts';
import { contradictionsIn, type Decision, search, type TrialContext } from './bisection.ts';
import { contradictionText, explain } from './explained.ts';
import { trialGround } from './ground.ts';
import { type BreakingPointSearch, checkSearch, resetOf } from './options.ts';
import { drawPicture } from './picture.ts';
import { recordingIn } from './recording-in.ts';
import { asTrial } from './trial.ts';

export type { BreakingPointSearch } from './options.ts';

const outcomes = { pass: 'held', fail: 'broke', unknown: 'undecided' } as const;

/**
 * Finds the value at which something breaks: doubles from the lowest value until a trial breaks, halves the gap until
 * it is narrow, and confirms both ends, the one that held by a sustained trial. What is not found is a result too, and
 * no exception.
 * @throws TypeError when an option is out of its range
 * @throws Error when a trial, `holds` or `reset` throws, with the value named
 */
export async function findBreakingPoint<T>(plan: BreakingPointSearch<T>): Promise<BreakingPoint> {
  const point = await seek(plan);
  trialGround()?.report(point, plan.judged);
  return point;
}

/** The search without its report. */
export async function seek<T>(plan: BreakingPointSearch<T>): Promise<BreakingPoint> {
  const { of, scale, range } = checkSearch(plan);
  const reset = resetOf(plan.reset);
  const trials: Trial[] = [];
  const decide = async (value: number, context: TrialContext): Promise<Decision> => {
    const number = trials.length + 1;
    const title = `trial ${number}: ${valueText(scale, value)}${context.sustained ? ', sustained' : ''}`;
    try {
      const outcome = await asTrial(title, async () => {
        await reset(number);
        return plan.trial(value, context);
      });
      const verdict = plan.holds(outcome);
      const judgements = typeof verdict === 'boolean' ? [] : verdict;
      const decision = typeof verdict === 'boolean' ? (verdict ? 'held' : 'broke') : outcomes[combine(verdict)];
      trials.push({ value, decision, sustained: context.sustained, judgements, recording: recordingIn(outcome) });
      return decision;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const text = `findBreakingPoint: the trial of ${of} at ${valueText(scale, value)} threw: ${reason}`;
      throw new Error(text, { cause });
    }
  };
  const result = await search(range, decide);
  const { status, heldAt, brokeAt } = result;
  const last = trials.findLast(({ value, decision }) => value === brokeAt && decision === 'broke');
  const brokeFirst = last?.judgements.filter((judgement) => judgement.status === 'fail') ?? [];
  const drawn = brokeFirst[0]?.metric ?? trials[0]?.judgements[0]?.metric;
  const contradictions = contradictionsIn(trials);
  return {
    of,
    ...scale,
    from: range.from,
    to: range.to,
    status,
    heldAt,
    brokeAt,
    brokeFirst,
    trials,
    contradictions,
    because: explain(of, scale, result, { trials, brokeFirst, last }),
    picture: drawPicture({ of, ...scale, heldAt, brokeAt }, trials, drawn),
    notes: contradictions.map((pair) => contradictionText(scale, pair)),
  };
}
