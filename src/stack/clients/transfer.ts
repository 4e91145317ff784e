import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import type { Transfer } from '../service.ts';
import { ownName } from './sighting.ts';

/** Where a service is reached. */
export interface Reached {
  readonly host: string;
  readonly port: number;
}

/**
 * Fetches `bytes` bytes from a Redis. The script runs at the server and touches no key.
 * @param timeout milliseconds
 */
export function transferFromRedis({ host, port }: Reached, bytes: number, timeout: number): Promise<Transfer> {
  const { promise, resolve } = Promise.withResolvers<Transfer>();
  const begin = performance.now();
  const script = "return string.rep('x', ARGV[1])";
  const question = ['EVAL', script, '0', String(bytes)].map((word) => `$${word.length}\r\n${word}\r\n`).join('');
  const expected = `+OK\r\n$${bytes}\r\n`.length + bytes + 2;
  const socket = connect({ host, port, noDelay: true });
  let received = 0;
  const settle = (kind: Transfer['kind']): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve({ kind, after: performance.now() - begin });
  };
  const timer = setTimeout(() => settle('silent'), timeout);
  socket.on('connect', () => socket.write(`CLIENT SETNAME ${ownName}\r\n*4\r\n${question}`));
  socket.on('data', ({ length }) => {
    received += length;
    if (received >= expected) settle('whole');
  });
  // Whatever the error, the connection is gone.
  socket.on('error', () => settle('cut'));
  socket.on('close', () => settle('cut'));
  return promise;
}

/**
 * Fetches `bytes` bytes from a Postgres, as the result of a query that reads no table.
 * @param timeout milliseconds, for the connect and for the query each
 */
export async function transferFromPostgres(url: string, bytes: number, timeout: number): Promise<Transfer> {
  const client = new Client({
    connectionString: url,
    application_name: ownName,
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
  });
  let begin = performance.now();
  const outcome = (kind: Transfer['kind']): Transfer => ({ kind, after: performance.now() - begin });
  // Told by the rejected call as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    begin = performance.now();
    await client.query(`select repeat('x', ${Math.trunc(bytes)})`);
    return outcome('whole');
  } catch (error) {
    return outcome(error instanceof Error && /time ?out/i.test(error.message) ? 'silent' : 'cut');
  } finally {
    // Not awaited: through a proxy that lets nothing pass, it would not end.
    void client.end().catch(() => undefined);
  }
}
