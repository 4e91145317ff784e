import { setTimeout as sleep } from 'node:timers/promises';
import { readable } from '../duration.ts';
import { now } from '../recording/clock.ts';
import type { Bite, FaultRecord } from '../recording/recording.ts';
import { connectionsMet, exposureOf } from './exposure.ts';
import type { Fault, Look, ScheduledFault } from './fault.ts';
import { collide, recordedNames } from './schedule.ts';

/** The app's connections are counted this long before a fault, for the question itself takes time. */
const countAhead = 250;

/** An app without a connection at that moment is met all the same if it opened one within this time before. */
const openedWithin = 1_000;

/** An answer about them is waited for so long, so that the fault begins. */
const countWithin = 1_000;

/** A look is given up when it takes so many milliseconds longer than it may, so that its fault ends. */
const lateLook = 2_000;

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
  /** When each was over, on the clock of `recording/clock.ts`. */
  const over = faults.map(() => Promise.withResolvers<number>());
  const runs = faults.map(async (scheduled, index) => {
    const ends = (others: readonly ScheduledFault[]) =>
      others.flatMap((other) => over[faults.indexOf(other)]?.promise ?? []);
    const before = {
      sameHeld: ends(earlierOf(faults, scheduled)),
      followed: ends(scheduled.after ? [scheduled.after.other] : [])[0],
    };
    try {
      const first = scheduled.repeatOf && names[faults.indexOf(scheduled.repeatOf)];
      const record = await runFault({ ...scheduled, name: names[index] as string }, before, zero, stop, onPhase);
      return { ...record, scheduledAt: scheduled.from, ...(first !== undefined && { repeatOf: first }) };
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      over[index]?.resolve(now());
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

/** What a fault waits for: the ends of others. */
interface Before {
  readonly sameHeld: readonly Promise<number>[];
  /** Of the one that it is to begin after. */
  readonly followed: Promise<number> | undefined;
}

async function runFault(
  { name, fault, from, to, after }: ScheduledFault,
  before: Before,
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
  const healedOther = await before.followed;
  await Promise.all(before.sameHeld);
  const begin = after && healedOther !== undefined ? healedOther - zero + after.delay : from;
  await until(begin - countAhead);
  // Another fault may have taken the server away, or silenced it: then nobody knows of any.
  const counted = () => connectionsMet(fault, exposure).catch(() => 0);
  const connectionsBefore = await inTime(counted, countWithin, 0, signal);
  await until(begin);
  const askedAt = clock();
  // Its whole time, also when it had to wait: one that was over at once would pass for one that was survived.
  const end = askedAt + to - from;
  const injection = await injected(fault, signal, note);
  const inEffectAt = clock();

  let seenFirst: Bite['detail'] = '';
  let seenLast: Bite['detail'] = '';
  let seenAtStart = false;
  let seenBeforeEnd = false;
  let healAskedAt = Number.NaN;
  try {
    onPhase(name);
    ({ seen: seenAtStart, detail: seenFirst } = await lookedAt(fault, signal));
    ({ seen: seenBeforeEnd, detail: seenLast } = { seen: seenAtStart, detail: seenFirst });
    if (to > from) {
      await until(end - fault.patience - 50);
      ({ seen: seenBeforeEnd, detail: seenLast } = await lookedAt(fault, signal));
      await until(end);
    }
  } finally {
    healAskedAt = clock();
    await healed(fault, injection);
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
    throw failed(`${fault.name} could not be injected`, cause);
  }
}

function lookedAt(fault: Fault, signal: AbortSignal): Promise<Look> {
  const limit = fault.patience + lateLook;
  const late = { seen: false, detail: `a look had come to no end after ${readable(limit)}` };
  return inTime(() => fault.look(), limit, late, signal);
}

/** What comes of it within so many milliseconds, or else `late`. @throws when the signal aborts */
async function inTime<T>(work: () => Promise<T>, limit: number, late: T, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([work(), sleep(limit, late, { signal: AbortSignal.any([signal, over.signal]) })]);
  } finally {
    over.abort();
  }
}

async function healed(fault: Fault, injection: AsyncDisposable): Promise<void> {
  try {
    await injection[Symbol.asyncDispose]();
  } catch (cause) {
    throw failed(`${fault.name} could not be healed`, cause);
  }
}

function failed(what: string, cause: unknown): Error {
  return new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
