import type { Interval } from '../analysis/stats/interval.ts';
import type { Recording, Window } from '../recording/recording.ts';
import type { Relation } from './bound.ts';
import type { Step } from './grade.ts';
import type { Status } from './judgement.ts';
import type { Ends } from './words/evidence.ts';
import { textOf, type Unit } from './words/units.ts';

/** The names of all metrics. A drift goes by its quantity, and a backlog that is not the usual one by its probe. */
export type MetricName = FixedName | `queue backlog (${string})` | `${string} drift`;

/** The names of the metrics that every recording may have. */
export type FixedName =
  | 'RPS'
  | 'p50'
  | 'p95'
  | 'p99'
  | 'error rate'
  | 'availability'
  | 'answered of offered'
  | 'win rate'
  | 'race conditions'
  | 'race time'
  | 'slowest race'
  | 'Redis outage error rate'
  | 'success during a database outage'
  | 'success after a database outage'
  | RecoveryName
  | 'pool recovery'
  | `recovery of ${'goodput' | 'errors' | 'p99' | 'backlog'}`
  | 'time to degrade'
  | 'goodput lost'
  | 'relapses'
  | 'queue backlog'
  | 'lost'
  | 'duplicated'
  | 'transactions rolled back'
  | 'app CPU'
  | 'app memory'
  | 'generator memory';

/** Recovery by the kind of the service that suffered. */
export type RecoveryName = 'Redis recovery' | 'database recovery' | 'recovery';

/**
 * A change to a run that makes it worse: `an error` in place of an ok answer that comes no sooner; `silence` from some
 * instant on; `a lost key` that was acknowledged.
 */
export type Worsening =
  | 'an error'
  | 'a slower answer'
  | 'silence'
  | 'an error after the fault'
  | 'a slower answer after the fault'
  | 'slower answers in the last part'
  | 'a higher value in the last part'
  | 'a lost key'
  | 'a key applied twice'
  | 'a second winner'
  | 'more backlog';

/**
 * What can be measured of a recording: how, and how it is said. A matcher, a row of the report and a line of a target
 * use the same metric: with a bound by {@link judge}, without one by {@link measure}.
 */
export interface Metric {
  readonly name: MetricName;
  readonly unit: Unit;
  /**
   * What it may be asked of. `run`: a whole recording. `race`: a recording of races. `window`: any part of a recording.
   * `name`: any part, and the report measures it for each kind of operation too.
   */
  readonly of: 'run' | 'race' | 'window' | 'name';
  /** Which value is the better one; `neither` where the metric is only told. */
  readonly better: 'less' | 'more' | 'neither';
  /**
   * The changes to a run that are worse for it, by what they strike. None of them ever gives it a better verdict: the
   * rules of soundness are held against each. Empty where nothing is known to be worse.
   */
  readonly worsen: readonly Worsening[];
  /** How it is computed from a recording, as a clause for the report. */
  readonly how: string;
  /**
   * The windows of a recording for which a report measures it unasked, and to which a target's bound applies. None
   * where it does not apply.
   */
  windows(recording: Recording): readonly Window[];
  /** Another metric that a report tells of the same windows, in the line after. No target applies to it there. */
  readonly beside?: Metric;
  /** The part of a run that it is about, where it may be asked of a run only and is not about all of it. */
  part?(recording: Recording): Window;
  /** Called once for each window. */
  measure(window: Window): Measured;
  /** The value depends on the machine's speed: beyond its bound on a machine that others filled, it proves nothing. */
  readonly timed?: true;
  /** It is the greatest of its samples: one beyond the bound is enough to break it, however few there are. */
  readonly extreme?: true;
  /** Samples that a verdict needs, where that hangs on the bound; `needs` of what was measured otherwise. */
  needed?(question: Question): number;
  /** The tightest bound for which so many samples are enough, where that hangs on the bound. */
  tightest?(samples: number): number;
  /** Whether the interval decides in place of the value itself. */
  byInterval?(question: Question): boolean;
  /** The value against which a bound is held, where it is not the bound itself. */
  line?(question: Question): number;
  /** Steps from the smallest value up. */
  readonly grades?: readonly Step[];
  readonly words: MetricWords;
}

/** What a metric came to in a window, in the metric's unit. */
export interface Measured {
  /**
   * What may be true at best, in the app's favour, and at worst. Both NaN without a value. Equal where nothing is
   * uncertain.
   */
  readonly best: number;
  readonly worst: number;
  /**
   * What was seen in the best and in the worst case, where more may be true: an app that kept up with what was offered
   * may do more.
   */
  readonly seen?: { readonly best: number; readonly worst: number };
  /** Where the true value lies with 95 % certainty, by the number of samples. For shares, percentiles and rates. */
  readonly interval?: Interval | undefined;
  readonly samples: number;
  /** Samples that a grade needs. */
  readonly needs: number;
  /** Why the value says little, beyond a fault that was not felt and too few samples. */
  readonly doubts: readonly Doubt[];
  /** Whether something was found that no doubt can undo and that breaks any bound: two winners of one race. */
  readonly witness?: boolean;
}

/** Why a value says little. */
export interface Doubt {
  readonly reason: string;
  /** The verdict that stands in spite of it: quick errors make no good percentile, but a bad one is bad. */
  readonly spares?: 'pass' | 'fail';
}

/** What is asked of a metric. */
export interface Question {
  readonly window: Window;
  readonly relation: Relation;
  /** In the metric's unit. */
  readonly bound: number;
  /** Whether the whole interval must keep the bound, where the metric has one. */
  readonly strict: boolean;
}

/** A question with what was found. */
export interface Answer extends Question {
  readonly measured: Measured;
  readonly status: Status;
}

/** How a metric is said. */
export interface MetricWords {
  /** Its name where that is short of a sentence: `recovery time`. */
  readonly inFull?: string;
  /** What it is of a whole run, about which no window has to be told; `plural` where it counts several. */
  readonly ofRun?: { readonly subject: string; readonly plural?: true };
  /** A value as a person reads it, where the unit does not say it. */
  text?(value: number, window: Window): string;
  /** A bound as a person reads it, where it is not said as values are. */
  bound?(bound: number, window: Window): string;
  /** The interval as a sentence, where the unit does not say it. */
  certainty?(interval: Interval | undefined): string;
  /** What needs so many samples: `a p99 whose 95 % upper limit is finite`. */
  claim?(question: Question): string;
  /** Why there are too few samples, and how to get more, where the rate of the load is no remedy. */
  few?(samples: number, needed: number, question: Question): string;
  /**
   * Says why a bound between the best and the worst case cannot be judged, where that is not the generator's doing
   * alone.
   */
  undecided?(window: Window, bound?: string): string | undefined;
  /** What was seen. Empty sentences are left out, here and in `advice`. */
  facts(answer: Answer): readonly string[];
  /** What a healthy service does and what to try next; said of a failure only. */
  advice(answer: Answer): readonly string[];
}

const known = new WeakMap<Recording, Map<string, Measured>>();

/** What a metric comes to in a window. Measured once for each window of a recording, and remembered. */
export function measure(metric: Metric, window: Window): Measured {
  const results = known.get(window.recording) ?? new Map<string, Measured>();
  known.set(window.recording, results);
  const question = JSON.stringify([metric.name, window.name, `${window.from} ${window.to}`, window.spans, window.only]);
  const remembered = results.get(question);
  if (remembered) return remembered;
  const measured = metric.measure(window);
  results.set(question, measured);
  return measured;
}

/**
 * What was seen of a metric, for a person: a range where best and worst case differ, `5.0 s or more` where the worst
 * has no end.
 */
export function shownOf(metric: Metric, window: Window, measured: Measured): string {
  const { best, worst } = measured.seen ?? measured;
  const [low, high] = endsOf(metric, window, measured);
  if (low === high) return low;
  const isOpen = metric.unit === 'ms' && !metric.words.text && worst === Number.POSITIVE_INFINITY && best < worst;
  return isOpen ? `${low} or more` : `${low} to ${high}`;
}

/** The lesser and the greater of its best and worst case as a person reads them. */
export function endsOf({ unit, words }: Metric, window: Window, measured: Measured): Ends {
  const text = (value: number) => words.text?.(value, window) ?? textOf(unit, value);
  const { best, worst } = measured.seen ?? measured;
  return [text(Math.min(best, worst)), text(Math.max(best, worst))];
}
