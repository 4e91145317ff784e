import type { Service } from '../../stack/service.ts';
import { type LastingFault, lasting, throughProxy } from '../fault.ts';
import { addToxics, orderBothWays, requireAnswers } from './wire.ts';

/** Longer than any run, in milliseconds: a day. */
const never = 24 * 60 * 60 * 1_000;

/**
 * Connections stay open and new ones are accepted, but nothing moves; when it ends all goes on and nothing is lost:
 * every byte that was sent meanwhile arrives, in order, and so does the end of a connection whose client gave up. So
 * what a client timed out on may still be done afterwards. As by a network that drops packets for a while and whose
 * hosts send them again.
 *
 * A latency that is taken away lets go of what it holds, in order, and a connection whose buffers are full holds back
 * its sender; a `timeout` toxic would lose it ({@link blackhole}).
 * @throws TypeError when only a connect can be seen of the service
 */
export function stall(service: Service): LastingFault {
  return lasting({
    name: `stall(${requireAnswers(service, 'stall').name})`,
    kind: 'stall',
    ...throughProxy(service, 300, (sighting) => sighting.kind === 'silent'),
    // A latency holds no end of a connection back, hence the second.
    ...addToxics(service, [
      ...orderBothWays('stall', 'latency', { latency: never, jitter: 0 }),
      ...orderBothWays('stall', 'slow_close', { delay: never }),
    ]),
  });
}
