import type { Transport } from '../plan/transport.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Dialer } from './dialer.ts';
import { Http2Pool } from './http2-pool.ts';
import type { RequestPool } from './request-pool.ts';

/** A connect may take this much longer than a request, in milliseconds, so that the deadline of the request decides. */
const grace = 1_000;

/**
 * The dialer of a load.
 * @param timeout milliseconds after which the owner gives up on a request
 */
export function dialerFor(transport: Transport, timeout: number): Dialer {
  return new Dialer(transport, Math.ceil(timeout) + grace);
}

/**
 * A pool that speaks what the transport asks for.
 * @param timeout milliseconds after which the owner gives up on a request
 */
export function openPool(transport: Transport, timeout: number): RequestPool {
  const dialer = dialerFor(transport, timeout);
  return transport.http === 2 ? new Http2Pool(dialer) : new ConnectionPool(dialer);
}
