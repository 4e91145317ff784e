/** The plan of an open loop with even spacing: arrival n is due n / rate seconds after zero. */
export interface Schedule {
  /** Arrivals per second. */
  readonly rate: number;
  /** The first arrival of the warm-up: zero or negative. */
  readonly first: number;
  /** How many arrivals there are from zero on: those due before the duration is over. */
  readonly count: number;
}

/** Rounding errors of rate x time are far below this share of an arrival. */
const slack = 1e-6;

/**
 * The schedule of a rate over a time.
 * @param rate arrivals per second, above 0
 * @param duration milliseconds from zero
 * @param warmUp milliseconds before zero
 */
export function scheduleOf(rate: number, duration: number, warmUp: number): Schedule {
  const before = Math.floor((warmUp * rate) / 1_000 + slack);
  return { rate, first: before === 0 ? 0 : -before, count: Math.ceil((duration * rate) / 1_000 - slack) };
}

/** When arrival n is due, in milliseconds since zero; negative in the warm-up. */
export function dueAt(schedule: Schedule, n: number): number {
  return (n * 1_000) / schedule.rate;
}

/** How many arrivals, counted from the first of the warm-up, are due at or before `instant` (milliseconds since zero). */
export function dueCount(schedule: Schedule, instant: number): number {
  const last = Math.floor((instant * schedule.rate) / 1_000 + slack);
  return Math.max(0, Math.min(last, schedule.count - 1) - schedule.first + 1);
}
