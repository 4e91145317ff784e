import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
// From dist: the generator's process runs what was built.
import { autocannon } from '../../dist/load/autocannon.js';
import { type Operation, operationsOf } from '../../src/recording/columns.ts';

/** What a closed loop of a second on one connection saw of a server that does this with each request. */
async function seen(take: (socket: Socket, path: string) => void): Promise<Operation[]> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (request) => take(socket, request.toString('latin1').split(' ')[1] as string));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const load = autocannon({
    connections: 1,
    duration: '1s',
    warmUp: 0,
    request: ({ n }) => ({ path: `/${n}`, key: `${n}` }),
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target = { url, seed: 1, onZero: () => {}, onProgress: () => {} };
  const { columns } = await load.run(target, new AbortController().signal);
  server.close();
  return [...operationsOf(columns)];
}

const answer = (status: number) => `HTTP/1.1 ${status} It\r\ncontent-length: 2\r\n\r\nok`;

test('an answer that is no HTTP is a lost connection, not a request that times out', async () => {
  const operations = await seen((socket, path) => socket.write(path === '/1' ? '200, I think\r\n\r\n' : answer(200)));
  expect(operations.slice(0, 3)).toMatchObject([
    { key: '0', outcome: 'ok' },
    { key: '1', outcome: 'unknown', category: 'reset' },
    { key: '2', outcome: 'ok' },
  ]);
});

test('a second answer to a request is not taken for the answer to the next one', async () => {
  const operations = await seen((socket, path) => {
    // Late, as an answer of its own would be.
    if (path === '/2') setTimeout(() => socket.write(answer(201)), 20);
    else socket.write(path === '/1' ? answer(200) + answer(500) : answer(200));
  });
  expect(operations.slice(0, 4).map(({ category }) => category)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect((operations[2]?.endedAt as number) - (operations[2]?.startedAt as number)).toBeGreaterThan(18);
});

test('an answer is read with its status, whether it comes whole, cut in its head or cut in its body', async () => {
  const cuts: Record<string, number> = { '/1': answer(404).length, '/2': 20, '/3': answer(404).length - 1 };
  const operations = await seen((socket, path) => {
    const cut = cuts[path];
    socket.write(answer(cut === undefined ? 200 : 404).slice(0, cut));
    if (cut !== undefined && cut < answer(404).length) setTimeout(() => socket.write(answer(404).slice(cut)), 5);
  });
  expect(operations.slice(0, 5).map(({ category }) => category)).toEqual(['ok', '404', '404', '404', 'ok']);
});
