import { readable } from '../duration.ts';
import type { Fault, ScheduledFault } from './fault.ts';

/** Minimum duration (ms): a lasting fault is seen at its start and again before its end. */
const shortest = 1_000;

/** Minimum duration (ms) of this fault, so that it can be seen twice. */
export function shortestOf({ patience }: Fault): number {
  return Math.max(shortest, 2 * patience + 100);
}

/**
 * Checks a schedule before anything starts.
 * @param duration of the load in milliseconds; undefined when it has no planned end
 * @throws RangeError naming the fault, the rule and the remedy
 */
export function checkSchedule(faults: readonly ScheduledFault[], duration: number | undefined): void {
  for (const [index, scheduled] of faults.entries()) {
    const { name, from, to, fault, after } = scheduled;
    if (after && !faults.includes(after.other)) {
      throw new RangeError(
        `${name} begins after ${after.other.name}, which is not among the faults: give the same one to both, const first = ...; faults: [first, ...after(first)...]`,
      );
    }
    const needed = shortestOf(fault);
    if (to > from && to - from < needed) {
      throw new RangeError(
        `${name} lasts ${readable(to - from)}; it must last at least ${readable(needed)} to be seen twice`,
      );
    }
    if (duration !== undefined && to > duration) {
      throw new RangeError(
        `${name} ends at ${readable(to)}${after ? ' at the earliest' : ''}, after the load (${readable(duration)}): lengthen the load, so that recovery can be seen`,
      );
    }
    const other = faults
      .slice(0, index)
      .find((earlier) => !follows(scheduled, earlier) && !follows(earlier, scheduled) && collide(earlier, scheduled));
    if (other) {
      const shared = fault.holds.filter((part) => other.fault.holds.includes(part)).join(' and ');
      throw new RangeError(
        `${name} overlaps ${other.name}, and both hold the ${shared} of ${fault.subject.name}: give them times that do not overlap`,
      );
    }
  }
}

/**
 * Checks a schedule at the end of a load that had no planned end.
 * @param end end of the load (ms)
 * @throws RangeError naming a fault that the load did not meet
 */
export function checkBegun(faults: readonly ScheduledFault[], end: number): void {
  const missed = faults.find(({ from }) => from > end);
  if (!missed) return;
  throw new RangeError(
    `${missed.name} was to begin at ${readable(missed.from)}, and the load was over at ${readable(end)}: begin it earlier, or give the load more to do`,
  );
}

/** Whether a fault begins only after the other is healed, directly or through a third. */
function follows({ after }: ScheduledFault, other: ScheduledFault): boolean {
  return after !== undefined && (after.other === other || follows(after.other, other));
}

type TimedFault = Pick<ScheduledFault, 'from' | 'to' | 'fault'>;

/** Whether two faults hold the same part of one subject at the same time. */
export function collide(one: TimedFault, other: TimedFault): boolean {
  if (one.fault.subject !== other.fault.subject || one.from > other.to || other.from > one.to) return false;
  return one.fault.holds.some((part) => other.fault.holds.includes(part));
}

/** Names the faults for the recording: the second `refuse(redis)` of a run is `refuse(redis) #2`. */
export function nameFaults(faults: readonly ScheduledFault[]): string[] {
  const names = new Map<ScheduledFault, string>();
  const counts = new Map<string, number>();
  for (const scheduled of faults.toSorted((a, b) => a.from - b.from)) {
    const count = (counts.get(scheduled.name) ?? 0) + 1;
    counts.set(scheduled.name, count);
    names.set(scheduled, count === 1 ? scheduled.name : `${scheduled.name} #${count}`);
  }
  return faults.map((scheduled) => names.get(scheduled) as string);
}
