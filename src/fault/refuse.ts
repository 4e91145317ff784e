import type { Service } from '../stack/service.ts';
import { type LastingFault, lasting, suffering } from './fault.ts';

/** New connections are refused (ECONNREFUSED) and existing ones are cut, as when nothing listens at the address any more. */
export function refuse(service: Service): LastingFault {
  return lasting({
    name: `refuse(${suffering(service, 'refuse').name})`,
    kind: 'refuse',
    service,
    patience: 200,
    shows: (sighting) => sighting.kind === 'refused',
    async inject() {
      await service.proxy.disable();
      return { [Symbol.asyncDispose]: () => service.proxy.enable() };
    },
  });
}
