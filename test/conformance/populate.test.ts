import { describe, expect, test } from 'vitest';
import { client, upstream } from '../e2e/fixtures/tcp.ts';
import { api, asked } from './api.ts';
import { connected, freshName, type ProxyJson, portOf, proxyTo } from './proxied.ts';
import './subject.ts';

interface Populated {
  readonly proxies: ProxyJson[] | null;
}

const itemType = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }';

describe('populate', () => {
  test('makes proxies, enabled unless told, in the order of the request', async () => {
    const to = await upstream();
    const [b, a] = [freshName(), freshName()];
    const reply = await api('POST', '/populate', [
      { name: b, upstream: to.address, listen: '127.0.0.1:0', toxics: [{ type: 'latency' }] },
      { name: a, upstream: 'u:1', listen: 'any', enabled: false },
    ]);
    const { proxies } = JSON.parse(reply.text) as Populated;
    expect(reply.status).toBe(201);
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(proxies).toMatchObject([
      { name: b, enabled: true, toxics: [] },
      { name: a, listen: 'any', enabled: false },
    ]);
    expect(reply.text).toBe(
      `{"proxies":[${[b, a].map((name) => JSON.stringify(proxies?.find((one) => one.name === name))).join()}]}`,
    );
    expect(Object.keys(proxies?.[0] ?? {})).toEqual(['name', 'listen', 'upstream', 'enabled', 'Logger', 'toxics']);
    await client(portOf(proxies?.[0]?.listen ?? ''));
  });

  test.each(['[]', 'null'])('of %s makes none', async (body) => {
    expect(await api('POST', '/populate', body)).toMatchObject({ status: 201, text: '{"proxies":null}' });
  });

  test.each([
    ['', 'bad request body: EOF'],
    ['[', 'bad request body: unexpected EOF'],
    ['{}', `bad request body: json: cannot unmarshal object into Go value of type []${itemType}`],
    ['5', `bad request body: json: cannot unmarshal number into Go value of type []${itemType}`],
    ['[5]', `bad request body: json: cannot unmarshal number into Go value of type ${itemType}`],
    ['[{"name":5}]', 'bad request body: json: cannot unmarshal number into Go struct field .Proxy.name of type string'],
    [
      '[{"Logger":1}]',
      'bad request body: json: cannot unmarshal number into Go struct field .Proxy.Logger of type zerolog.Logger',
    ],
    [
      '[{"enabled":"no"}]',
      'bad request body: json: cannot unmarshal string into Go struct field .enabled of type bool',
    ],
    ['[null]', 'missing required field: name at proxy 1'],
    ['[{"name":"x"}]', 'missing required field: upstream at proxy 1'],
    ['[{"name":"x","upstream":"u:1"},{"upstream":"u:1"}]', 'missing required field: name at proxy 2'],
  ])('of %s is refused as JSON, without a newline, and makes nothing', async (body, error) => {
    const reply = await api('POST', '/populate', body);
    expect(reply).toMatchObject({ status: 400, text: JSON.stringify({ error, status: 400, proxies: null }) });
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(reply.headers.get('x-content-type-options')).toBeNull();
    expect(await api('GET', '/proxies/x')).toMatchObject({ status: 404 });
  });

  test('leaves an equal proxy as it is, with its connections, its toxics and its being disabled', async () => {
    const { proxy, to, pair } = await connected();
    await proxy.add('upstream', 'noop');
    const before = await proxy.show();
    const { name, listen } = before;
    for (const text of [listen, listen.replace('127.0.0.1', 'localhost')]) {
      const order = { name, upstream: to.address, listen: text, enabled: false };
      expect(await asked(201, 'POST', '/populate', [order])).toEqual({ proxies: [before] });
    }
    pair.near.socket.write('x');
    await pair.far.has(1);
    await proxy.change({ enabled: false });
    expect(await asked(201, 'POST', '/populate', [{ name, upstream: to.address, listen, enabled: true }])).toEqual({
      proxies: [{ ...before, enabled: false }],
    });
  });

  test('replaces a proxy that differs: its connections are cut, its toxics gone', async () => {
    const { proxy, to, pair } = await connected();
    await proxy.add('upstream', 'noop');
    const order = { name: proxy.name, upstream: to.address, listen: 'localhost:0' };
    const { proxies } = await asked<Populated>(201, 'POST', '/populate', [order]);
    expect(proxies).toMatchObject([{ name: proxy.name, enabled: true, toxics: [] }]);
    expect(proxies?.[0]?.listen).not.toBe(proxy.listen);
    await pair.near.closed;
  });

  test('stops at the first that cannot listen, and says which were made before it', async () => {
    const taken = await proxyTo('u:1');
    const [first, second, third] = [freshName(), freshName(), freshName()];
    const order = (name: string, listen: string) => ({ name, upstream: 'u:1', listen });
    const reply = await asked<Populated & { error: string; status: number }>(500, 'POST', '/populate', [
      order(first, '127.0.0.1:0'),
      order(second, taken.listen),
      order(third, '127.0.0.1:0'),
    ]);
    expect(reply).toMatchObject({ error: `listen tcp ${taken.listen}: bind: address already in use`, status: 500 });
    expect(reply.proxies?.map(({ name }) => name)).toEqual([first]);
    expect(await api('GET', `/proxies/${first}`)).toMatchObject({ status: 200 });
    for (const name of [second, third]) expect(await api('GET', `/proxies/${name}`)).toMatchObject({ status: 404 });
  });

  test('keeps the old one, disabled and with its toxics, when the new one cannot listen', async () => {
    const taken = await proxyTo('u:1');
    const { proxy, to, pair } = await connected();
    await proxy.add('upstream', 'noop');
    const before = await proxy.show();
    const order = { name: proxy.name, upstream: to.address, listen: taken.listen };
    expect(await api('POST', '/populate', [order])).toMatchObject({ status: 500 });
    await pair.near.closed;
    expect(await proxy.show()).toEqual({ ...before, enabled: false });
  });

  test('with a listen that is no address over an existing proxy changes nothing', async () => {
    const { proxy, to, pair } = await connected();
    const reply = await api('POST', '/populate', [{ name: proxy.name, upstream: to.address, listen: 'foo' }]);
    const error = 'address foo: missing port in address';
    expect(reply).toMatchObject({ status: 500, text: JSON.stringify({ error, status: 500, proxies: null }) });
    pair.near.socket.write('x');
    await pair.far.has(1);
  });

  test('takes the last of two of one name', async () => {
    const name = freshName();
    const order = (upstream: string) => ({ name, upstream, listen: '127.0.0.1:0' });
    const { proxies } = await asked<Populated>(201, 'POST', '/populate', [order('u:1'), order('v:2')]);
    expect(proxies).toMatchObject([
      { upstream: 'u:1', enabled: false },
      { upstream: 'v:2', enabled: true },
    ]);
    expect(await asked(200, 'GET', `/proxies/${name}`)).toMatchObject({ upstream: 'v:2' });
  });
});
