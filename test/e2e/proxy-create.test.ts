import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxyServer, startServer } from '../../src/proxy/api/server.ts';
import { client, echo, upstream } from './fixtures/tcp.ts';

let server: ProxyServer;
let made = 0;

beforeAll(async () => {
  server = await startServer({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

interface ProxyJson {
  readonly listen: string;
  readonly toxics: readonly object[];
}

function freshName(): string {
  made += 1;
  return `p${made}`;
}

async function api(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(server.url + path, { method, ...(text === undefined ? {} : { body: text }) });
  return { status: response.status, text: await response.text() };
}

async function asked<T>(status: number, method: string, path: string, body?: unknown): Promise<T> {
  const reply = await api(method, path, body);
  expect(reply).toMatchObject({ status });
  return (reply.text === '' ? undefined : JSON.parse(reply.text)) as T;
}

const portOf = (address: string) => Number(address.replace(/.*:/, ''));

describe('a proxy that is created with its toxics', () => {
  const slow = { name: 'slow', type: 'latency', stream: 'upstream', attributes: { latency: 30 } };
  const shut = { type: 'limit_data', attributes: { bytes: 2 }, toxicity: 1 };

  test('has them from its first connection on', async () => {
    const to = await upstream(echo);
    const name = freshName();
    const order = { name, upstream: to.address, listen: '127.0.0.1:0', toxics: [slow, shut] };
    const made = await asked<ProxyJson>(201, 'POST', '/create', order);
    expect(made).toMatchObject({ name, enabled: true, upstream: to.address });
    expect(made.toxics).toEqual([
      { ...slow, attributes: { latency: 30, jitter: 0 }, toxicity: 1 },
      { ...shut, name: 'limit_data_downstream', stream: 'downstream' },
    ]);
    expect(await asked(200, 'GET', `/proxies/${name}`)).toEqual(made);
    const one = await client(portOf(made.listen));
    one.socket.write('abc');
    await one.closed;
    expect(one.text).toBe('ab');
  });

  test('is one like any other without toxics', async () => {
    for (const toxics of [undefined, null, []]) {
      const order = { name: freshName(), upstream: 'u:1', enabled: false, toxics };
      const { status, text } = await api('POST', '/create', order);
      expect(status).toBe(201);
      await asked(204, 'DELETE', `/proxies/${order.name}`);
      expect((await api('POST', '/proxies', order)).text).toBe(text);
    }
  });

  test.each<[unknown, number, string]>([
    [[slow, { type: 'nonsense' }], 400, 'invalid toxic type at toxic 2'],
    [[{ ...slow, stream: 'sideways' }], 400, 'stream was invalid, can be either upstream or downstream at toxic 1'],
    [[slow, { ...shut, name: 'slow' }], 409, 'toxic already exists at toxic 2'],
    [
      [{ ...slow, attributes: { latency: 1.5 } }],
      400,
      'bad request body: json: cannot unmarshal number 1.5 into Go struct field LatencyToxic.attributes.latency of type int64 at toxic 1',
    ],
    [[5], 400, 'bad request body: json: cannot unmarshal number into Go value of type toxics.ToxicWrapper at toxic 1'],
    [
      { slow },
      400,
      'bad request body: json: cannot unmarshal object into Go struct field Proxy.toxics of type []toxics.ToxicWrapper',
    ],
  ])('is not created when a toxic is refused: %j', async (toxics, status, error) => {
    const to = await upstream();
    const name = freshName();
    const listen = to.address;
    const reply = await api('POST', '/create', { name, upstream: to.address, listen, toxics });
    // The port is taken, which would be a 500: the toxics are read before anything is bound.
    expect(reply).toMatchObject({ status, text: `${JSON.stringify({ error, status })}\n` });
    expect((await api('GET', `/proxies/${name}`)).status).toBe(404);
  });

  test('is not created when its name is taken, or it has none', async () => {
    const name = freshName();
    await asked(201, 'POST', '/proxies', { name, upstream: 'u:1', enabled: false });
    expect((await api('POST', '/create', { name, upstream: 'u:2', toxics: [slow] })).status).toBe(409);
    expect(await asked(200, 'GET', `/proxies/${name}`)).toMatchObject({ upstream: 'u:1', toxics: [] });
    expect((await api('POST', '/create', { toxics: [slow] })).text).toContain('missing required field: name');
    expect((await api('POST', '/create', '{')).text).toContain('bad request body: unexpected EOF');
    expect((await api('GET', '/create')).status).toBe(405);
  });
});
