import type { Service } from '../stack/service.ts';
import { type LastingFault, lasting, suffering, throughProxy } from './fault.ts';
import { onTheWire } from './wire.ts';

/**
 * Connections stay open and new ones are accepted, but no byte passes in either direction, as behind a firewall that drops
 * packets. What was sent meanwhile is lost: healing cuts the connections that were held.
 */
export function blackhole(service: Service): LastingFault {
  const streams = ['upstream', 'downstream'] as const;
  const name = (stream: string) => `blackhole_${stream}`;
  return lasting({
    name: `blackhole(${suffering(service, 'blackhole').name})`,
    kind: 'blackhole',
    ...throughProxy(service, 300, (sighting) => sighting.kind === 'silent'),
    ...onTheWire(
      service,
      async () => {
        for (const stream of streams) {
          await service.proxy.addToxic({ name: name(stream), type: 'timeout', stream, attributes: { timeout: 0 } });
        }
      },
      async () => {
        for (const stream of streams) await service.proxy.removeToxic(name(stream));
      },
    ),
  });
}
