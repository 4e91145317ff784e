// Faults that are done at the fault proxy: refuse, latency, blackhole and the like, one file each.
// Begin here, then refuse.ts. Imports the contract of a service, and no server.

import type { Service, ToxicOrder } from '../../stack/service.ts';
import { type Fault, requireService } from '../fault.ts';

/**
 * Makes a fault that changes the wire to a service.
 * @param change brings the fault about; when it fails half-way, what it did is taken back
 * @param heal takes the change back
 */
export function changeWire(
  service: Service,
  change: () => Promise<void>,
  heal: () => Promise<void>,
): Pick<Fault, 'holds' | 'inject'> {
  return {
    holds: ['wire'],
    async inject() {
      await resetOnFailure(service, change());
      return { [Symbol.asyncDispose]: heal };
    },
  };
}

/**
 * Makes a fault of the wire out of toxics.
 * @param toxics put on in this order, and taken away from the last: a Toxiproxy whose connection has ended before the
 *   last of several toxics is left with one too many when the first goes first, and dies at the next (seen with
 *   v2.12.0)
 * @param afterwards what else to do once they are added
 */
export function addToxics(
  service: Service,
  toxics: readonly ToxicOrder[],
  afterwards: () => Promise<void> = async () => undefined,
): Pick<Fault, 'holds' | 'inject'> {
  return changeWire(
    service,
    async () => {
      for (const toxic of toxics) await service.proxy.addToxic(toxic);
      await afterwards();
    },
    async () => {
      for (const { name } of toxics.toReversed()) await service.proxy.removeToxic(name);
    },
  );
}

/** Orders the same toxic in both directions, upstream first. */
export function orderBothWays(kind: string, type: string, attributes: ToxicOrder['attributes']): readonly ToxicOrder[] {
  return (['upstream', 'downstream'] as const).map((stream) => ({
    name: `${kind}_${type}_${stream}`,
    type,
    stream,
    attributes,
  }));
}

/**
 * Checks that a service's answers can be seen, for a fault that shows only in them.
 * @throws TypeError when only a connect can be seen of the service
 */
export function requireAnswers<S extends Service>(service: S, kind: string): S {
  if (requireService(service, kind).answers !== false) return service;
  throw new TypeError(
    `${kind}(${service.name}) shows only in the answers of ${service.name}, and their protocol is not known: give tcp({ sight }) a question of it`,
  );
}

/**
 * Gives the way to fetch many bytes from a service, for a fault that shows only in a big answer.
 * @throws TypeError when nothing can be fetched from the service
 */
export function requireTransfer(service: Service, kind: string): NonNullable<Service['transfer']> {
  const { name } = requireService(service, kind);
  const transfer = service.transfer?.bind(service);
  if (transfer) return transfer;
  throw new TypeError(
    `${kind}(${name}) shows only in a big answer, and how to get one from ${name} is not known: give tcp({ fetch })`,
  );
}

/** Cuts all open connections; new ones are accepted again when it resolves. */
export async function cutAll({ proxy }: Service): Promise<void> {
  await proxy.disable();
  await proxy.enable();
}

/** Waits for a change. When it fails, the wire is reset. @throws what the change throws */
export async function resetOnFailure(service: Service, change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    await service.proxy.reset();
    throw error;
  }
}
