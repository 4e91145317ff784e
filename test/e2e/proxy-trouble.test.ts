import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ProxyClient } from '../../src/proxy/client.ts';
import { client, echo, type Peer, upstream } from './fixtures/tcp.ts';

const main = fileURLToPath(new URL('../../dist/proxy/main.js', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it has said on stderr. */
  readonly said: () => { readonly message: string; readonly error: string; readonly proxy?: string }[];
}

/** The server's process; `files` is how many it may open at most. */
async function started(files?: number): Promise<Started> {
  const limit = files === undefined ? '' : `ulimit -n ${files} && `;
  const child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, main, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    // It lived through the test, and it still ends as it should.
    expect(await exited).toEqual([0, null]);
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { listening } = JSON.parse(line.toString()) as { listening: string };
  const lines = () => said.split('\n').filter((text) => text !== '');
  return {
    child,
    url: listening,
    said: () => lines().map((text) => JSON.parse(text) as ReturnType<Started['said']>[0]),
  };
}

async function roundTrip(one: Peer): Promise<void> {
  const before = one.received.length;
  one.socket.write('x');
  await one.has(before + 1);
}

/** A proxy to an echo and a connection through it: what has to be unharmed. */
async function bystander(url: string): Promise<Peer> {
  const proxy = await new ProxyClient(url).create('bystander', (await upstream(echo)).address);
  const one = await client(proxy.port);
  await roundTrip(one);
  return one;
}

describe.runIf(process.platform === 'linux')('too many open files', () => {
  const files = async ({ child }: Started) => (await readdir(`/proc/${child.pid}/fd`)).length;
  /** CPU time in ticks of 10 ms. */
  const ticks = async ({ child }: Started) => {
    const [user, system] = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(' ').slice(13, 15);
    return Number(user) + Number(system);
  };
  /** The status of a request on a connection of its own. */
  const status = (url: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(url, { agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

  // With either parity of the files that are left, the limit is met by a client's connection or by one to an upstream.
  test.each([64, 65])('are told, harm no other connection and leave nothing behind (at most %i)', async (most) => {
    const server = await started(most);
    const other = await bystander(server.url);
    const proxy = await new ProxyClient(server.url).create('full', (await upstream(echo)).address);
    expect(await status(`${server.url}/version`)).toBe(200);
    const before = await files(server);

    const crowd: Socket[] = [];
    for (let n = 0; n < most; n += 1) {
      const socket = connect(proxy.port, '127.0.0.1').on('error', () => {});
      onTestFinished(() => {
        socket.destroy();
      });
      crowd.push(socket);
    }
    await expect.poll(server.said).toContainEqual({
      proxy: 'full',
      message: expect.stringMatching(/^Too many open files: .*ulimit -n/),
      error: expect.stringContaining('EMFILE'),
    });
    await roundTrip(other);
    const used = await ticks(server);
    await pause(500);
    // A busy loop would have used about 50.
    expect((await ticks(server)) - used).toBeLessThan(10);

    for (const socket of crowd) socket.destroy();
    await expect.poll(() => files(server)).toBeLessThanOrEqual(before);
    const counters = async () => (await fetch(`${server.url}/proxies/full/counters`)).json();
    await expect.poll(counters).toMatchObject({ connections: { open: 0 } });
    expect(await status(`${server.url}/version`)).toBe(200);
    await roundTrip(await client(proxy.port));
    await roundTrip(other);
    expect(server.said().length).toBeLessThan(10);
  });
});

test('an upstream that does not resolve is told and closes its own clients only', async () => {
  const server = await started();
  const other = await bystander(server.url);
  const proxy = await new ProxyClient(server.url).create('lost', 'no-such-host.invalid:5432');
  const one = await client(proxy.port);
  await one.closed;
  await expect.poll(server.said).toEqual([
    {
      proxy: 'lost',
      message: "The upstream no-such-host.invalid:5432 can't be reached; its clients are closed",
      error: expect.stringMatching(/^getaddrinfo \w+ no-such-host\.invalid$/),
    },
  ]);
  await roundTrip(other);
});

test('an upstream that is no address, or that nobody listens on, is told and closes its own clients only', async () => {
  const server = await started();
  const other = await bystander(server.url);
  for (const [name, to, error] of [
    ['wrong', 'no-port', 'address no-port: missing port in address'],
    ['dead', '127.0.0.1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
  ] as const) {
    const proxy = await new ProxyClient(server.url).create(name, to);
    for (let time = 0; time < 5; time += 1) await (await client(proxy.port)).closed;
    await expect.poll(server.said).toContainEqual(expect.objectContaining({ proxy: name, error }));
  }
  await roundTrip(other);
});

test('an address in use is an error that says so, and nothing of the proxy stays', async () => {
  const server = await started();
  const other = await bystander(server.url);
  const { address } = await upstream();
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(server.url + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { status: response.status, json: (await response.json()) as object };
  };
  const refused = { status: 500, json: { error: `listen tcp ${address}: bind: address already in use`, status: 500 } };
  for (const path of ['/proxies', '/create']) {
    expect(await ask('POST', path, { name: 'a', listen: address, upstream: address })).toEqual(refused);
  }
  expect(Object.keys((await ask('GET', '/proxies')).json)).toEqual(['bystander']);
  await roundTrip(other);
});

describe('a client that vanishes', () => {
  /** Sends a part of a request or all of it, and goes. */
  async function sendAndVanish(url: string, text: string, how: 'closes' | 'resets', after = 0): Promise<void> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    socket.write(text);
    await pause(after);
    if (how === 'resets') socket.resetAndDestroy();
    else socket.destroy();
  }

  function post(path: string, body: object, method = 'POST'): string {
    const json = JSON.stringify(body);
    return `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
  }

  const order = { name: 'gone', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' };

  test.each(['closes', 'resets'] as const)('in the middle of a change (%s) has changed nothing', async (how) => {
    const server = await started();
    const other = await bystander(server.url);
    for (const path of ['/proxies', '/create', '/populate', '/proxies/bystander', '/proxies/bystander/toxics']) {
      const whole = post(path, order);
      for (const cut of [whole.length - 1, whole.length - 20, whole.indexOf('\r\n\r\n') + 4, 12]) {
        await sendAndVanish(server.url, whole.slice(0, cut), how, 5);
      }
      const chunked = `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"nam`;
      await sendAndVanish(server.url, chunked, how, 5);
    }
    await roundTrip(other);
    const proxies = (await (await fetch(`${server.url}/proxies`)).json()) as Record<string, { toxics: unknown[] }>;
    expect(Object.keys(proxies)).toEqual(['bystander']);
    expect(proxies.bystander?.toxics).toEqual([]);
  });

  test.each(['closes', 'resets'] as const)('between request and answer (%s) has made the change', async (how) => {
    const server = await started();
    const other = await bystander(server.url);
    await sendAndVanish(server.url, post('/proxies', order), how);
    await expect.poll(async () => (await fetch(`${server.url}/proxies/gone`)).status).toBe(200);
    const toxic = { name: 't', type: 'reset_peer', attributes: { timeout: 400 } };
    await fetch(`${server.url}/proxies/bystander/toxics`, { method: 'POST', body: JSON.stringify(toxic) });
    // The toxic is in a wait that can't be interrupted: its removal takes until then.
    other.socket.write('x');
    await pause(50);
    await sendAndVanish(server.url, post('/proxies/bystander/toxics/t', {}, 'DELETE'), how, 50);
    await sendAndVanish(server.url, post('/proxies/gone/hang', {}), how, 5);
    const toxics = async () => (await fetch(`${server.url}/proxies/bystander/toxics`)).json();
    await expect.poll(toxics, { timeout: 5_000 }).toEqual([]);
    const { listen } = (await (await fetch(`${server.url}/proxies/bystander`)).json()) as { listen: string };
    await roundTrip(await client(Number(listen.replace(/.*:/, ''))));
    expect((await fetch(`${server.url}/proxies/gone`, { method: 'DELETE' })).status).toBe(204);
  });
});
