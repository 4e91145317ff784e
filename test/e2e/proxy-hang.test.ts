import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ProxyProcess, startProxyServer } from '../../dist/proxy/start.js';
import { type FaultProxy, ProxyClient } from '../../src/proxy/client.ts';
import { client, echo, upstream } from './fixtures/tcp.ts';

let server: ProxyProcess;
let made = 0;

beforeAll(async () => {
  server = await startProxyServer(() => {});
});
afterAll(() => server.stop());

/** A proxy to an echo, and where the API keeps it. */
async function echoed(listen?: string): Promise<{ proxy: FaultProxy; url: string }> {
  made += 1;
  const proxy = await new ProxyClient(server.url).create(`p${made}`, (await upstream(echo)).address, listen);
  return { proxy, url: `${server.url}/proxies/p${made}` };
}

/** So many connects that nobody awaits. */
function connects(port: number, count: number, host = '127.0.0.1'): Socket[] {
  return Array.from({ length: count }, () => {
    const socket = connect({ host, port });
    socket.on('error', () => {});
    onTestFinished(() => {
      socket.destroy();
    });
    return socket;
  });
}

const pending = (sockets: readonly Socket[]) => sockets.filter(({ connecting }) => connecting).length;

async function roundTrip(port: number): Promise<void> {
  const one = await client(port);
  one.socket.write('x');
  await one.has(1);
}

// The system is asked, not trusted: elsewhere `hang` may be an error that says so.
describe.runIf(process.platform === 'linux')('connects that hang', () => {
  test('stay pending, connections that there were go on, and the port serves again afterwards', async () => {
    const { proxy } = await echoed();
    const old = await client(proxy.port);
    await proxy.hang();
    const waiting = connects(proxy.port, 10);
    old.socket.write('still here');
    await old.has(10);
    await pause(200);
    expect(pending(waiting)).toBe(10);
    await proxy.release();
    await roundTrip(proxy.port);
    // Whoever still waits is let in by the next SYN that its system sends, about a second after the first.
    const [first] = waiting;
    if (first?.connecting) await once(first, 'connect');
    expect(first?.destroyed).toBe(false);
    old.socket.write('!');
    await old.has(11);
  });

  test('hang although clients keep coming while it begins', async () => {
    const { proxy } = await echoed();
    const timer = setInterval(() => connects(proxy.port, 1), 1);
    onTestFinished(() => clearInterval(timer));
    await proxy.hang();
    const later = connects(proxy.port, 5);
    await pause(100);
    expect(pending(later)).toBe(5);
  });

  test('hang on a listener of every address as well, over IPv4 and over IPv6', async () => {
    const { proxy } = await echoed(':0');
    await proxy.hang();
    const waiting = [...connects(proxy.port, 3), ...connects(proxy.port, 3, '::1')];
    await pause(100);
    expect(pending(waiting)).toBe(6);
    await proxy.release();
    await roundTrip(proxy.port);
  });

  test('are one state: asked for twice, released twice, and again', async () => {
    const { proxy } = await echoed();
    for (let time = 0; time < 2; time += 1) {
      await proxy.hang();
      await proxy.hang();
      const [waiting] = connects(proxy.port, 1);
      await pause(60);
      expect(waiting?.connecting).toBe(true);
      await proxy.release();
      await proxy.release();
      await roundTrip(proxy.port);
    }
  });

  test.each<[string, (proxy: FaultProxy, url: string) => Promise<unknown>]>([
    ['reset', (proxy) => proxy.reset()],
    ['the reset of all', () => fetch(`${server.url}/reset`, { method: 'POST' })],
    ['being disabled and enabled', (proxy) => proxy.disable().then(() => proxy.enable())],
  ])('end with %s', async (_, end) => {
    const { proxy, url } = await echoed();
    await proxy.hang();
    expect(await (await fetch(url)).json()).toMatchObject({ enabled: true, listen: `127.0.0.1:${proxy.port}` });
    await end(proxy, url);
    await roundTrip(proxy.port);
  });

  test('are refused while disabled, and after being deleted', async () => {
    const { proxy, url } = await echoed();
    await proxy.hang();
    await proxy.disable();
    await expect(client(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(proxy.hang()).rejects.toThrow(
      /could not let connects hang: proxy is disabled \(409\)\. Enable it first/,
    );
    await proxy.enable();
    await proxy.hang();
    await fetch(url, { method: 'DELETE' });
    await expect(client(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(proxy.release()).rejects.toThrow(/could not accept connects again: proxy not found \(404\)/);
  });

  test('do not keep the server up when it is ended', async () => {
    const own = await startProxyServer(() => {});
    onTestFinished(() => own.stop());
    const proxy = await new ProxyClient(own.url).create('a', '127.0.0.1:1');
    await proxy.hang();
    await own.stop();
    await expect(client(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test('a server that is a Toxiproxy is told from ours', async () => {
  const toxiproxy = createHttpServer((request, response) => {
    if (request.url === '/proxies') request.pipe(response.writeHead(201));
    else response.writeHead(404).end('404 page not found\n');
  }).listen(0, '127.0.0.1');
  await once(toxiproxy, 'listening');
  onTestFinished(() => {
    toxiproxy.close();
  });
  const url = `http://127.0.0.1:${(toxiproxy.address() as AddressInfo).port}`;
  const proxy = await new ProxyClient(url).create('a', '127.0.0.1:1', '127.0.0.1:2');
  await expect(proxy.hang()).rejects.toThrow(
    `proxy "a" (127.0.0.1:2 to 127.0.0.1:1) could not let connects hang: the server at ${url} is a Toxiproxy, which has no such fault. Use the proxy of breaking-point`,
  );
});
