import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  bandwidth,
  blackhole,
  connectHang,
  dropReplies,
  dropRequests,
  type Fault,
  flapping,
  hangUp,
  latency,
  type PostgresService,
  postgres,
  type RedisService,
  redis,
  refuse,
  reset,
  type Service,
  slowClose,
  stall,
  type TcpService,
  tcp,
} from 'breaking-point';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { runSchedule } from '../../dist/fault/run-schedule.js';
import { now } from '../../dist/recording/clock.js';
import { openStack, type Stack } from '../../dist/stack/stack.js';
import { LineServer } from './fixtures/line-server.ts';
import { client, type Peer } from './fixtures/tcp.ts';

const never = new AbortController().signal;
const quiet = (): void => undefined;
const lines = await LineServer.start();

const definitions = {
  db: postgres(),
  cache: redis(),
  api: tcp({
    upstream: lines.address,
    kind: 'lines',
    sight: { send: 'ping\n', expect: 'ping\n' },
    fetch: async ({ port }, bytes, signal) => {
      const socket = connect({ port, host: '127.0.0.1', signal });
      socket.write(`send ${bytes}\n`);
      let received = 0;
      for await (const data of socket) {
        received += (data as Buffer).length;
        if (received >= bytes) return;
      }
      throw new Error(`ended after ${received} bytes`);
    },
  }),
};

let stack: Stack<typeof definitions>;
let services: { db: PostgresService; cache: RedisService; api: TcpService };

beforeAll(async () => {
  stack = await openStack({ services: definitions });
});
afterAll(async () => {
  await stack.close();
  await lines.close();
});
beforeEach(async () => {
  services = await stack.fresh();
});

/** Brings a fault about; healed at the test's end at the latest. */
async function suffering(fault: Fault): Promise<() => Promise<void>> {
  const injection = await fault.inject(never, quiet);
  let healing: Promise<void> | undefined;
  const heal = (): Promise<void> => {
    healing ??= Promise.resolve(injection[Symbol.asyncDispose]());
    return healing;
  };
  onTestFinished(heal);
  return heal;
}

/** A client of a service through its proxy. */
const through = ({ proxy }: Service): Promise<Peer> => client(proxy.port);

/** Asks for a line and waits for it. */
async function ask(peer: Peer, line: string): Promise<string> {
  const before = peer.received.length;
  peer.socket.write(`${line}\n`);
  await peer.has(before + line.length + 1);
  return peer.text.slice(before);
}

/** How a connection ended. */
async function ended(peer: Peer): Promise<string> {
  await peer.closed;
  return peer.events[0] ?? '';
}

const faults: readonly [string, (service: Service) => Fault][] = [
  ['refuse', refuse],
  ['hangUp', hangUp],
  ['stall', stall],
  ['blackhole', blackhole],
  ['latency', (service) => latency(service, '150ms', '20ms')],
  ['bandwidth', (service) => bandwidth(service, '20KB')],
  ['reset', reset],
  ['reset as a reply begins', (service) => reset(service, { afterBytes: 0 })],
  ['reset in the middle of a reply', (service) => reset(service, { afterBytes: '2KB' })],
  ['dropReplies', dropReplies],
  ['dropRequests', dropRequests],
  ['slowClose', (service) => slowClose(service, '60ms')],
  ['flapping', (service) => flapping(service, { down: '400ms', up: '50ms' })],
];

describe('a look', () => {
  test.for(faults)('at %s sees it while it is there, and not before or after', async ([, make]) => {
    const looked = Object.values(services).map(async (service: Service) => {
      const fault = make(service);
      const before = await fault.look();
      const heal = await suffering(fault);
      const meanwhile = await fault.look();
      await heal();
      const after = await fault.look();
      return { kind: service.kind, before: before.seen, meanwhile: meanwhile.seen, after: after.seen };
    });
    const right = { before: false, meanwhile: true, after: false };
    expect(await Promise.all(looked)).toEqual(['postgres', 'redis', 'lines'].map((kind) => ({ kind, ...right })));
  });
});

describe('hangUp', () => {
  test('lets a connect succeed and closes it at once, and cuts what there was', async () => {
    const old = await through(services.api);
    const heal = await suffering(hangUp(services.api));
    await old.closed;
    const fresh = await through(services.api);
    expect(await ended(fresh)).toBe('end');
    expect(fresh.text).toBe('');
    await heal();
    expect(await ask(await through(services.api), 'back')).toBe('back\n');
  });
});

describe('stall', () => {
  test('holds every byte both ways and delivers all of them in order on the same connection', async () => {
    const peer = await through(services.api);
    await ask(peer, 'first');
    const heal = await suffering(stall(services.api));
    const sent = Array.from({ length: 2_000 }, (_, n) => `${n}\n`).join('');
    peer.socket.write('6\n');
    for (let at = 0; at < sent.length; at += 50) {
      peer.socket.write(sent.slice(at, at + 50));
      if (at % 1_000 === 0) await sleep(1);
    }
    await sleep(100);
    expect(peer.text).toBe('first\n');
    await heal();
    await peer.has('first\n6\n'.length + sent.length);
    expect(peer.text).toBe(`first\n6\n${sent}`);
    expect(peer.events).toEqual([]);
  });

  test('more than its buffers hold arrives as well', async () => {
    const peer = await through(services.api);
    const heal = await suffering(stall(services.api));
    const sent = Buffer.from(`${'x'.repeat(9_999)}\n`.repeat(800));
    peer.socket.write(sent);
    await sleep(100);
    expect(peer.text).toBe('');
    const back: Buffer[] = [];
    peer.socket.removeAllListeners('data').on('data', (data: Buffer) => back.push(data));
    await heal();
    await expect.poll(() => back.reduce((sum, { length }) => sum + length, 0), { timeout: 20_000 }).toBe(sent.length);
    expect(Buffer.concat(back).equals(sent)).toBe(true);
  });

  test('what a client sent that gave up arrives afterwards, and then its end', async () => {
    const heal = await suffering(stall(services.api));
    const peer = await through(services.api);
    peer.socket.write('note given-up\n');
    peer.socket.end();
    await sleep(50);
    peer.socket.destroy();
    await sleep(100);
    expect(lines.noted).not.toContain('given-up');
    await heal();
    await expect.poll(() => lines.noted).toContain('given-up');
    await expect.poll(() => lines.open).toBe(0);
  });

  test('the end of a client that had nothing to say is held as well', async () => {
    const peer = await through(services.api);
    await ask(peer, 'there');
    const heal = await suffering(stall(services.api));
    peer.socket.destroy();
    await sleep(150);
    expect(lines.open).toBe(1);
    await heal();
    await expect.poll(() => lines.open).toBe(0);
  });
});

describe('dropReplies and dropRequests', () => {
  test.for([
    { kind: 'dropReplies', make: dropReplies, count: '1' },
    { kind: 'dropRequests', make: dropRequests, count: null },
  ])('$kind: the client hears nothing until it is cut, and the count is $count', async ({ make, count }) => {
    const { cache } = services;
    const peer = await through(cache);
    const heal = await suffering(make(cache));
    peer.socket.write('INCR n\r\n');
    await sleep(150);
    expect([peer.text, peer.events]).toEqual(['', []]);
    await heal();
    await peer.closed;
    expect(peer.text).toBe('');
    expect(await cache.command('get', 'n')).toBe(count);
  });
});

describe('reset', () => {
  test('ends idle connections at once, resets new ones, and nothing sent on these arrives', async () => {
    const { cache } = services;
    const idle = await through(cache);
    const heal = await suffering(reset(cache));
    await idle.closed;
    const fresh = await through(cache);
    fresh.socket.write('INCR n\r\n');
    expect(await ended(fresh)).toBe('ECONNRESET');
    await heal();
    expect(await cache.command('get', 'n')).toBe(null);
  });

  test('as a reply begins: the request was carried out', async () => {
    const { cache } = services;
    await suffering(reset(cache, { afterBytes: 0 }));
    const peer = await through(cache);
    peer.socket.write('INCR n\r\n');
    expect(await ended(peer)).toBe('ECONNRESET');
    expect(peer.text).toBe('');
    expect(await cache.command('get', 'n')).toBe('1');
  });

  test('after some bytes: the reply ends in its middle', async () => {
    const peer = await through(services.api);
    await ask(peer, 'before');
    await suffering(reset(services.api, { afterBytes: 8 }));
    const fresh = await through(services.api);
    for (const one of [peer, fresh]) {
      const before = one.text;
      one.socket.write('0123456789\n');
      await one.closed;
      expect(one.text).toBe(`${before}01234567`);
    }
  });
});

describe('bandwidth', () => {
  test('lets no more pass than it says, each way', async () => {
    const { api } = services;
    const peer = await through(api);
    const heal = await suffering(bandwidth(api, '20KB'));
    const begin = performance.now();
    await ask(peer, 'x'.repeat(3_999));
    // 4,000 bytes there and, in pieces as they come, back.
    expect(performance.now() - begin).toBeGreaterThanOrEqual(200);
    await heal();
    expect(await ask(peer, 'on')).toBe('on\n');
  });
});

describe('slowClose', () => {
  test('the service learns late that its client has gone, and data passes as ever', async () => {
    const { api } = services;
    const heal = await suffering(slowClose(api, '10s'));
    const peer = await through(api);
    await ask(peer, 'as ever');
    peer.socket.destroy();
    await sleep(150);
    expect(lines.open).toBe(1);
    await heal();
    await expect.poll(() => lines.open).toBe(0);
  });
});

describe('flapping', () => {
  test('cuts what was opened in between, as often as it says', async () => {
    const { api } = services;
    const fault = flapping(api, { times: 3, down: '400ms', up: '100ms' });
    const before = lines.accepted;
    const heal = await suffering(fault);
    const peers: Peer[] = [];
    for (const over = performance.now() + 1_350; performance.now() < over; await sleep(20)) {
      if (peers.length === 0 || peers.at(-1)?.socket.closed) {
        await through(api).then(
          (peer) => peers.push(peer),
          () => undefined,
        );
      }
    }
    await Promise.all(peers.map(({ closed }) => closed));
    expect(peers).toHaveLength(2);
    expect((await fault.look()).detail).toMatch(/and it had been up again 2 times$/);
    await heal();
    expect(await ask(await through(api), 'up')).toBe('up\n');
    expect(lines.accepted).toBeGreaterThan(before);
  });
});

describe('connectHang', () => {
  test('new connects get no answer and old connections go on, or it is refused before anything starts', async () => {
    const { api } = services;
    if (!api.proxy.ours) {
      expect(() => connectHang(api)).toThrow(
        'connectHang(api): the proxy in front of api is a Toxiproxy, which accepts every connect; run with BREAKING_POINT_RUNTIME=embedded',
      );
      return;
    }
    const old = await through(api);
    const fault = connectHang(api);
    expect(await fault.look()).toMatchObject({ seen: false });
    const heal = await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true });
    expect(await ask(old, 'still')).toBe('still\n');
    await heal();
    expect(await fault.look()).toMatchObject({ seen: false });
  });
});

describe('the judgement of bite', () => {
  /** The connections that a fault met, of an app that is connected in some way. */
  async function met(fault: (service: Service) => Fault, url: 'url' | 'directUrl'): Promise<number | undefined> {
    const { cache } = services;
    const app = await client(Number(new URL(cache[url]).port));
    app.socket.write('PING\r\n');
    await app.has(7);
    expect(await cache.connections()).toBe(1);
    const made = fault(cache);
    const scheduled = { name: made.name, fault: made, from: 300, to: 1_300 };
    const [record] = await runSchedule([scheduled], now(), never, quiet);
    expect(record?.bite).toMatchObject({ seenAtStart: true, seenBeforeEnd: true });
    return record?.bite.connectionsBefore;
  }

  test('counts the connections of the wire for a fault of the wire', async () => {
    expect(await met(refuse, 'url')).toBe(1);
  });

  test('a fault of the wire met nobody where the app was given the direct address', async () => {
    expect(await met(refuse, 'directUrl')).toBe(0);
  });
});

describe('tcp', () => {
  test('has no contents to reset, addresses through and around the proxy, and connections by the proxy', async () => {
    const { api } = services;
    expect(api.directUrl).toBe(lines.address);
    expect(api.url).toBe(`127.0.0.1:${api.proxy.port}`);
    expect(await api.connections()).toBe(0);
    const peer = await through(api);
    await ask(peer, 'note kept');
    expect(await api.connections()).toBe(1);
    await stack.fresh();
    expect(lines.noted).toContain('kept');
  });

  test('whose upstream is gone makes no fresh service, and the error says so', async () => {
    const gone = await LineServer.start();
    const own = await openStack({ services: { gone: tcp({ upstream: () => gone.address, scheme: 'http' }) } });
    onTestFinished(() => own.close());
    const { gone: service } = await own.fresh();
    expect(service.directUrl).toBe(`http://${gone.address}`);
    expect(await service.sight('proxy')).toMatchObject({ kind: 'answered' });
    await gone.close();
    await expect(own.fresh()).rejects.toThrow(
      /^service gone cannot be made fresh, .*: nothing at 127\.0\.0\.1:\d+ passes its sight \(it was refused\); start it before the tests/,
    );
  });
});
