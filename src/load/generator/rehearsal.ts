import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { openPool } from '../http/open-pool.ts';
import type { RequestPool } from '../http/request-pool.ts';
import type { Transport } from '../plan/transport.ts';

/** Enough for the engine to compile the path that every request takes. */
const rounds = 40;
const together = 10;

/**
 * Sends some hundred requests to a server of our own in this thread, so that the first ones to the app are not slowed
 * by code that runs for the first time. Takes about 100 ms.
 * @param http the version that the load will speak
 */
export async function rehearse(http: Transport['http'] = 1): Promise<void> {
  const answer: RequestListener = (request, response) => {
    request.resume();
    response.end('{}');
  };
  const server = http === 2 ? createHttp2Server() : createServer();
  const sockets = new Set<Socket>();
  server.on('request', answer);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pool = openPool({ origin, http, tls: undefined }, 5_000);
  for (let round = 0; round < rounds; round++) {
    await Promise.all(Array.from({ length: together }, (_, index) => ask(pool, index % 2 === 0)));
  }
  pool.close();
  server.close();
  for (const socket of sockets) socket.destroy();
  await once(server, 'close');
}

function ask(pool: RequestPool, write: boolean): Promise<void> {
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
