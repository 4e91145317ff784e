import { setTimeout as sleep } from 'node:timers/promises';
import { readable } from '../duration.ts';
import { now } from '../recording/clock.ts';
import type { Bite, FaultRecord } from '../recording/recording.ts';
import { connectionsMet, exposureOf } from './exposure.ts';
import type { Fault, ScheduledFault } from './fault.ts';

/** The app's connections are counted this long before a fault, for the question itself takes time. */
const countAhead = 250;

/** An app without a connection at that moment is met all the same if it opened one within this time before. */
const openedWithin = 1_000;

/** A lasting fault is seen at its start and again before its end; shorter than this there is no room for both. */
const shortest = 1_000;

/** Milliseconds that a fault must last at least, so that it can be seen twice. */
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

/** Whether one begins only when the other is healed, or one that begins only then. */
function follows({ after }: ScheduledFault, other: ScheduledFault): boolean {
  return after !== undefined && (after.other === other || follows(after.other, other));
}

type Timed = Pick<ScheduledFault, 'from' | 'to' | 'fault'>;

/** Whether two faults of one subject want the same of it at the same time. */
export function collide(one: Timed, other: Timed): boolean {
  if (one.fault.subject !== other.fault.subject || one.from > other.to || other.from > one.to) return false;
  return one.fault.holds.some((part) => other.fault.holds.includes(part));
}

/** Names under which the faults are recorded: the second `refuse(redis)` of a run, in time, is `refuse(redis) #2`. */
export function recordedNames(faults: readonly ScheduledFault[]): string[] {
  const names = new Map<ScheduledFault, string>();
  const counts = new Map<string, number>();
  for (const scheduled of faults.toSorted((a, b) => a.from - b.from)) {
    const count = (counts.get(scheduled.name) ?? 0) + 1;
    counts.set(scheduled.name, count);
    names.set(scheduled, count === 1 ? scheduled.name : `${scheduled.name} #${count}`);
  }
  return faults.map((scheduled) => names.get(scheduled) as string);
}

/**
 * Injects and heals each fault at its time and returns what happened to each. When the signal aborts, or one fault cannot be
 * brought about, whatever is in effect is healed before this rejects.
 * @param zero the load's zero on the clock of `recording/clock.ts`
 */
export async function runSchedule(
  faults: readonly ScheduledFault[],
  zero: number,
  signal: AbortSignal,
  onPhase: (phase: string) => void,
): Promise<FaultRecord[]> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const names = recordedNames(faults);
  const over = faults.map(() => Promise.withResolvers<void>());
  const runs = faults.map(async (scheduled, index) => {
    const awaited = [...earlierOf(faults, scheduled), ...(scheduled.after ? [scheduled.after.other] : [])];
    const before = awaited.flatMap((other) => over[faults.indexOf(other)]?.promise ?? []);
    try {
      return await runFault({ ...scheduled, name: names[index] as string }, before, zero, stop, onPhase);
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      over[index]?.resolve();
    }
  });
  const settled = await Promise.allSettled(runs);
  const broken = settled.find((result) => result.status === 'rejected');
  if (broken) throw failed.signal.reason ?? broken.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** The faults before one that hold the same of its subject: to heal may take longer than to their planned end, as a start-up does. */
function earlierOf(faults: readonly ScheduledFault[], { fault, from }: ScheduledFault): ScheduledFault[] {
  return faults.filter(
    (other) => other.from < from && collide({ ...other, to: Number.POSITIVE_INFINITY }, { fault, from, to: from }),
  );
}

async function runFault(
  { name, fault, from, to, after }: ScheduledFault,
  before: readonly Promise<void>[],
  zero: number,
  signal: AbortSignal,
  onPhase: (phase: string) => void,
): Promise<FaultRecord> {
  const clock = () => now() - zero;
  const until = async (instant: number) => {
    // A timer may fire a fraction of a millisecond early.
    while (clock() < instant) await sleep(Math.ceil(instant - clock()), undefined, { signal });
    signal.throwIfAborted();
  };
  const instants: Record<string, number> = {};
  const note = (instant: string) => {
    instants[instant] = clock();
  };

  await until(from - countAhead - openedWithin);
  const exposure = await exposureOf(fault);
  await until(from - countAhead);
  await Promise.all(before);
  const begin = after ? clock() + after.delay : from;
  await until(begin - countAhead);
  const connectionsBefore = await connectionsMet(fault, exposure);
  await until(begin);
  const askedAt = clock();
  // What begins after another lasts its whole time; any other ends when it was to.
  const end = after ? askedAt + to - from : to;
  const injection = await injected(fault, signal, note);
  const inEffectAt = clock();
  onPhase(name);

  let seenFirst: Bite['detail'] = '';
  let seenLast: Bite['detail'] = '';
  let seenAtStart = false;
  let seenBeforeEnd = false;
  let healAskedAt = Number.NaN;
  try {
    ({ seen: seenAtStart, detail: seenFirst } = await fault.look());
    ({ seen: seenBeforeEnd, detail: seenLast } = { seen: seenAtStart, detail: seenFirst });
    if (to > from) {
      await until(end - fault.patience - 50);
      ({ seen: seenBeforeEnd, detail: seenLast } = await fault.look());
      await until(end);
    }
  } finally {
    healAskedAt = clock();
    await injection[Symbol.asyncDispose]();
  }
  const healedAt = clock();
  onPhase('recovery');

  const detail = `${connectionsBefore} connections before; at its start ${seenFirst}; before its end ${seenLast}`;
  return {
    name,
    kind: fault.kind,
    service: fault.subject.name,
    serviceKind: fault.subject.kind,
    askedAt,
    inEffectAt,
    healAskedAt,
    healedAt,
    instants,
    bite: { connectionsBefore, seenAtStart, seenBeforeEnd, detail },
  };
}

async function injected(fault: Fault, signal: AbortSignal, note: (instant: string) => void): Promise<AsyncDisposable> {
  try {
    return await fault.inject(signal, note);
  } catch (cause) {
    throw new Error(`${fault.name} could not be injected: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
