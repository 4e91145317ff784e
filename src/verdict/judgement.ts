/** `unknown` is for what was not, or not well enough, measured. It never passes. */
export type Status = 'pass' | 'fail' | 'unknown';

/** What an assertion came to, with its reasons. */
export interface Judgement {
  readonly status: Status;
  /** What was measured: `error rate`, `p99`. The names are those of the metrics table. */
  readonly metric: string;
  /** The value seen: per cent for shares, milliseconds for times. NaN when there is none. */
  readonly value: number;
  /** The value as a person reads it: `0.4 %`, `> 5.0 s`, `3 keys`. */
  readonly shown: string;
  /** The bound as asserted: `< 1 %`. */
  readonly bound: string;
  /** Operations (or races, keys, bins) that the value rests on. */
  readonly samples: number;
  /** The part of the run that was judged: `the whole run`, `during refuse(redis)`. */
  readonly window: string;
  /** Why this status, in a sentence or two, with what to try next. */
  readonly because: string;
}

const order: readonly Status[] = ['fail', 'unknown', 'pass'];

/** Several judgements as one status: any fail fails, else any unknown is unknown; none at all is unknown. */
export function combined(judgements: readonly Judgement[]): Status {
  return order.find((status) => judgements.some((judgement) => judgement.status === status)) ?? 'unknown';
}
