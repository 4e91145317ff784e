import type { FaultRecord, Recording, Series } from '../recording/recording.ts';
import { nearestRank } from './latency.ts';
import { samplesBefore, samplesFrom } from './recovery-samples.ts';
import { seriesOf } from './series.ts';

/** The connections that were seen at one service. */
export interface Pool {
  /** The user's name for the service. */
  readonly service: string;
  readonly connections: Series;
}

/** Series that together are the connections at a service; the first one tells the kind of service. */
const kinds: readonly (readonly [string, ...string[]])[] = [
  // Of Postgres: only those of others than ourselves to the app's database.
  ['active connections', 'idle connections', 'idle in transaction'],
  // Of Redis: our own are among them, as many before as after.
  ['connected clients'],
];

/** The share of the samples that may lie lower, of a pool that is used now more and now less. */
const lowest = 0.25;

/** The connections at each service that suffered; a fault of the app meets those to every service. */
export function poolsOf(recording: Recording): Pool[] {
  const { faults, series } = recording;
  const subjects = [...new Set(series.map(({ subject }) => subject))];
  const suffered = (service: string): boolean => faults.some((fault) => fault.service === service || isOfApp(fault));
  return subjects.filter(suffered).flatMap((service) => poolOf(recording, service) ?? []);
}

/**
 * How many connections a pool has when it is full again: as many as before the fault at the least. Of a pool that is filled on demand only what the
 * work needs comes back, so once the app does its work as before, what the pool comes to rest at is enough, if that is less: the lower quartile of the second half
 * of what was seen from then on, and at least one.
 * @param workingFrom instant from which goodput, errors and p99 were as before; +Infinity if they never were
 * @returns NaN when nothing was seen before the fault
 */
export function fullFrom({ connections }: Pool, faultAt: number, workingFrom: number): number {
  const before = Math.min(...samplesBefore(connections, faultAt));
  const after = samplesFrom(connections, workingFrom);
  const rest = after.slice(after.length >> 1).sort((a, b) => a - b);
  const settled = rest[nearestRank(rest.length, lowest) - 1] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(before) ? Math.min(before, Math.max(1, settled)) : Number.NaN;
}

/** The fewest connections that were seen before an instant; NaN without a sample. */
export function fewestBefore({ connections }: Pool, instant: number): number {
  const fewest = Math.min(...samplesBefore(connections, instant));
  return Number.isFinite(fewest) ? fewest : Number.NaN;
}

function isOfApp({ serviceKind }: FaultRecord): boolean {
  return serviceKind === 'app';
}

function poolOf(recording: Recording, service: string): Pool | undefined {
  for (const [first, ...others] of kinds) {
    const base = seriesOf(recording, service, first);
    if (!base) continue;
    const rest = others.flatMap((name) => seriesOf(recording, service, name) ?? []);
    const values = base.values.map((value, n) => rest.reduce((sum, one) => sum + (one.values[n] ?? 0), value));
    return { service, connections: { ...base, name: 'connections', values } };
  }
  return undefined;
}
