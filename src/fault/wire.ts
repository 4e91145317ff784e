import type { Service } from '../stack/service.ts';
import type { Fault } from './fault.ts';

/**
 * A fault of the wire to a service.
 * @param change brings the fault about; what it had begun is taken back when it fails half-way
 * @param heal takes it back
 */
export function onTheWire(
  service: Service,
  change: () => Promise<void>,
  heal: () => Promise<void>,
): Pick<Fault, 'holds' | 'inject'> {
  return {
    holds: ['wire'],
    async inject() {
      await orReset(service, change());
      return { [Symbol.asyncDispose]: heal };
    },
  };
}

/** Waits for a change; when it fails, the wire is as without faults. @throws what the change throws */
export async function orReset(service: Service, change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    await service.proxy.reset();
    throw error;
  }
}
