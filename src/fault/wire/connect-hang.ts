import type { Service } from '../../stack/service.ts';
import { type LastingFault, lasting, requireService, throughProxy } from '../fault.ts';
import { changeWire } from './wire.ts';

/**
 * New connects get no answer, as behind a firewall that drops them; open connections go on. A pool that never
 * opens another does not notice. A connect that waited is answered at its next SYN after the end: on Linux up to some
 * seconds later.
 * @throws TypeError when the proxy in front of the service is a Toxiproxy, which accepts every connect
 */
export function connectHang(service: Service): LastingFault {
  const { name, proxy } = requireService(service, 'connectHang');
  if (!proxy.ours) {
    throw new TypeError(
      `connectHang(${name}): the proxy in front of ${name} is a Toxiproxy, which accepts every connect; run with BREAKING_POINT_RUNTIME=embedded`,
    );
  }
  return lasting({
    name: `connectHang(${name})`,
    kind: 'connectHang',
    ...throughProxy(service, 300, (sighting) => sighting.kind === 'silent'),
    ...changeWire(
      service,
      () => proxy.hang(),
      () => proxy.release(),
    ),
  });
}
