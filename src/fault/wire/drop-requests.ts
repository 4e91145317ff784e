import type { Service } from '../../stack/service.ts';
import { type LastingFault, lasting, throughProxy } from '../fault.ts';
import { addToxics, requireAnswers } from './wire.ts';

/**
 * What is sent to the service is lost on the way, and what it sends of itself still comes. Connections stay open;
 * healing cuts them, since what was dropped is lost. To a client it looks like {@link dropReplies}, but nothing was
 * done.
 * @throws TypeError when only a connect can be seen of the service
 */
export function dropRequests(service: Service): LastingFault {
  return lasting({
    name: `dropRequests(${requireAnswers(service, 'dropRequests').name})`,
    kind: 'dropRequests',
    ...throughProxy(service, 300, (sighting) => sighting.kind === 'silent'),
    ...addToxics(service, [
      { name: 'dropRequests_timeout', type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } },
    ]),
  });
}
