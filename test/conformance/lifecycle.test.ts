import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { client, echo, upstream } from '../e2e/fixtures/tcp.ts';
import { api, asked } from './api.ts';
import { connected, freshName, portOf, proxyTo, streams } from './proxied.ts';
import './subject.ts';

const refusedConnection = { code: 'ECONNREFUSED' };

/** An address of 127.0.0.1 that is taken, by us. */
async function takenAddress(): Promise<{ address: string; free: () => Promise<void> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const free = async () => {
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  onTestFinished(free);
  const bound = server.address();
  return { address: `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`, free };
}

const inUse = (address: string) => ({ error: `listen tcp ${address}: bind: address already in use`, status: 500 });

describe('listen', () => {
  test.each([
    ['127.0.0.1:0', /^127\.0\.0\.1:[1-9]\d*$/],
    ['127.0.0.1:', /^127\.0\.0\.1:[1-9]\d*$/],
    ['[127.0.0.1]:+0', /^127\.0\.0\.1:[1-9]\d*$/],
    ['localhost:0', /^127\.0\.0\.1:[1-9]\d*$/],
    ['0.0.0.0:0', /^\[::\]:[1-9]\d*$/],
    ['[::]:0', /^\[::\]:[1-9]\d*$/],
    [':0', /^\[::\]:[1-9]\d*$/],
    ['', /^\[::\]:[1-9]\d*$/],
    ['[::1]:00', /^\[::1\]:[1-9]\d*$/],
  ])('becomes the address that was bound: %j', async (listen, bound) => {
    const to = await upstream(echo);
    const proxy = await proxyTo(to.address, { listen });
    expect(proxy.listen).toMatch(bound);
    expect(await proxy.show()).toMatchObject({ listen: proxy.listen, enabled: true });
    if (!proxy.listen.startsWith('[::1]')) {
      const one = await client(proxy.port);
      one.socket.write('x');
      await one.has(1);
    }
  });

  test.each([
    ['foo', 'address foo: missing port in address'],
    ['[::1]', 'address [::1]: missing port in address'],
    ['[::1]x:0', 'address [::1]x:0: missing port in address'],
    ['1:2:3', 'address 1:2:3: too many colons in address'],
    ['::1', 'address ::1: too many colons in address'],
    ['[::1]::0', 'address [::1]::0: too many colons in address'],
    ['[::1:0', "address [::1:0: missing ']' in address"],
    ['a[b:0', "address a[b:0: unexpected '[' in address"],
    ['a]b:0', "address a]b:0: unexpected ']' in address"],
    ['h:99999', 'address 99999: invalid port'],
    ['127.0.0.1:65536', 'address 65536: invalid port'],
    ['127.0.0.1:-1', 'address -1: invalid port'],
    ['h:zz', 'lookup tcp/zz: unknown port'],
    ['127.0.0.1:0 ', 'lookup tcp/0 : unknown port'],
    ['256.1.1.1:0', 'lookup 256.1.1.1: no such host'],
    ['a b:0', 'lookup a b: no such host'],
  ])('that is no address is a 500, and changes nothing: %j', async (listen, why) => {
    const name = freshName();
    const created = await api('POST', '/proxies', { name, upstream: 'u:1', listen });
    expect(created).toMatchObject({
      status: 500,
      text: `${JSON.stringify({ error: `listen tcp: ${why}`, status: 500 })}\n`,
    });
    expect(await api('GET', `/proxies/${name}`)).toMatchObject({ status: 404 });
    const { proxy, pair } = await connected();
    const before = await proxy.show();
    const changed = await api('PATCH', proxy.path, { listen, upstream: 'v:2', enabled: false });
    expect(changed).toMatchObject({ status: 500, text: `${JSON.stringify({ error: why, status: 500 })}\n` });
    expect(await proxy.show()).toEqual(before);
    expect(pair.near.events).toEqual([]);
  });

  test('of a host that is unknown is a 500', async () => {
    const order = { name: freshName(), upstream: 'u:1', listen: 'nowhere.invalid:0' };
    // The real server adds which name server it asked.
    expect((await api('POST', '/proxies', order)).text).toMatch(
      /"listen tcp: lookup nowhere\.invalid( on \S+)?: no such host"/,
    );
  });

  test('of an address that is not this machine is a 500', async () => {
    const order = { name: freshName(), upstream: 'u:1', listen: '192.0.2.1:0' };
    const error = 'listen tcp 192.0.2.1:0: bind: cannot assign requested address';
    expect(await asked(500, 'POST', '/proxies', order)).toEqual({ error, status: 500 });
  });

  test('of a port that is taken is a 500, and there is no such proxy', async () => {
    const { address } = await takenAddress();
    for (const listen of [address, address.replace('127.0.0.1', 'localhost')]) {
      const name = freshName();
      expect(await asked(500, 'POST', '/proxies', { name, upstream: 'u:1', listen })).toEqual(inUse(address));
      expect(await api('GET', `/proxies/${name}`)).toMatchObject({ status: 404 });
    }
    const other = await proxyTo('u:1');
    expect(await asked(500, 'POST', '/proxies', { name: freshName(), upstream: 'u:1', listen: other.listen })).toEqual(
      inUse(other.listen),
    );
  });

  test('of a disabled proxy is any text, until it is enabled', async () => {
    const proxy = await proxyTo('u:1', { listen: 'any text', enabled: false });
    expect(await proxy.show()).toMatchObject({ listen: 'any text', enabled: false });
    for (const enabled of [true, false]) {
      const { error } = await asked<{ error: string }>(500, 'PATCH', proxy.path, { enabled });
      expect(error).toBe('address any text: missing port in address');
    }
    expect(await proxy.change({ listen: '127.0.0.1:0', enabled: true })).toMatchObject({ enabled: true });
  });
});

describe('disabling', () => {
  test('cuts both sides, refuses, and keeps port and toxics for enabling', async () => {
    const { proxy, to, pair } = await connected();
    for (const stream of streams) await proxy.add(stream, 'latency', { latency: 1 });
    const before = await proxy.show();
    expect(await proxy.change({ enabled: false })).toEqual({ ...before, enabled: false });
    await Promise.all([pair.near.closed, pair.far.closed]);
    await expect(client(proxy.port)).rejects.toMatchObject(refusedConnection);
    expect(await proxy.change({ enabled: false })).toMatchObject({ enabled: false });
    expect(await proxy.change({ enabled: true })).toEqual(before);
    expect(await proxy.change({ enabled: true })).toEqual(before);
    const again = await proxy.connect(to);
    again.near.socket.write('x');
    await again.far.has(1);
  });

  test('is undone in one request with a change of the upstream', async () => {
    const proxy = await proxyTo('127.0.0.1:1', { enabled: false });
    const to = await upstream();
    const { listen } = await proxy.change({ enabled: true, upstream: to.address });
    const one = await client(portOf(listen));
    one.socket.write('x');
    await (await to.peer()).has(1);
  });
});

describe('changing', () => {
  test('the upstream cuts connections and leads new ones to the new one, on the same port', async () => {
    const { proxy, pair } = await connected();
    const other = await upstream();
    expect(await proxy.change({ upstream: other.address })).toMatchObject({ listen: proxy.listen, enabled: true });
    await Promise.all([pair.near.closed, pair.far.closed]);
    const after = await proxy.connect(other);
    after.near.socket.write('x');
    await after.far.has(1);
  });

  test('the listen moves the proxy and cuts connections', async () => {
    const { proxy, to, pair } = await connected();
    const { listen } = await proxy.change({ listen: '127.0.0.1:0' });
    await pair.near.closed;
    expect(listen).not.toBe(proxy.listen);
    await expect(client(proxy.port)).rejects.toMatchObject(refusedConnection);
    const one = await client(portOf(listen));
    one.socket.write('x');
    await (await to.peer(1)).has(1);
  });

  test('nothing, or the listen to the same in other words, cuts nothing', async () => {
    const { proxy, pair } = await connected();
    for (const fields of [{}, { listen: proxy.listen }, { listen: `localhost:${proxy.port}` }, { name: 'x' }]) {
      expect(await proxy.change(fields)).toMatchObject({ listen: proxy.listen, enabled: true });
    }
    pair.near.socket.write('x');
    await pair.far.has(1);
  });

  test('the listen of [::] to the bare port cuts, although it is the same port', async () => {
    const to = await upstream();
    const proxy = await proxyTo(to.address, { listen: ':0' });
    const pair = await proxy.connect(to);
    expect(await proxy.change({ listen: `:${proxy.port}` })).toMatchObject({ listen: proxy.listen });
    await pair.near.closed;
  });

  test('the listen to a port that is taken disables the proxy, with the new text', async () => {
    const { proxy, pair } = await connected();
    const { address, free } = await takenAddress();
    expect(await asked(500, 'PATCH', proxy.path, { listen: address })).toEqual(inUse(address));
    await pair.near.closed;
    expect(await proxy.show()).toMatchObject({ listen: address, enabled: false });
    await expect(client(proxy.port)).rejects.toMatchObject(refusedConnection);
    expect(await asked(500, 'PATCH', proxy.path, { enabled: true })).toEqual(inUse(address));
    await free();
    expect(await proxy.change({ enabled: true })).toMatchObject({ listen: address, enabled: true });
  });
});

describe('deleting', () => {
  test('cuts, refuses and frees name and port', async () => {
    const { proxy, to, pair } = await connected();
    await asked(204, 'DELETE', proxy.path);
    await Promise.all([pair.near.closed, pair.far.closed]);
    await expect(client(proxy.port)).rejects.toMatchObject(refusedConnection);
    const order = { name: proxy.name, upstream: to.address, listen: proxy.listen };
    expect(await asked(201, 'POST', '/proxies', order)).toMatchObject({ ...order, toxics: [] });
  });
});

describe('an upstream that is down', () => {
  test.each(['127.0.0.1:1', 'nonsense', 'nowhere.invalid:5', ''])('accepts and then closes: %j', async (address) => {
    const proxy = await proxyTo('127.0.0.1:1');
    await proxy.change({ upstream: address });
    const one = await client(proxy.port);
    await one.closed;
    expect(one.events).toEqual(['end', 'close']);
  });

  test('serves the next client once it is up', async () => {
    const { address, free } = await takenAddress();
    await free();
    const proxy = await proxyTo(address);
    await (await client(proxy.port)).closed;
    const server = createServer((socket) => socket.end('up')).listen(portOf(address), '127.0.0.1');
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');
    const one = await client(proxy.port);
    await one.closed;
    expect(one.text).toBe('up');
  });
});

describe('reset', () => {
  test('enables every proxy on its port and removes all toxics, without cutting', async () => {
    const off = await proxyTo('u:1');
    await off.change({ enabled: false });
    const { proxy, pair } = await connected();
    for (const stream of streams) await proxy.add(stream, 'latency', { latency: 60_000 });
    await asked(204, 'POST', '/reset', 'what is sent along does not matter');
    expect(await off.show()).toMatchObject({ listen: off.listen, enabled: true });
    expect(await proxy.show()).toMatchObject({ toxics: [] });
    pair.near.socket.write('up');
    pair.far.socket.write('down');
    await Promise.all([pair.far.has(2), pair.near.has(4)]);
  });

  test('that cannot bind is a 500, and that proxy keeps its toxics', async () => {
    const { address, free } = await takenAddress();
    const proxy = await proxyTo('u:1', { listen: address, enabled: false });
    await proxy.add('downstream', 'noop');
    expect(await asked(500, 'POST', '/reset')).toEqual(inUse(address));
    expect(await proxy.show()).toMatchObject({ enabled: false, toxics: [{ type: 'noop' }] });
    await free();
    await asked(204, 'POST', '/reset');
    expect(await proxy.show()).toMatchObject({ enabled: true, toxics: [] });
  });
});
