import type { Service } from '../../stack/service.ts';
import { type LastingFault, lasting, throughProxy } from '../fault.ts';
import { addToxics, orderBothWays, requireAnswers } from './wire.ts';

/**
 * Connections stay open and new ones are accepted, but no byte passes in either direction, as behind a firewall that
 * drops packets. What was sent meanwhile is lost: healing cuts the connections that were held.
 * @throws TypeError when only a connect can be seen of the service
 */
export function blackhole(service: Service): LastingFault {
  return lasting({
    name: `blackhole(${requireAnswers(service, 'blackhole').name})`,
    kind: 'blackhole',
    ...throughProxy(service, 300, (sighting) => sighting.kind === 'silent'),
    ...addToxics(service, orderBothWays('blackhole', 'timeout', { timeout: 0 })),
  });
}
