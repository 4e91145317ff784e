import type { Interval } from '../analysis/stats/interval.ts';
import type { GeneratorHealth, WarmUpFacts } from '../recording/recording.ts';

/** `unknown` is for what was not, or not well enough, measured. It never passes. */
export type Status = 'pass' | 'fail' | 'unknown';

/** What an assertion came to, with its reasons. */
export interface Judgement {
  readonly status: Status;
  /** What was measured: `error rate`, `p99`. The names are those of the metrics table. */
  readonly metric: string;
  /**
   * What was measured, and where, for a reader without the table: `error rate during refuse(redis)`. Absent: metric and
   * window.
   */
  readonly subject?: string;
  /** Whether the subject counts several: `lost keys`. */
  readonly plural?: true;
  /** The value seen: per cent for shares, milliseconds for times. NaN when there is none. */
  readonly value: number;
  /**
   * Where the true value lies with 95 % certainty, in the unit of `value`, by the number of samples. One end is of the
   * best case, the other of the worst. It takes the samples for independent. 0 or +Infinity is an end for which there
   * are too few samples. Absent without samples, and where the metric is no share and no percentile.
   */
  readonly interval?: Interval;
  /** The value as a person reads it: `0.4 %`, `> 5.0 s`, `3 keys`. */
  readonly shown: string;
  /** The lesser and the greater of its best and worst case as a person reads them. Absent where there is only one. */
  readonly ends?: readonly [low: string, high: string];
  /** The bound as asserted: `< 1 %`. */
  readonly bound: string;
  /** Operations (or races, keys, bins) that the value rests on. */
  readonly samples: number;
  /** What the measurement itself was worth, in the window. */
  readonly validity: Validity;
  /** The part of the run that was judged: `the whole run`, `during refuse(redis)`. */
  readonly window: string;
  /** Why this status, in a sentence or two, with what to try next. */
  readonly because: string;
  /** A fact that no doubt about the run can undo, and no other repeat of it: a lost key, two winners. */
  readonly witness?: true;
  /** The value of each repeat, in order; absent for a single run. `value` is their median then. */
  readonly repeats?: readonly number[];
}

/**
 * What a measurement was worth: how well the load generator kept to its plan, and the number of samples. Plain JSON.
 */
export interface Validity {
  /**
   * Milliseconds from due to sent of the operations that were sent. Null without any, and in a closed loop: it has no
   * plan.
   */
  readonly lag: { readonly p99: number; readonly max: number } | null;
  /** Share of the operations due in an open loop that were sent, 0 to 1. Null without any, and for other loads. */
  readonly achieved: number | null;
  /** Operations that were not sent because the app left the cap on operations in flight full. */
  readonly saturated: number;
  /** Operations that were not sent through the generator's own fault. */
  readonly unsent: number;
  /** Milliseconds of the window in which the generator stood still. */
  readonly stalled: number;
  /** Operations (or races, keys, bins) that the value rests on. */
  readonly samples: number;
  /** How many of them the statistic needs; null where there is no such number. */
  readonly needed: number | null;
  /** How busy the load generator was, over the whole run; absent where that was not measured. */
  readonly generator?: GeneratorHealth;
  /** Share of all cores of the machine that were busy in the window, 0 to 1; absent where that was not observed. */
  readonly machine?: number;
  /** How long the warm-up lasted and what came of it; absent where the load does not say. */
  readonly warmUp?: WarmUpFacts;
}

/** Whether it is a failure that no doubt about the run can undo. */
export function isWitness({ status, witness }: Judgement): boolean {
  return status === 'fail' && witness === true;
}

const order: readonly Status[] = ['fail', 'unknown', 'pass'];

/** Several judgements as one status: any fail fails, else any unknown is unknown; none at all is unknown. */
export function combine(judgements: readonly Judgement[]): Status {
  return order.find((status) => judgements.some((judgement) => judgement.status === status)) ?? 'unknown';
}
