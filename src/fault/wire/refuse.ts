import type { Service } from '../../stack/service.ts';
import { type LastingFault, lasting, requireService, throughProxy } from '../fault.ts';
import { changeWire } from './wire.ts';

/**
 * New connections are refused (ECONNREFUSED) and existing ones are cut, as when nothing listens at the address any
 * more.
 */
export function refuse(service: Service): LastingFault {
  return lasting({
    name: `refuse(${requireService(service, 'refuse').name})`,
    kind: 'refuse',
    ...throughProxy(service, 200, (sighting) => sighting.kind === 'refused'),
    ...changeWire(
      service,
      () => service.proxy.disable(),
      () => service.proxy.enable(),
    ),
  });
}
