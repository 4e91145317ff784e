import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../../src/proxy/api/server.ts';
import type { Counters } from '../../src/proxy/counters.ts';
import { client, upstream } from './fixtures/tcp.ts';

/** A server with one proxy, `a`, in front of something that answers each chunk with three bytes. */
async function proxied() {
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const threefold = await upstream((peer) => peer.socket.on('data', () => peer.socket.write('abc')));
  const ask = (method: string, path: string, body: object = {}) =>
    fetch(server.url + path, { method, ...(method === 'GET' ? {} : { body: JSON.stringify(body) }) });
  const made = await ask('POST', '/proxies', { name: 'a', listen: '127.0.0.1:0', upstream: threefold.address });
  const { listen } = (await made.json()) as { listen: string };
  const counters = async () => (await (await ask('GET', '/proxies/a/counters')).json()) as Counters;
  return { ask, counters, port: Number(listen.replace(/.*:/, '')) };
}

const none = { received: 0, sent: 0, first: null, last: null };

test('a new proxy has counted nothing', async () => {
  const { counters } = await proxied();
  expect(await counters()).toEqual({
    connections: { accepted: 0, open: 0 },
    upstream: none,
    downstream: none,
    toxics: [],
  });
});

test('connections and bytes each way are counted, with the times of the first and the last', async () => {
  const { counters, port } = await proxied();
  const before = Date.now();
  const one = await client(port);
  one.socket.write('hello');
  await one.has(3);
  const early = await counters();
  expect(early.connections).toEqual({ accepted: 1, open: 1 });
  expect(early.upstream).toMatchObject({ received: 5, sent: 5 });
  expect(early.downstream).toMatchObject({ received: 3, sent: 3 });
  expect(early.upstream.first).toBeGreaterThanOrEqual(before);
  expect(early.upstream.last).toBe(early.upstream.first);

  one.socket.destroy();
  await expect.poll(async () => (await counters()).connections).toEqual({ accepted: 1, open: 0 });
  await expect.poll(() => Date.now()).toBeGreaterThan(early.upstream.last ?? Number.NaN);
  const two = await client(port);
  two.socket.write('hi');
  await two.has(3);
  const late = await counters();
  expect(late.connections).toEqual({ accepted: 2, open: 1 });
  expect(late.upstream).toMatchObject({ received: 7, sent: 7, first: early.upstream.first });
  expect(late.upstream.last).toBeGreaterThan(late.upstream.first ?? Number.NaN);
});

test('what a toxic drops came in and was not passed on; the toxic is named', async () => {
  const { ask, counters, port } = await proxied();
  await ask('POST', '/proxies/a/toxics', { name: 'hole', type: 'timeout', stream: 'upstream' });
  const one = await client(port);
  one.socket.write('hello');
  await expect.poll(async () => (await counters()).upstream).toMatchObject({ received: 5, sent: 0 });
  expect(await counters()).toMatchObject({ downstream: none, toxics: ['hole'] });
});

test('disabling and resetting leave the counts, and a proxy that is not there has none', async () => {
  const { ask, counters, port } = await proxied();
  const one = await client(port);
  one.socket.write('hello');
  await one.has(3);
  await ask('POST', '/proxies/a', { enabled: false });
  await ask('POST', '/reset');
  await expect.poll(async () => (await counters()).connections).toEqual({ accepted: 1, open: 0 });
  expect((await counters()).upstream).toMatchObject({ received: 5, sent: 5 });
  expect((await ask('GET', '/proxies/b/counters')).status).toBe(404);
});
