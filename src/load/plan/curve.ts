/** A part of a rate curve over which the rate changes by a straight line, or not at all. */
export interface CurvePart {
  /** Milliseconds since zero. */
  readonly from: number;
  /** Milliseconds; 0 for a jump, which offers nothing by itself. */
  readonly length: number;
  /** Arrivals per second at its beginning and at its end. */
  readonly startRate: number;
  readonly endRate: number;
  /** Arrivals from zero to its beginning: the integral of the rate. */
  readonly before: number;
}

/**
 * How many arrivals per second are offered at each instant. Before zero it is the rate at which it starts; at least one
 * part.
 */
export type RateCurve = readonly CurvePart[];

/** What a curve is built of, in order: the rate at the end of each part, and its length in milliseconds. */
export interface CurveStep {
  readonly startRate: number;
  readonly endRate: number;
  readonly length: number;
}

/** Sums of many products are wrong by less than this share of an arrival; what is that close to a whole one is one. */
const noise = 1e-6;

/** Joins steps to a curve. A jump, a step without a length, only sets the rate at which a curve starts. */
export function curveOf(steps: readonly CurveStep[]): RateCurve {
  const parts: CurvePart[] = [];
  let from = 0;
  let before = 0;
  for (const step of steps) {
    parts.push({ ...step, from, before });
    from += step.length;
    before = whole(before + ((step.startRate + step.endRate) / 2) * (step.length / 1_000));
  }
  return parts;
}

/** Highest rate of a curve, per second. */
export function peakOf(curve: RateCurve): number {
  return curve.reduce((peak, { startRate, endRate }) => Math.max(peak, startRate, endRate), 0);
}

/** Arrivals from zero to `instant` (milliseconds): the integral of the rate up to it, negative before zero. */
export function arrivalsBy(curve: RateCurve, instant: number): number {
  const part = partAt(curve, (candidate) => candidate.from <= instant);
  const time = instant - part.from;
  if (instant < 0 || part.startRate === part.endRate) return part.before + (time * part.startRate) / 1_000;
  const within = Math.min(time, part.length);
  return part.before + (within * part.startRate + (within * within * slopeOf(part)) / 2) / 1_000;
}

/**
 * The instant at which the integral of the rate reaches `position`, in milliseconds: arrival n of even spacing is due
 * at instantOf(n). Where nothing is offered for a while, what comes next is due when something is again.
 * @param position from below the integral over the whole curve
 */
export function instantOf(curve: RateCurve, position: number): number {
  const part = partAt(curve, (candidate) => candidate.before <= position);
  const arrivals = position - part.before;
  if (position < 0 || part.startRate === part.endRate) return part.from + (arrivals * 1_000) / part.startRate;
  // The root of startRate x + slope x^2 / 2 = 1000 arrivals, in the form that subtracts nothing: the slope may be tiny.
  const root = Math.sqrt(Math.max(0, part.startRate ** 2 + 2 * slopeOf(part) * arrivals * 1_000));
  return arrivals === 0 ? part.from : part.from + (2 * arrivals * 1_000) / (part.startRate + root);
}

/** Change of the rate per second, per millisecond. */
function slopeOf({ startRate, endRate, length }: CurvePart): number {
  return (endRate - startRate) / length;
}

/** The last part that has begun; the first for what lies before all. */
function partAt(curve: RateCurve, begun: (part: CurvePart) => boolean): CurvePart {
  return curve.findLast(begun) ?? (curve[0] as CurvePart);
}

function whole(position: number): number {
  const rounded = Math.round(position);
  return Math.abs(position - rounded) < noise ? rounded : position;
}
