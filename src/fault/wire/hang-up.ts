import type { Service } from '../../stack/service.ts';
import { type LastingFault, lasting, requireService, throughProxy } from '../fault.ts';
import { changeWire } from './wire.ts';

/** Nothing can listen on port 0: a connect to it is refused at once. */
const nowhere = '127.0.0.1:0';

/**
 * New connections are accepted and closed at once, and existing ones are cut, as by a load balancer with nothing behind
 * it. To a client that is another thing than {@link refuse}: its connect succeeds.
 */
export function hangUp(service: Service): LastingFault {
  return lasting({
    name: `hangUp(${requireService(service, 'hangUp').name})`,
    kind: 'hangUp',
    ...throughProxy(service, 300, (sighting) => sighting.kind === 'cut'),
    ...changeWire(
      service,
      () => service.proxy.redirect(nowhere),
      () => service.proxy.restore(),
    ),
  });
}
