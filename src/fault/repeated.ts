import { type Duration, milliseconds, readable } from '../duration.ts';
import type { ScheduledFault } from './fault.ts';

/** How often a fault is repeated, and how far apart. */
export interface Repetition {
  /** A whole number from 2 to 1000. */
  readonly times: number;
  /** From the beginning of one to the beginning of the next. */
  readonly every: Duration;
}

/** No run has room for more. */
const mostTimes = 1_000;

/**
 * The same fault several times: `faults: repeated(refuse(redis).from('2s').for('1s'), { times: 3, every: '3s' })`. In
 * the recording the second is `refuse(redis) #2`, and each is one fault of the schedule, with a bite of its own.
 * @throws TypeError when `every` is not a duration; RangeError when `times` is not a whole number from 2 to 1000, or a
 *   repetition would begin before the one before it ends
 */
export function repeated(scheduled: ScheduledFault, repetition: Repetition): ScheduledFault[] {
  const name: string | undefined = scheduled?.name;
  const subject = `repeated(${name ?? ''})`;
  if (typeof scheduled?.from !== 'number') {
    throw new TypeError(`${subject}: the fault has no time: write ${name ?? 'refuse(redis)'}.from('2s').for('1s')`);
  }
  const { times, every } = repetition ?? {};
  if (!(Number.isInteger(times) && times >= 2 && times <= mostTimes)) {
    throw new RangeError(`${subject}: times must be a whole number from 2 to ${mostTimes}; got ${String(times)}`);
  }
  const distance = milliseconds(every, `${subject}: every`);
  const length = scheduled.to - scheduled.from;
  if (distance <= length) {
    throw new RangeError(
      `${subject}: every must be longer than the fault lasts (${readable(length)}); got ${JSON.stringify(every)}`,
    );
  }
  const first = { ...scheduled };
  const later = Array.from({ length: times - 1 }, (_, index) => {
    const shift = (index + 1) * distance;
    return {
      ...scheduled,
      from: scheduled.from + shift,
      to: scheduled.to + shift,
      ...(scheduled.after && { after: { ...scheduled.after, delay: scheduled.after.delay + shift } }),
      repeatOf: first,
    };
  });
  return [first, ...later];
}
