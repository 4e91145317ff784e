import type { Service, ToxicOrder } from '../../stack/service.ts';
import { type Fault, requireService } from '../fault.ts';

/**
 * A fault of the wire to a service.
 * @param change brings the fault about; what it had begun is taken back when it fails half-way
 * @param heal takes it back
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
 * A fault of the wire that toxics make.
 * @param toxics put on in this order, and taken away from the last: a Toxiproxy whose connection has ended before the
 *   last of several toxics is left with one too many when the first goes first, and dies at the next (seen with
 *   v2.12.0)
 * @param afterwards what else has to happen once they are there
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

/** The same toxic in both directions, upstream first. */
export function orderBothWays(kind: string, type: string, attributes: ToxicOrder['attributes']): readonly ToxicOrder[] {
  return (['upstream', 'downstream'] as const).map((stream) => ({
    name: `${kind}_${type}_${stream}`,
    type,
    stream,
    attributes,
  }));
}

/**
 * The service that a fault is for, which shows only in the service's answers.
 * @throws TypeError when it is none, or a connect is all that can be seen of it
 */
export function requireAnswers<S extends Service>(service: S, kind: string): S {
  if (requireService(service, kind).answers !== false) return service;
  throw new TypeError(
    `${kind}(${service.name}) shows only in what ${service.name} answers, and nothing is known of its answers: give tcp({ sight }) a question of its protocol`,
  );
}

/**
 * How to fetch many bytes from the service that a fault is for, which shows in nothing smaller.
 * @throws TypeError when it is none, or nothing can be fetched from it
 */
export function requireTransfer(service: Service, kind: string): NonNullable<Service['transfer']> {
  const { name } = requireService(service, kind);
  const transfer = service.transfer?.bind(service);
  if (transfer) return transfer;
  throw new TypeError(
    `${kind}(${name}) shows only in an answer of some size, and how to get one from ${name} is not known: give tcp({ fetch })`,
  );
}

/** Cuts the connections that there are; new ones are accepted again when it resolves. */
export async function cutAll({ proxy }: Service): Promise<void> {
  await proxy.disable();
  await proxy.enable();
}

/** Waits for a change; when it fails, the wire is as without faults. @throws what the change throws */
export async function resetOnFailure(service: Service, change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    await service.proxy.reset();
    throw error;
  }
}
