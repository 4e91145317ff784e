import { readable } from '../duration.ts';
import type { Recording } from '../recording/recording.ts';
import type { Judgement } from './judgement.ts';
import { over } from './words/evidence.ts';

/** A trial of a search, as it was made. */
export interface Trial {
  /** In the unit of the search: milliseconds where it is over durations. */
  readonly value: number;
  readonly decision: 'held' | 'broke' | 'undecided';
  /** It was to last longer than others, to confirm a value that held. */
  readonly sustained: boolean;
  /** What the objectives came to; none where `holds` said only yes or no. */
  readonly judgements: readonly Judgement[];
  /** What the trial returned, if that was a recording. */
  readonly recording: Recording | undefined;
}

/** Where something breaks: a bracket, with all that led to it. */
export interface BreakingPoint {
  /** What was varied: `offered rate`, `outage length`. */
  readonly of: string;
  readonly unit: 'number' | 'duration';
  /** What is put after a number for people: `/s`, ` connections`. */
  readonly suffix: string;
  /** Between which values was looked. */
  readonly from: number;
  readonly to: number;
  /**
   * `found`: it breaks between `heldAt` and `brokeAt`; both were confirmed. `not-reached`: it held at the highest value
   * tried. `broke-at-start`: it broke at the lowest. `inconclusive`: the trials do not tell; `because` says why.
   */
  readonly status: 'found' | 'not-reached' | 'broke-at-start' | 'inconclusive';
  /** The highest value below `brokeAt` at which it held. */
  readonly heldAt: number | undefined;
  /** The lowest value at which it broke. */
  readonly brokeAt: number | undefined;
  /** The objectives that were broken in the last trial at `brokeAt`, where judgements say so. */
  readonly brokeFirst: readonly Judgement[];
  /** All trials, in their order. */
  readonly trials: readonly Trial[];
  /** Trials that broke although another held at a higher value, or later at the same. */
  readonly contradictions: readonly { readonly brokeAt: number; readonly heldAt: number }[];
  /** How it ended, in a sentence. */
  readonly because: string;
  /** All trials by value, as text, with a bar for what broke first. */
  readonly picture: string;
  /** What else was seen, as sentences: a cross-check. */
  readonly notes: readonly string[];
}

/** A metric with its window, as the objective of a trial: `error rate after refuse(redis)`. */
export function objectiveText({ metric, window }: Pick<Judgement, 'metric' | 'window'>): string {
  return window === 'the whole run' ? metric : `${metric} ${over(window)}`;
}

/** The search of a point, as far as its values are written by it. */
export type Scale = Pick<BreakingPoint, 'unit' | 'suffix'>;

/** What the line of a search in the table is about. */
export const searchWindow = 'the search';

/** A value of a search as a person reads it: `436/s`, `10.6 s`. */
export function valueText({ unit, suffix }: Scale, value: number): string {
  if (unit === 'number') return `${digits(value)}${suffix}`;
  if (value < 1_000) return `${digits(value)} ms`;
  return value < 120_000 ? `${digits(value / 1_000)} s` : readable(value);
}

/** As precise as a search is, which a duration in tenths of a second would not be. */
function digits(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
}

/** The bracket as a person reads it: `held at 400/s, broke at 436/s`. */
export function bracketText(point: Scale & Pick<BreakingPoint, 'heldAt' | 'brokeAt'>): string {
  const { heldAt, brokeAt } = point;
  const held = heldAt === undefined ? 'held nowhere' : `held at ${valueText(point, heldAt)}`;
  return brokeAt === undefined ? held : `${held}, broke at ${valueText(point, brokeAt)}`;
}
