import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionPool } from './connection-pool.ts';

/** Enough for the engine to compile the path that every request takes. */
const rounds = 40;
const together = 10;

/**
 * Sends some hundred requests to a server of our own in this thread, so that the first ones to the app are not slowed by code
 * that runs for the first time. Takes about 100 ms.
 */
export async function rehearse(): Promise<void> {
  const server = createServer((request, response) => {
    request.resume();
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pool = new ConnectionPool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 5_000);
  for (let round = 0; round < rounds; round++) {
    await Promise.all(Array.from({ length: together }, (_, index) => ask(pool, index % 2 === 0)));
  }
  pool.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

function ask(pool: ConnectionPool, write: boolean): Promise<void> {
  const request = write
    ? { method: 'POST', path: '/', headers: ['content-type', 'application/json'], body: '{"n":1}', okWhen: null }
    : { method: 'GET', path: '/', headers: [], body: null, okWhen: null };
  return new Promise((resolve, reject) => {
    pool.send(request, ({ kind }) => {
      if (kind === 'answered') resolve();
      else reject(new Error(`the load generator could not reach a server of its own on 127.0.0.1: ${kind}`));
    });
  });
}
