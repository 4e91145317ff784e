import type { Service } from '../../stack/service.ts';
import { type LastingFault, lasting, throughProxy } from '../fault.ts';
import { addToxics, requireAnswers } from './wire.ts';

/**
 * Requests reach the service and are carried out, but no reply comes back: the write happened, and the client does not
 * know. Connections stay open. Healing cuts them, because the dropped replies are lost.
 *
 * Such a request is in doubt. A client that sends it again does it twice, unless the service can tell.
 * @throws TypeError when only a connect can be seen of the service
 */
export function dropReplies(service: Service): LastingFault {
  return lasting({
    name: `dropReplies(${requireAnswers(service, 'dropReplies').name})`,
    kind: 'dropReplies',
    ...throughProxy(service, 300, (sighting) => sighting.kind === 'silent'),
    ...addToxics(service, [
      { name: 'dropReplies_timeout', type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } },
    ]),
  });
}
