import type { Service } from '../stack/service.ts';
import type { Fault } from './fault.ts';

/** What was known of a fault's wire some time before it. */
export interface Exposure {
  /** Connections that the proxy had accepted by then; undefined where it does not count them. */
  readonly accepted: number | undefined;
}

/** A first look, some time before the fault: for an app that connects anew for each request. */
export async function noteExposure(fault: Fault): Promise<Exposure> {
  return { accepted: (await wireOf(fault)?.traffic())?.accepted };
}

/**
 * How much of the app a fault is going to meet. A fault of the wire meets only what goes through the proxy, so the
 * proxy is asked, not the server, which also counts connections that were made around it; a fault of the server meets
 * all that the server has.
 * @param before a look some time before: when no connection is open now, those that were made since then count
 */
export async function countConnectionsMet(fault: Fault, { accepted: earlier }: Exposure): Promise<number> {
  const traffic = await wireOf(fault)?.traffic();
  if (!traffic) return fault.subject.connections();
  if (traffic.open > 0 || traffic.accepted === undefined || earlier === undefined) return traffic.open;
  return traffic.accepted - earlier;
}

/** The proxy in front of a fault's subject, when the fault is done there and nowhere else. */
function wireOf({ subject, holds }: Fault): Service['proxy'] | undefined {
  if (!holds.includes('wire') || holds.includes('server')) return undefined;
  return (subject as Partial<Service>).proxy;
}
