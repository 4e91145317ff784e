import type { TimeSpan } from '../../recording/fault-windows.ts';
import type { Recording } from '../../recording/recording.ts';
import { countAbove } from '../stats/order.ts';

/** SpanIndex of time, sorted and without overlaps, so that they can be asked quickly. */
export interface SpanIndex {
  /** Milliseconds of [from, to] that lie in them. */
  overlap(from: number, to: number): number;
  /** Whether the instant lies in one of them, ends included, or at most so many milliseconds after its end. */
  holds(instant: number, after?: number): boolean;
}

/** The times of a run that its generator disturbed. */
export interface Disturbances {
  /** It could not run, or worked off at once what had fallen due meanwhile. */
  readonly all: SpanIndex;
  /** Only the latter. */
  readonly catchingUp: SpanIndex;
  /** Whether it stood still or caught up at that instant, or had only just done so. */
  readonly wakingAt: (instant: number) => boolean;
}

/**
 * After a stall the generator first works off what fell due meanwhile, timers before answers that already lie in its
 * sockets. Until this many milliseconds later a time-out may be the generator's doing.
 */
export const wakingUp = 50;

/** The stalls of a recording's generator. */
export function findStalls(recording: Recording): SpanIndex {
  return joinSpans(recording.generator.stalls);
}

/** The stalls of a recording's generator, and what they left behind. */
export function findDisturbances({ generator: { stalls, catchingUp = [] } }: Recording): Disturbances {
  const all = joinSpans([...stalls, ...catchingUp]);
  return { all, catchingUp: joinSpans(catchingUp), wakingAt: (instant) => all.holds(instant, wakingUp) };
}

/** SpanIndex of time as {@link SpanIndex}, in any order. */
export function joinSpans(list: readonly TimeSpan[]): SpanIndex {
  const spans = merged(list);
  if (spans.length === 0) return { overlap: () => 0, holds: () => false };

  const starts = Float64Array.from(spans, ([from]) => from);
  const ends = Float64Array.from(spans, ([, to]) => to);
  const stalledBefore = new Float64Array(spans.length + 1);
  for (const [index, [from, to]] of spans.entries()) {
    stalledBefore[index + 1] = (stalledBefore[index] as number) + to - from;
  }

  const begunBy = (instant: number): number => starts.length - countAbove(starts, instant);
  /** Milliseconds stalled from the first stall to an instant. */
  const stalledUntil = (instant: number): number => {
    const begun = begunBy(instant);
    if (begun === 0) return 0;
    const unfinished = Math.max(0, (ends[begun - 1] as number) - instant);
    return (stalledBefore[begun] as number) - unfinished;
  };
  return {
    overlap: (from, to) => (to > from ? stalledUntil(to) - stalledUntil(from) : 0),
    holds: (instant, after = 0) => {
      const begun = begunBy(instant);
      return begun > 0 && instant <= (ends[begun - 1] as number) + after;
    },
  };
}

function merged(list: readonly TimeSpan[]): [from: number, to: number][] {
  const sorted = list.filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0]);
  const spans: [from: number, to: number][] = [];
  for (const [from, to] of sorted) {
    const last = spans.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else spans.push([from, to]);
  }
  return spans;
}
