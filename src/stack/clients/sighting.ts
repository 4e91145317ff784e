// Our own connections to servers: byte-level probes, drivers, transfers. Their name tells them from the app's.
// Begin here. Imports contracts of the stack only.

import { connect, type Socket } from 'node:net';
import { now } from '../../recording/clock.ts';
import type { Sighting } from '../service.ts';

/** Name by which our own connections are told from the app's, in `pg_stat_activity` and `CLIENT LIST`. */
export const ownName = 'breaking-point';

/** The smallest exchange of a protocol that tells whether a server answers, and whether it is ready. */
export interface Conversation {
  /** The first bytes of the client. */
  readonly opening: Uint8Array;
  /**
   * Called whenever more was heard.
   * @param heard every byte since the beginning
   * @param say sends an answer
   * @returns whether the server is ready, or undefined while that is not known
   */
  readonly hear: (heard: Buffer, say: (bytes: Uint8Array) => void) => boolean | undefined;
}

/**
 * Connects, holds the conversation, and says what was seen. A server that answered but did not come to say that it is
 * ready within the time, or hung up before, is not ready. `after` is counted from the connect to the first byte.
 * @param address host and port
 * @param timeout milliseconds for all of it
 * @throws Error when our own side cannot connect at all (no more ports or open files)
 */
export function sight(
  address: { readonly host: string; readonly port: number },
  { opening, hear }: Conversation,
  timeout: number,
): Promise<Sighting> {
  const { promise, resolve, reject } = Promise.withResolvers<Sighting>();
  const start = now();
  const socket: Socket = connect({ host: address.host, port: address.port, noDelay: true });
  let heard = Buffer.alloc(0);
  let firstByte: number | undefined;
  const seen = (sighting: Sighting): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve(sighting);
  };
  const close = (otherwise: Sighting): void =>
    seen(firstByte === undefined ? otherwise : { kind: 'answered', ready: false, after: firstByte });
  const timer = setTimeout(() => close({ kind: 'silent', after: now() - start }), timeout);
  socket.on('connect', () => socket.write(opening));
  socket.on('data', (bytes) => {
    firstByte ??= now() - start;
    heard = Buffer.concat([heard, bytes]);
    const ready = hear(heard, (answer) => socket.write(answer));
    if (ready !== undefined) seen({ kind: 'answered', ready, after: firstByte });
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') return seen({ kind: 'refused' });
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return close({ kind: 'cut' });
    clearTimeout(timer);
    reject(new Error(`a probe could not connect to ${address.host}:${address.port}`, { cause: error }));
  });
  socket.on('close', () => close({ kind: 'cut' }));
  return promise;
}
