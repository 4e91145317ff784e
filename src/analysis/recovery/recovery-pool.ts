import type { FaultRecord, Recording, Series } from '../../recording/recording.ts';
import { least } from '../stats/order.ts';
import { findSeries } from '../window/series.ts';
import type { BinLook } from './bin-look.ts';
import { selectBefore, selectWithin } from './recovery-samples.ts';

/** The connections that were seen at one service. */
export interface Pool {
  /** The user's name for the service. */
  readonly service: string;
  readonly connections: Series;
  /** Whether our own are among them. */
  readonly hasOurs: boolean;
}

/** Series that together are the connections at a service; the first one tells the kind of service. */
const kinds: readonly { readonly names: readonly [string, ...string[]]; readonly hasOurs: boolean }[] = [
  // Postgres counts those of others than ourselves to the app's database.
  { names: ['active connections', 'idle connections', 'idle in transaction'], hasOurs: false },
  // Redis counts all, ours as well: as many before as after.
  { names: ['connected clients'], hasOurs: true },
];

/** The connections at each service that suffered; a fault of the app meets those to every service. */
export function findPools(recording: Recording): Pool[] {
  const { faults, series } = recording;
  const subjects = [...new Set(series.map(({ subject }) => subject))];
  const suffered = (service: string): boolean => faults.some((fault) => fault.service === service || isOfApp(fault));
  return subjects.filter(suffered).flatMap((service) => findPool(recording, service) ?? []);
}

/**
 * The number of connections from which a pool is full again: the fewest that were seen before the fault, or the fewest
 * with which the app did its work after it, if that is less. A pool that is filled on demand holds only what the work
 * needs, but one connection at least. A pool for which work waits is full only when it is as large as before.
 * @param worked the spans after the fault in which the app did its work as before
 * @returns NaN when nothing was seen before the fault
 */
export function findFullLevel(
  { connections }: Pool,
  faultAt: number,
  worked: readonly Pick<BinLook, 'from' | 'to'>[],
): number {
  const before = least(selectBefore(connections, faultAt));
  const enough = selectWithin(connections, worked).filter((count) => count >= 1);
  return Number.isFinite(before) ? least(enough, before) : Number.NaN;
}

/** The fewest connections that were seen before an instant; NaN without a sample. */
export function findFewestBefore({ connections }: Pool, instant: number): number {
  const fewest = least(selectBefore(connections, instant));
  return Number.isFinite(fewest) ? fewest : Number.NaN;
}

function isOfApp({ serviceKind }: FaultRecord): boolean {
  return serviceKind === 'app';
}

function findPool(recording: Recording, service: string): Pool | undefined {
  for (const {
    names: [first, ...others],
    hasOurs,
  } of kinds) {
    const base = findSeries(recording, service, first);
    if (!base) continue;
    const rest = others.flatMap((name) => findSeries(recording, service, name) ?? []);
    const values = base.values.map((value, n) => rest.reduce((sum, one) => sum + (one.values[n] ?? 0), value));
    return { service, connections: { ...base, name: 'connections', values }, hasOurs };
  }
  return undefined;
}
