import type { Recording } from '../recording/recording.ts';
import { countAbove } from './order.ts';

/** The spans in which the generator could not run, sorted and without overlaps, so that they can be asked quickly. */
export interface Stalls {
  /** Milliseconds of [from, to] in which the generator stood still. */
  overlap(from: number, to: number): number;
  /** Whether the generator stood still at that instant, or had only just woken up. */
  wakingAt(instant: number): boolean;
}

/**
 * After a stall the generator first works off what fell due meanwhile, timers before answers that already lie in its sockets.
 * Until this many milliseconds later a time-out may be the generator's doing.
 */
const wakingUp = 50;

/** The stalls of a recording's generator. */
export function stallsOf(recording: Recording): Stalls {
  const spans = merged(recording.generator.stalls);
  if (spans.length === 0) return { overlap: () => 0, wakingAt: () => false };

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
    wakingAt: (instant) => {
      const begun = begunBy(instant);
      return begun > 0 && instant <= (ends[begun - 1] as number) + wakingUp;
    },
  };
}

function merged(stalls: readonly (readonly [from: number, to: number])[]): [from: number, to: number][] {
  const sorted = stalls.filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0]);
  const spans: [from: number, to: number][] = [];
  for (const [from, to] of sorted) {
    const last = spans.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else spans.push([from, to]);
  }
  return spans;
}
