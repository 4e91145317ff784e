import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Duration, milliseconds, readable } from '../../duration.ts';
import type { Service } from '../../stack/service.ts';
import { writeCall } from '../code.ts';
import { type LastingFault, lasting, requireService } from '../fault.ts';
import { addToxics, orderBothWays } from './wire.ts';

/** Time (ms) for which a look waits beyond the delay. */
const slack = 300;

/**
 * Data passes as ever, and each side learns `delay` later that the other has closed. Connections pile up at a service
 * whose clients come and go, and a client goes on to use one that is long gone. Healing closes what was held back, at
 * once.
 *
 * Seen by our connection that says nothing, closes, and waits for the other side to do so.
 * @throws TypeError when the delay is not a duration; RangeError when it is under 50 ms, which no look could tell from
 *   a busy machine
 */
export function slowClose(service: Service, delay: Duration): LastingFault {
  const { name: target, proxy } = requireService(service, 'slowClose');
  const ms = Math.round(milliseconds(delay, `slowClose(${target}) delay`));
  if (ms < 50) throw new RangeError(`slowClose(${target}): the delay must be at least 50 ms; got ${delay}`);
  return lasting({
    name: `slowClose(${target}, ${readable(ms)})`,
    code: writeCall('slowClose', target, delay),
    kind: 'slowClose',
    subject: service,
    // It is held back on its way there and on its way back.
    patience: 2 * ms + slack,
    async look() {
      const took = await measureClose(proxy, 2 * ms + slack);
      if (took === undefined) return { seen: false, detail: `our connection did not close` };
      return { seen: took >= 2 * ms - 2, detail: `our connection closed after ${readable(took)}` };
    },
    ...addToxics(service, orderBothWays('slowClose', 'slow_close', { delay: ms })),
  });
}

/**
 * Milliseconds from our closing a connection to the other side's; undefined when there is none, or it takes too long.
 */
async function measureClose(address: { readonly host: string; readonly port: number }, limit: number) {
  const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true });
  const over = new AbortController();
  try {
    const begin = performance.now();
    socket.resume().end();
    const ended = once(socket, 'end', { signal: over.signal }).then(() => performance.now() - begin);
    return await Promise.race([ended, sleep(limit, undefined, { signal: over.signal })]);
  } catch {
    // Refused or reset: another fault than this one.
    return undefined;
  } finally {
    over.abort();
    socket.destroy();
  }
}
