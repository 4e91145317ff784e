import { freePort } from '../../../proxy/port.ts';
import { messageOf, reasonsOf, throwAll } from '../../errors.ts';
import type { Server } from '../../server.ts';

/** Milliseconds for a first start, on a slow and busy machine. */
const readyWithin = 120_000;
const portAttempts = 5;
const portTaken = /address (already )?in use|port is already allocated/i;

/** A server that can show the end of its log. */
interface Telling extends Server {
  /** The last lines of its log. */
  tail(): string;
}

/**
 * A server on a free port, started and ready. Somebody may take the port between the finding and the listening; then
 * another is tried. It may be a server of the same kind, which answers in the place of ours.
 * @param make a server that was not started
 * @param isOurs asks the one that answers on the port whether it is ours
 * @throws Error of the last attempt; nothing is left running then
 */
export async function startSomewhere<S extends Telling>(
  make: (port: number) => S,
  isOurs: (port: number) => Promise<void>,
): Promise<S> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const server = make(port);
    try {
      await server.start();
      await server.ready(() => isOurs(port), readyWithin);
      return server;
    } catch (error) {
      const taken = portTaken.test(`${server.tail()} ${messageOf(error)}`);
      const unended = reasonsOf(await Promise.allSettled([server.end()]));
      if (attempt >= portAttempts || !taken) throwAll([error, ...unended]);
    }
  }
}
