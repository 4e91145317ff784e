import type { Window } from '../recording/recording.ts';
import { boundText, decide, type Relation } from './bound.ts';
import { conclude, explainTooFew } from './conclude.ts';
import type { Judgement, Status } from './judgement.ts';
import { endsOf, type Measured, type Metric, measure, type Question, shownOf } from './metric.ts';
import type { Strictness } from './strictness.ts';
import { over } from './words/evidence.ts';
import { intervalText } from './words/intervals.ts';
import { textOf } from './words/units.ts';

/**
 * Does a metric keep a bound in a window? Both the best and the worst case inside it pass, both outside fail, anything
 * else is unknown. A doubt makes it unknown. So do too few samples, unless the whole interval lies beyond the bound.
 * @param bound in the metric's unit
 * @param subject a window; of a metric that is about a whole run any part of it stands for the run
 * @param strictness `strict`: the whole interval must keep the bound, or break it, where the metric has one
 */
export function judge(
  metric: Metric,
  relation: Relation,
  bound: number,
  subject: Window,
  { strict = false }: Strictness = {},
): Judgement {
  const window = partOf(metric, subject);
  const question: Question = { window, relation, bound, strict };
  const measured = measure(metric, window);
  const { seen = measured, interval, samples, doubts, witness = false } = measured;
  const needed = metric.needed?.(question) ?? measured.needs;
  const byInterval = metric.byInterval?.(question) ?? false;
  const { status, enough } = statusOf(metric, measured, question, { needed, byInterval });
  const answer = { ...question, measured, status };
  const { words } = metric;
  const shownBound = words.bound?.(bound, window) ?? textOf(metric.unit, bound);
  const { best, worst } = seen;
  return conclude({
    status,
    metric: metric.name,
    ...subjectOf(metric, window),
    value: status === 'fail' ? best : worst,
    interval,
    shown: shownOf(metric, window, measured),
    ends: endsOf(metric, window, measured),
    bound: boundText(noneAllowed(question) ? shownBound : `${relation} ${shownBound}`, strict && byInterval),
    samples,
    ...(needed > 0 && { needed }),
    window,
    witness,
    ...(metric.timed && { timed: true as const }),
    doubt:
      doubts.find(({ spares }) => spares === undefined || spares !== status)?.reason ??
      (enough ? undefined : fewText(metric, samples, needed, question)) ??
      (status === 'unknown' ? undecidedText(metric, question, { byInterval, measured, shownBound }) : undefined),
    certainty: words.certainty ? words.certainty(interval) : intervalText(metric.unit, interval),
    facts: words.facts(answer),
    advice: words.advice(answer),
  });
}

/** Of a count that may be no more than 0 only the 0 is told. */
function noneAllowed({ relation, bound }: Question): boolean {
  return relation === '<=' && bound === 0;
}

/** The part of a run that a metric is about: the window itself, unless it may only be asked of a run. */
export function partOf(metric: Metric, window: Window): Window {
  if (metric.of === 'window' || metric.of === 'name') return window;
  return metric.part?.(window.recording) ?? window.recording;
}

interface Found {
  readonly status: Status;
  /** Whether there are samples enough for that. */
  readonly enough: boolean;
}

interface Rules {
  readonly needed: number;
  readonly byInterval: boolean;
}

function statusOf(metric: Metric, measured: Measured, question: Question, { needed, byInterval }: Rules): Found {
  const { relation, bound } = question;
  const { best, worst, interval, samples, witness } = measured;
  const line = metric.line?.(question) ?? bound;
  const byValue = decide(best, worst, relation, line);
  const certainly = interval ? decide(interval[0], interval[1], relation, line) : 'unknown';
  if (witness || certainly === 'fail') return { status: 'fail', enough: true };
  const enough = samples >= needed;
  if (byInterval) return { status: certainly, enough };
  if (enough || (byValue === 'fail' && metric.extreme)) return { status: byValue, enough: true };
  // What breaks the tightest bound for which the samples are enough breaks a tighter one all the more.
  const tightest = metric.tightest?.(samples);
  const broken = tightest !== undefined && decide(best, worst, relation, tightest) === 'fail';
  return broken ? { status: 'fail', enough: true } : { status: 'unknown', enough };
}

function fewText(metric: Metric, samples: number, needed: number, question: Question): string | undefined {
  const { words } = metric;
  return (
    words.few?.(samples, needed, question) ?? explainTooFew(samples, needed, words.claim?.(question) ?? metric.name)
  );
}

interface Undecided {
  readonly byInterval: boolean;
  readonly measured: Measured;
  readonly shownBound: string;
}

function undecidedText(metric: Metric, question: Question, seen: Undecided): string | undefined {
  const told = metric.words.undecided?.(question.window, seen.shownBound);
  if (told === undefined && Number.isNaN(seen.measured.worst)) {
    return `There is no value of ${metric.name} ${over(question.window)}: nothing was measured.`;
  }
  if (told !== undefined || !seen.byInterval || !seen.measured.interval) return told;
  return 'Judged strictly, and the bound lies within the 95 % interval: only more samples make it narrower.';
}

/** What a metric is called in a sentence, for its judgements. */
function subjectOf({ name, words }: Metric, window: Window): Pick<Judgement, 'subject' | 'plural'> {
  return words.ofRun ?? { subject: `${words.inFull ?? name} ${over(window)}` };
}
