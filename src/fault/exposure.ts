import type { Service } from '../stack/service.ts';
import type { Fault } from './fault.ts';

/** What the proxy in front of a fault's subject said some time before the fault. */
export interface Exposure {
  /** Connections accepted so far; undefined when the proxy does not count them. */
  readonly accepted: number | undefined;
}

/** Asks the proxy some time before the fault. Needed for an app that connects anew for each request. */
export async function noteExposure(fault: Fault): Promise<Exposure> {
  return { accepted: (await wireOf(fault)?.traffic())?.accepted };
}

/**
 * Counts the connections of the app that a fault is going to meet. For a fault of the wire the proxy is asked, because
 * the server also counts connections around the proxy. For a fault of the server the server is asked.
 * @param before what {@link noteExposure} gave. When no connection is open now, those made since then count.
 */
export async function countConnectionsMet(fault: Fault, { accepted: earlier }: Exposure): Promise<number> {
  const traffic = await wireOf(fault)?.traffic();
  if (!traffic) return fault.subject.connections();
  if (traffic.open > 0 || traffic.accepted === undefined || earlier === undefined) return traffic.open;
  return traffic.accepted - earlier;
}

/** The proxy in front of a fault's subject, if the fault touches nothing but the wire. */
function wireOf({ subject, holds }: Fault): Service['proxy'] | undefined {
  if (!holds.includes('wire') || holds.includes('server')) return undefined;
  return (subject as Partial<Service>).proxy;
}
