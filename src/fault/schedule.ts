import { setTimeout as sleep } from 'node:timers/promises';
import { readable } from '../duration.ts';
import { now } from '../recording/clock.ts';
import type { Bite, FaultRecord } from '../recording/recording.ts';
import type { Fault, ScheduledFault } from './fault.ts';

/** The app's connections are counted this long before a fault, for the question itself takes time. */
const countAhead = 250;

/** A lasting fault is seen at its start and again before its end; shorter than this there is no room for both. */
const shortest = 1_000;

/**
 * Checks a schedule before anything starts.
 * @param duration of the load in milliseconds; undefined when it has no planned end
 * @throws RangeError naming the fault, the rule and the remedy
 */
export function checkSchedule(faults: readonly ScheduledFault[], duration: number | undefined): void {
  for (const [index, { name, from, to, fault }] of faults.entries()) {
    const needed = Math.max(shortest, 2 * fault.patience + 100);
    if (to > from && to - from < needed) {
      throw new RangeError(
        `${name} lasts ${readable(to - from)}; it must last at least ${readable(needed)} to be seen twice`,
      );
    }
    if (duration !== undefined && to > duration) {
      throw new RangeError(
        `${name} ends at ${readable(to)}, after the load (${readable(duration)}): lengthen the load, so that recovery can be seen`,
      );
    }
    const other = faults.slice(0, index).find((earlier) => earlier.fault.service === fault.service);
    if (other && other.from <= to && from <= other.to) {
      throw new RangeError(`${name} overlaps ${other.name} on the same service: give them times that do not overlap`);
    }
    if (faults.some((earlier, at) => at < index && earlier.name === name)) {
      throw new RangeError(`${name} is scheduled twice in one run: windows are found by name, so use a run for each`);
    }
  }
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
  const runs = faults.map(async (scheduled) => {
    try {
      return await runFault(scheduled, zero, stop, onPhase);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(runs);
  const broken = settled.find((result) => result.status === 'rejected');
  if (broken) throw failed.signal.reason ?? broken.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function runFault(
  { name, fault, from, to }: ScheduledFault,
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

  await until(from - countAhead);
  const connectionsBefore = await fault.service.connections();
  await until(from);
  const askedAt = clock();
  const injection = await injected(fault, signal, note);
  const inEffectAt = clock();
  onPhase(name);

  let start: Bite['detail'] = '';
  let end: Bite['detail'] = '';
  let seenAtStart = false;
  let seenBeforeEnd = false;
  let healAskedAt = Number.NaN;
  try {
    ({ seen: seenAtStart, detail: start } = await look(fault));
    ({ seen: seenBeforeEnd, detail: end } = { seen: seenAtStart, detail: start });
    if (to > from) {
      await until(to - fault.patience - 50);
      ({ seen: seenBeforeEnd, detail: end } = await look(fault));
      await until(to);
    }
  } finally {
    healAskedAt = clock();
    await injection[Symbol.asyncDispose]();
  }
  const healedAt = clock();
  onPhase('recovery');

  const detail = `${connectionsBefore} connections before; at its start ${start}; before its end ${end}`;
  return {
    name,
    kind: fault.kind,
    service: fault.service.name,
    serviceKind: fault.service.kind,
    askedAt,
    inEffectAt,
    healAskedAt,
    healedAt,
    instants,
    bite: { connectionsBefore, seenAtStart, seenBeforeEnd, detail },
  };
}

/** Injects, and takes back what a failed injection had done to the proxy. */
async function injected(fault: Fault, signal: AbortSignal, note: (instant: string) => void): Promise<AsyncDisposable> {
  try {
    return await fault.inject(signal, note);
  } catch (cause) {
    await fault.service.proxy.reset();
    throw new Error(`${fault.name} could not be injected: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

async function look(fault: Fault): Promise<{ seen: boolean; detail: string }> {
  const sighting = await fault.service.sight('proxy', fault.patience);
  const after = 'after' in sighting ? ` after ${readable(sighting.after)}` : '';
  return { seen: fault.shows(sighting), detail: `a probe was ${sighting.kind}${after}` };
}
