import { type Duration, milliseconds } from '../duration.ts';
import { Recording } from '../recording/recording.ts';
import { type BreakingPoint, type Trial, valueText } from '../verdict/breaking-point.ts';
import { combined, type Judgement } from '../verdict/judgement.ts';
import { type Percent, share } from '../verdict/percent.ts';
import { contradictionsIn, type Decision, type SearchResult, search, type TrialContext } from './bisection.ts';
import { pictureOf } from './picture.ts';

/** What is looked for, and how. */
export interface BreakingPointSearch<T> {
  /** What is varied, for people: `offered rate`, `outage length`. */
  readonly of: string;
  /** The lowest value that is tried, above 0: a number, or a time such as `'1s'`. */
  readonly from: Duration;
  /** The highest value, above `from`. */
  readonly to: Duration;
  /**
   * Makes a trial at a value (in milliseconds where `from` or `to` is a time) and returns what came of it, most often the recording
   * of `run`. It should last `stretch` times as long as usual, where that makes sense.
   */
  readonly trial: (value: number, context: TrialContext) => Promise<T>;
  /** Did it hold? Judgements, as {@link objectives} makes them, or yes or no. */
  readonly holds: (outcome: T) => boolean | readonly Judgement[];
  /**
   * Called between two trials, for what a trial leaves behind: a restart, an emptied queue. Without it trials follow each other;
   * a `run` ends when all that it sent was answered or has timed out, so an app that answers in turn has worked off its backlog.
   */
  readonly reset?: () => unknown;
  /** How wide the bracket may be, as a share of the value that held; from 0.1 % to below 100 %. Default `'10%'`. */
  readonly width?: Percent;
  /** How often a trial is made at one value while it is undecided, a whole number from 1. Default 3. */
  readonly attempts?: number;
  /** Most trials in all, a whole number from 1. Default 40. */
  readonly mostTrials?: number;
}

const outcomes = { pass: 'held', fail: 'broke', unknown: 'undecided' } as const;

/**
 * Finds the value at which something breaks: doubles from the lowest value until a trial breaks, halves the gap until it is
 * narrow, and confirms both ends, the one that held by a sustained trial. What is not found is a result too, and no exception.
 * @throws TypeError when an option is out of its range
 * @throws Error when a trial, `holds` or `reset` throws, with the value named
 */
export async function findBreakingPoint<T>(plan: BreakingPointSearch<T>): Promise<BreakingPoint> {
  const { of, unit, range } = checked(plan);
  const trials: Trial[] = [];
  const decide = async (value: number, context: TrialContext): Promise<Decision> => {
    try {
      if (trials.length > 0) await plan.reset?.();
      const outcome = await plan.trial(value, context);
      const verdict = plan.holds(outcome);
      const judgements = typeof verdict === 'boolean' ? [] : verdict;
      const decision = typeof verdict === 'boolean' ? (verdict ? 'held' : 'broke') : outcomes[combined(verdict)];
      const recording = outcome instanceof Recording ? outcome : undefined;
      trials.push({ value, decision, sustained: context.sustained, judgements, recording });
      return decision;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`findBreakingPoint: the trial of ${of} at ${valueText(unit, value)} threw: ${reason}`, { cause });
    }
  };
  const result = await search(range, decide);
  const { status, heldAt, brokeAt } = result;
  const last = trials.findLast(({ value, decision }) => value === brokeAt && decision === 'broke');
  const brokeFirst = last?.judgements.filter((judgement) => judgement.status === 'fail') ?? [];
  const drawn = brokeFirst[0]?.metric ?? trials[0]?.judgements[0]?.metric;
  return {
    of,
    unit,
    from: range.from,
    to: range.to,
    status,
    heldAt,
    brokeAt,
    brokeFirst,
    trials,
    contradictions: contradictionsIn(trials),
    because: explained(of, unit, result, trials, brokeFirst),
    picture: pictureOf(unit, trials, drawn),
  };
}

function explained(
  of: string,
  unit: BreakingPoint['unit'],
  { status, heldAt, brokeAt, because }: SearchResult,
  trials: readonly Trial[],
  brokeFirst: readonly Judgement[],
): string {
  const at = (value: number | undefined) => valueText(unit, value ?? Number.NaN);
  const broken = brokeFirst.map(({ metric, shown, bound }) => `${metric} ${shown}, to be ${bound}`).join('; ');
  const what = broken ? ` (${broken})` : '';
  if (status === 'found') return `It held at ${of} ${at(heldAt)} and broke at ${at(brokeAt)}${what}.`;
  if (status === 'broke-at-start') return `It broke at the lowest ${of} tried, ${at(brokeAt)}${what}.`;
  if (status === 'not-reached') return `It held at the highest ${of} tried, ${at(heldAt)}.`;
  const last = trials.at(-1);
  const doubts = last?.judgements.filter((judgement) => judgement.status === 'unknown') ?? [];
  const why = doubts.map(({ metric, because: reason }) => ` ${metric}: ${reason}`).join('');
  return `At ${of} ${at(last?.value)} the search ended without an answer, for ${because}.${why}`;
}

function checked<T>(plan: BreakingPointSearch<T>) {
  const { of, trial, holds, reset, attempts = 3, mostTrials = 40 } = plan;
  const subject = 'findBreakingPoint:';
  if (typeof of !== 'string' || of === '') {
    throw new TypeError(`${subject} of must say what is varied, such as 'offered rate'; got ${JSON.stringify(of)}`);
  }
  for (const [name, value] of Object.entries({ trial, holds, ...(reset && { reset }) })) {
    if (typeof value !== 'function') throw new TypeError(`${subject} ${name} must be a function; got ${typeof value}`);
  }
  const unit = typeof plan.from === 'string' || typeof plan.to === 'string' ? 'duration' : 'number';
  const [from, to] = [limitOf(plan.from, `${subject} from`), limitOf(plan.to, `${subject} to`)];
  if (to <= from) {
    throw new TypeError(
      `${subject} to must be above from; got ${JSON.stringify(plan.from)} to ${JSON.stringify(plan.to)}`,
    );
  }
  const width = share(plan.width ?? '10%', `${subject} width`);
  if (width < 0.001 || width >= 1) {
    throw new TypeError(`${subject} width must be from 0.1 % to below 100 %; got ${JSON.stringify(plan.width)}`);
  }
  for (const [name, value] of Object.entries({ attempts, mostTrials })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new TypeError(`${subject} ${name} must be a whole number from 1; got ${String(value)}`);
  }
  return { of, unit, range: { from, to, width, attempts, mostTrials } } as const;
}

function limitOf(value: Duration, subject: string): number {
  const number = typeof value === 'number' ? value : milliseconds(value, subject);
  if (Number.isFinite(number) && number > 0) return number;
  throw new TypeError(`${subject} must be above 0, a number or a time such as '1s'; got ${String(value)}`);
}
