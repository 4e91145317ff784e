import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ProxyServer, startServer } from '../../src/proxy/api/server.ts';
import { type FaultProxy, ProxyClient } from '../../src/proxy/client.ts';
import { client, echo, type Upstream, upstream } from './fixtures/tcp.ts';

let server: ProxyServer;
let proxies: ProxyClient;
let made = 0;

beforeAll(async () => {
  server = await startServer({ host: '127.0.0.1', port: 0 });
  proxies = new ProxyClient(server.url);
});
afterAll(async () => {
  await proxies.close();
  await server.close();
});

async function proxyTo(to: Upstream): Promise<FaultProxy> {
  made += 1;
  return proxies.create(`proxy-${made}`, to.address);
}

const streams = ['upstream', 'downstream'] as const;

describe('a proxy', () => {
  test('passes bytes both ways and listens below the ephemeral ports', async () => {
    const proxy = await proxyTo(await upstream(echo));
    expect(proxy.host).toBe('127.0.0.1');
    expect(proxy.port).toBeGreaterThanOrEqual(20_000);
    expect(proxy.port).toBeLessThanOrEqual(32_000);
    const one = await client(proxy.port);
    one.socket.write('ping');
    await one.has(4);
    expect(one.text).toBe('ping');
  });

  test('that is disabled cuts what is connected and refuses what is new, until it is enabled on the same port', async () => {
    const to = await upstream(echo);
    const proxy = await proxyTo(to);
    const before = await client(proxy.port);
    const behind = await to.peer();
    await proxy.disable();
    await Promise.all([before.closed, behind.closed]);
    await expect(client(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.disable();
    await proxy.enable();
    await proxy.enable();
    const after = await client(proxy.port);
    after.socket.write('back');
    await after.has(4);
    expect(after.text).toBe('back');
  });

  test('keeps its toxics while it is disabled', async () => {
    const proxy = await proxyTo(await upstream(echo));
    await proxy.addToxic({ name: 'slow', type: 'latency', stream: 'upstream', attributes: { latency: 150 } });
    await proxy.disable();
    await proxy.enable();
    const one = await client(proxy.port);
    const sentAt = performance.now();
    one.socket.write('x');
    await one.has(1);
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(150);
  });

  test('in front of a dead server accepts and then closes', async () => {
    const dead = await upstream();
    dead.close();
    const one = await client((await proxyTo(dead)).port);
    await one.closed;
    expect(one.events).toEqual(['end', 'close']);
  });

  test('holds 200 connections at once, each with its own bytes, and cuts them all', async () => {
    const proxy = await proxyTo(await upstream(echo));
    const clients = await Promise.all(Array.from({ length: 200 }, () => client(proxy.port)));
    clients.forEach((one, n) => {
      one.socket.write(`number ${n}`);
    });
    await Promise.all(clients.map((one, n) => one.has(`number ${n}`.length)));
    expect(clients.map((one) => one.text)).toEqual(clients.map((_, n) => `number ${n}`));
    await proxy.disable();
    await Promise.all(clients.map((one) => one.closed));
  });

  test('is its own: a reset enables it and removes its toxics, and touches no other', async () => {
    const to = await upstream(echo);
    const [one, other] = [await proxyTo(to), await proxyTo(to)];
    for (const stream of streams) await one.addToxic({ name: stream, type: 'timeout', stream, attributes: {} });
    await one.disable();
    await other.disable();
    await one.reset();
    const peer = await client(one.port);
    peer.socket.write('x');
    await peer.has(1);
    await expect(client(other.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('the end of the data', () => {
  test('from the client closes the server and then the client, after all that was sent', async () => {
    const to = await upstream();
    const proxy = await proxyTo(to);
    const one = await client(proxy.port);
    one.socket.end('bye');
    const behind = await to.peer();
    await once(behind.socket, 'end');
    expect(behind.text).toBe('bye');
    behind.socket.end();
    await Promise.all([one.closed, behind.closed]);
    expect(one.events).toEqual(['end', 'close']);
  });

  test('from the server comes after all that it sent, through a latency too', async () => {
    const size = 5_000_000;
    const to = await upstream((peer) => peer.socket.end(Buffer.alloc(size, 'x')));
    const proxy = await proxyTo(to);
    await proxy.addToxic({ name: 'slow', type: 'latency', stream: 'downstream', attributes: { latency: 50 } });
    const one = await client(proxy.port);
    await once(one.socket, 'end');
    expect(one.received.length).toBe(size);
  });

  test('from the server waits for a reader that is slow', async () => {
    const size = 12_000_000;
    const to = await upstream((peer) => peer.socket.end(Buffer.alloc(size, 'x')));
    const { socket } = await client((await proxyTo(to)).port);
    let received = 0;
    socket.on('data', (data: Buffer) => {
      received += data.length;
      socket.pause();
      setTimeout(() => socket.resume(), 2);
    });
    await once(socket, 'end');
    expect(received).toBe(size);
  });

  test('by a reset reaches the other side as an end', async () => {
    const to = await upstream();
    const one = await client((await proxyTo(to)).port);
    const behind = await to.peer();
    behind.socket.resetAndDestroy();
    await one.closed;
    expect(one.events).toEqual(['end', 'close']);
  });
});

describe('a black hole', () => {
  test('is silent on live and new connections, and closes them when it is removed', async () => {
    const to = await upstream(echo);
    const proxy = await proxyTo(to);
    const live = await client(proxy.port);
    live.socket.write('a');
    await live.has(1);
    for (const stream of streams)
      await proxy.addToxic({ name: stream, type: 'timeout', stream, attributes: { timeout: 0 } });
    const fresh = await client(proxy.port);
    for (const one of [live, fresh]) one.socket.write('lost');
    await pause(200);
    expect(live.text).toBe('a');
    expect(fresh.text).toBe('');
    expect([...live.events, ...fresh.events]).toEqual([]);
    expect((await to.peer(0)).text).toBe('a');
    await proxy.removeToxic('upstream');
    await Promise.all([live.closed, fresh.closed]);
    await proxy.removeToxic('downstream');
    const after = await client(proxy.port);
    after.socket.write('b');
    await after.has(1);
  });

  test('with a timeout closes by itself', async () => {
    const proxy = await proxyTo(await upstream(echo));
    await proxy.addToxic({ name: 't', type: 'timeout', stream: 'downstream', attributes: { timeout: 50 } });
    const one = await client(proxy.port);
    await one.closed;
    expect(one.events).toEqual(['end', 'close']);
  });
});

describe('latency', () => {
  test('delays each way by what was asked', async () => {
    const proxy = await proxyTo(await upstream(echo));
    for (const stream of streams)
      await proxy.addToxic({ name: stream, type: 'latency', stream, attributes: { latency: 100 } });
    const one = await client(proxy.port);
    const sentAt = performance.now();
    one.socket.write('x');
    await one.has(1);
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(200);
  });

  const change = fc.record({
    stream: fc.constantFrom(...streams),
    latency: fc.integer({ min: 0, max: 40 }),
    jitter: fc.integer({ min: 0, max: 20 }),
    kind: fc.constantFrom('update', 'remove'),
    after: fc.integer({ min: 0, max: 15 }),
  });

  test('comes, changes and goes on a live connection without losing or moving a byte, both ways', async () => {
    const to = await upstream();
    const proxy = await proxyTo(to);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 3, maxLength: 12 }), async (changes) => {
        const index = to.peers.length;
        const one = await client(proxy.port);
        one.socket.write('-');
        const behind = await to.peer(index);
        await behind.has(1);
        const sending = [numbered(one.socket), numbered(behind.socket)];
        const present = new Map<string, number>();
        for (const { stream, latency, jitter, kind, after } of changes) {
          const attributes = { latency, jitter };
          if (!present.has(stream)) await proxy.addToxic({ name: stream, type: 'latency', stream, attributes });
          else if (kind === 'remove') await proxy.removeToxic(stream);
          else await update(stream, attributes);
          if (kind === 'remove' && present.has(stream)) present.delete(stream);
          else present.set(stream, latency);
          await pause(after);
        }
        const [sentUp = '', sentDown = ''] = sending.map((one) => one.stop());
        await proxy.reset();
        await Promise.all([behind.has(sentUp.length + 1), one.has(sentDown.length)]);
        one.socket.destroy();
        expect(behind.text).toBe(`-${sentUp}`);
        expect(one.text).toBe(sentDown);
      }),
      { numRuns: 8 },
    );

    /** The client has no call for it: no fault of ours changes a toxic. */
    async function update(name: string, attributes: object): Promise<void> {
      const url = `${server.url}/proxies/proxy-${made}/toxics/${name}`;
      const { status } = await fetch(url, { method: 'POST', body: JSON.stringify({ attributes }) });
      expect(status).toBe(200);
    }
  });
});

/** Writes numbered records of uneven length to a socket until it is stopped; gives all that it wrote. */
function numbered(socket: { write(text: string): unknown }): { stop(): string } {
  let sent = '';
  let n = 0;
  const timer = setInterval(() => {
    for (let batch = 0; batch < 20; batch += 1) {
      const record = `${n}${'.'.repeat(n % 97)};`;
      n += 1;
      sent += record;
      socket.write(record);
    }
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return sent;
    },
  };
}

describe('a reader that stops', () => {
  test.each([
    { through: 'no toxic', latencies: [] },
    { through: 'a latency', latencies: [1] },
  ])('holds the sender back, and gets everything when it reads on, through $through', async ({ latencies }) => {
    const offered = 192 * 2 ** 20;
    // The kernel keeps up to 10 MiB on each of the two connections, a latency up to 1024 chunks of 32 KiB.
    const bound = 80 * 2 ** 20;
    let accepted = 0;
    const to = await upstream(({ socket }) => {
      const piece = Buffer.alloc(2 ** 18, 'x');
      const fill = () => {
        while (accepted < offered && socket.writableLength === 0) {
          accepted += piece.length;
          socket.write(piece);
        }
        if (accepted >= offered) socket.end();
      };
      socket.on('drain', fill);
      fill();
    });
    const proxy = await proxyTo(to);
    for (const latency of latencies)
      await proxy.addToxic({ name: 'slow', type: 'latency', stream: 'downstream', attributes: { latency } });
    const socket = connect({ host: '127.0.0.1', port: proxy.port });
    onTestFinished(() => {
      socket.destroy();
    });
    let before = -1;
    while (accepted !== before || accepted === 0) {
      before = accepted;
      await pause(300);
    }
    expect(accepted).toBeLessThan(bound);
    let received = 0;
    socket.on('data', (data: Buffer) => {
      received += data.length;
    });
    await once(socket, 'end');
    expect(received).toBe(offered);
  });
});

describe('the server', () => {
  test('stays up after what is no HTTP, and after a client that goes in the middle', async () => {
    const port = Number(new URL(server.url).port);
    const noise = connect(port, '127.0.0.1');
    noise.end('\0\0 this is no HTTP\r\n\r\n');
    noise.resume();
    await once(noise, 'close');
    const gone = connect(port, '127.0.0.1');
    gone.write('POST /proxies HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"na');
    await once(gone, 'connect');
    await pause(20);
    gone.resetAndDestroy();
    expect((await fetch(`${server.url}/version`)).status).toBe(200);
  });

  test('takes nothing from a web page', async () => {
    const headers = { 'user-agent': 'Mozilla/5.0 (X11)' };
    const answer = await fetch(`${server.url}/reset`, { method: 'POST', headers });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toBe('User agent not allowed\n');
  });

  test('answers errors as a Toxiproxy does', async () => {
    const answer = await fetch(`${server.url}/proxies/none`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).toBe('{"error":"proxy not found","status":404}\n');
  });

  test('rewrites listen to what was bound, and cuts nothing for the same address in other words', async () => {
    const to = await upstream(echo);
    made += 1;
    const proxy = await proxies.create(`proxy-${made}`, to.address, 'localhost:0');
    const url = `${server.url}/proxies/proxy-${made}`;
    const patch = async (body: object) =>
      (await fetch(url, { method: 'PATCH', body: JSON.stringify(body) })).json() as Promise<{ listen: string }>;
    expect(proxy.port).toBeGreaterThan(0);
    const one = await client(proxy.port);
    one.socket.write('a');
    await one.has(1);
    expect((await patch({ listen: `localhost:${proxy.port}` })).listen).toBe(`127.0.0.1:${proxy.port}`);
    one.socket.write('b');
    await one.has(2);
    await patch({ upstream: '127.0.0.1:1' });
    await one.closed;
  });

  test('resets by enabling every proxy and removing all toxics', async () => {
    const to = await upstream(echo);
    const own = await startServer({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => own.close());
    const [a, b] = [
      await new ProxyClient(own.url).create('a', to.address),
      await new ProxyClient(own.url).create('b', to.address),
    ];
    await a.disable();
    await b.addToxic({ name: 'hole', type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } });
    expect((await fetch(`${own.url}/reset`, { method: 'POST' })).status).toBe(204);
    for (const { port } of [a, b]) {
      const one = await client(port);
      one.socket.write('x');
      await one.has(1);
    }
  });

  test('closes all that it opened', async () => {
    const own = await startServer({ host: '127.0.0.1', port: 0 });
    const proxy = await new ProxyClient(own.url).create('a', (await upstream(echo)).address);
    const one = await client(proxy.port);
    await own.close();
    await one.closed;
    await expect(client(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(client(Number(new URL(own.url).port))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('an error of the client names the subject, the reason and the remedy', () => {
  test('for a name that is taken', async () => {
    const to = await upstream();
    await proxies.create('taken', to.address);
    await expect(proxies.create('taken', to.address)).rejects.toThrow(
      /Proxy "taken" could not be created from 127\.0\.0\.1:\d+ to .*: proxy already exists \(409\)\. Choose another name/,
    );
  });

  test('for a port that is taken', async () => {
    const to = await upstream();
    await expect(proxies.create('port', to.address, to.address)).rejects.toThrow(
      /Proxy "port" could not be created from .*: listen tcp .*: bind: address already in use \(500\)/,
    );
  });

  test('for a port that was taken while the proxy was disabled', async () => {
    const proxy = await proxyTo(await upstream());
    await proxy.disable();
    const thief = createServer().listen(proxy.port, '127.0.0.1');
    await once(thief, 'listening');
    await expect(proxy.enable()).rejects.toThrow(
      new RegExp(
        `proxy "proxy-${made}" .* could not be enabled: .*already in use.*Look which process took port ${proxy.port}`,
      ),
    );
    thief.close();
    await once(thief, 'close');
    await proxy.enable();
    await client(proxy.port);
  });

  test('for a toxic that does not exist, is there already, or is none', async () => {
    const proxy = await proxyTo(await upstream());
    const slow = { name: 'slow', type: 'latency', stream: 'upstream', attributes: { latency: 1 } } as const;
    await expect(proxy.removeToxic('slow')).rejects.toThrow(
      /Toxic "slow" could not be removed from proxy .*toxic not found \(404\)/,
    );
    await proxy.addToxic(slow);
    await expect(proxy.addToxic(slow)).rejects.toThrow(
      /Toxic "slow" \(latency, upstream, \{"latency":1\}\) could not be added to proxy .*toxic already exists \(409\)/,
    );
    await expect(proxy.addToxic({ ...slow, name: 'x', type: 'nonsense' })).rejects.toThrow(
      /invalid toxic type \(400\)/,
    );
  });

  test('for a server that is gone', async () => {
    const own = await startServer({ host: '127.0.0.1', port: 0 });
    const proxy = await new ProxyClient(own.url).create('a', '127.0.0.1:1');
    await own.close();
    await expect(proxy.disable()).rejects.toThrow(
      /could not be disabled: the proxy server does not answer at http:\/\/127\.0\.0\.1:\d+ .*Look whether its process still runs/,
    );
  });

  test('for a name that is no part of a path', async () => {
    await expect(proxies.create('a/b', '127.0.0.1:1')).rejects.toThrow(/must be a part of a path.*got "a\/b"/);
  });
});
