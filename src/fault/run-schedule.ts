import { setTimeout as sleep } from 'node:timers/promises';
import { readable } from '../duration.ts';
import { now } from '../recording/clock.ts';
import type { FaultRecord } from '../recording/recording.ts';
import { messageOf } from '../stack/errors.ts';
import { countConnectionsMet, noteExposure } from './exposure.ts';
import type { Fault, Look, ScheduledFault } from './fault.ts';
import { collide, nameFaults } from './schedule.ts';

/** The app's connections are counted this long (ms) before a fault, for the question itself takes time. */
const countAhead = 250;

/** An app without a connection at that moment is met all the same if it opened one within this time (ms) before. */
const openedWithin = 1_000;

/** Maximum time (ms) to wait for that count, so that the fault begins. */
const countWithin = 1_000;

/** A look is given up when it takes this much longer (ms) than it may, so that its fault ends. */
const lateLook = 2_000;

/** What all faults of a schedule have in common. */
interface Running {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

/** Milliseconds since the load's zero. */
interface Clock {
  now(): number;
  /** Resolves at that instant, at once when it is past. @throws when the signal aborts */
  until(instant: number): Promise<void>;
}

/** The ends of other faults that one waits for, each on the clock. */
interface Predecessors {
  /**
   * Of those that hold the same of its subject: to heal may take longer than to their planned end, as a start-up does.
   */
  readonly sameHeld: readonly Promise<number>[];
  /** Of the one that it begins after. */
  readonly followed: Promise<number> | undefined;
}

/**
 * Injects and heals each fault at its time and returns what happened to each. When the signal aborts, or one fault
 * cannot be brought about, whatever is in effect is healed before this rejects.
 * @param zero the load's zero on the clock of `recording/clock.ts`
 */
export async function runSchedule(
  faults: readonly ScheduledFault[],
  zero: number,
  signal: AbortSignal,
  onPhase: (phase: string) => void,
): Promise<FaultRecord[]> {
  const broken = new AbortController();
  const stop = AbortSignal.any([signal, broken.signal]);
  const running = { clock: clockFrom(zero, stop), signal: stop, onPhase };
  const names = nameFaults(faults);
  const ends = new Map(faults.map((scheduled) => [scheduled, Promise.withResolvers<number>()]));
  const endOf = (scheduled: ScheduledFault) => ends.get(scheduled)?.promise;
  const runs = faults.map(async (scheduled, index) => {
    const sameHeld = faults.filter((other) => mustEndBefore(other, scheduled)).flatMap((other) => endOf(other) ?? []);
    const followed = scheduled.after && endOf(scheduled.after.other);
    try {
      const record = await runFault({ ...scheduled, name: names[index] as string }, { sameHeld, followed }, running);
      const first = scheduled.repeatOf && names[faults.indexOf(scheduled.repeatOf)];
      return { ...record, scheduledAt: scheduled.from, ...(first !== undefined && { repeatOf: first }) };
    } catch (error) {
      broken.abort(error);
      throw error;
    } finally {
      ends.get(scheduled)?.resolve(running.clock.now());
    }
  });
  const settled = await Promise.allSettled(runs);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw broken.signal.reason ?? failed.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** Whether a fault begins before another that holds the same of its subject. */
function mustEndBefore(earlier: ScheduledFault, { fault, from }: ScheduledFault): boolean {
  return earlier.from < from && collide({ ...earlier, to: Number.POSITIVE_INFINITY }, { fault, from, to: from });
}

/** The story of one fault: it waits for its time, is brought about, looked at twice, and healed. */
async function runFault(scheduled: ScheduledFault, predecessors: Predecessors, running: Running): Promise<FaultRecord> {
  const { name, fault, from, to } = scheduled;
  const { clock, signal, onPhase } = running;
  const connectionsBefore = await awaitBegin(scheduled, predecessors, running);

  const askedAt = clock.now();
  const instants: Record<string, number> = {};
  const injection = await inject(fault, signal, (instant) => {
    instants[instant] = clock.now();
  });
  const inEffectAt = clock.now();

  let looks: Looks;
  let healAskedAt = Number.NaN;
  try {
    onPhase(name);
    // For its whole time, also when it had to wait: one that was over at once would pass for one that was survived.
    looks = await watch(fault, to > from ? askedAt + to - from : undefined, running);
  } finally {
    healAskedAt = clock.now();
    await heal(fault, injection);
  }
  const healedAt = clock.now();
  onPhase('recovery');

  const { atStart, beforeEnd } = looks;
  const bite = {
    connectionsBefore,
    seenAtStart: atStart.seen,
    seenBeforeEnd: beforeEnd.seen,
    detail: `${connectionsBefore} connections before; at its start ${atStart.detail}; before its end ${beforeEnd.detail}`,
  };
  const { kind, subject } = fault;
  const about = { name, kind, service: subject.name, serviceKind: subject.kind };
  return { ...about, askedAt, inEffectAt, healAskedAt, healedAt, instants, bite };
}

/** Resolves when a fault is to begin. @returns how many connections of the app it meets */
async function awaitBegin(
  { fault, from, after }: ScheduledFault,
  { sameHeld, followed }: Predecessors,
  { clock, signal }: Running,
): Promise<number> {
  await clock.until(from - countAhead - openedWithin);
  const exposure = await noteExposure(fault);
  await clock.until(from - countAhead);
  const healedOther = await followed;
  await Promise.all(sameHeld);
  const begin = after && healedOther !== undefined ? healedOther + after.delay : from;
  await clock.until(begin - countAhead);
  // Another fault may have taken the server away, or silenced it: then no connection is known.
  const count = () => countConnectionsMet(fault, exposure).catch(() => 0);
  const connections = await waitAtMost(countWithin, count, 0, signal);
  await clock.until(begin);
  return connections;
}

/** What two looks saw; the same one twice for a fault that is healed as soon as it is in effect. */
interface Looks {
  readonly atStart: Look;
  readonly beforeEnd: Look;
}

/** Looks at a fault once, and again just before its end. @param end undefined for one that is healed at once */
async function watch(fault: Fault, end: number | undefined, { clock, signal }: Running): Promise<Looks> {
  const limit = fault.patience + lateLook;
  const late = { seen: false, detail: `a look did not end within ${readable(limit)}` };
  const look = () => waitAtMost(limit, () => fault.look(), late, signal);
  const atStart = await look();
  if (end === undefined) return { atStart, beforeEnd: atStart };
  await clock.until(end - fault.patience - 50);
  const beforeEnd = await look();
  await clock.until(end);
  return { atStart, beforeEnd };
}

async function inject(fault: Fault, signal: AbortSignal, note: (instant: string) => void): Promise<AsyncDisposable> {
  try {
    return await fault.inject(signal, note);
  } catch (cause) {
    throw new Error(`${fault.name} could not be injected: ${messageOf(cause)}`, { cause });
  }
}

async function heal(fault: Fault, injection: AsyncDisposable): Promise<void> {
  try {
    await injection[Symbol.asyncDispose]();
  } catch (cause) {
    throw new Error(`${fault.name} could not be healed: ${messageOf(cause)}`, { cause });
  }
}

function clockFrom(zero: number, signal: AbortSignal): Clock {
  const clock = () => now() - zero;
  return {
    now: clock,
    async until(instant) {
      // A timer may fire a fraction of a millisecond early.
      while (clock() < instant) await sleep(Math.ceil(instant - clock()), undefined, { signal });
      signal.throwIfAborted();
    },
  };
}

/** Waits for the work at most `limit` milliseconds; resolves with `late` after that. @throws when the signal aborts */
async function waitAtMost<T>(limit: number, work: () => Promise<T>, late: T, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([work(), sleep(limit, late, { signal: AbortSignal.any([signal, over.signal]) })]);
  } finally {
    over.abort();
  }
}
