import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LastingFault } from '../../../src/fault/fault.ts';
import { crash } from '../../../src/fault/process/crash.ts';
import { pause } from '../../../src/fault/process/pause.ts';
import { restart } from '../../../src/fault/process/restart.ts';
import { slow } from '../../../src/fault/process/slow.ts';
import { readOnly } from '../../../src/fault/read-only.ts';
import { evict } from '../../../src/fault/redis/evict.ts';
import { outOfMemory } from '../../../src/fault/redis/out-of-memory.ts';
import { pauseClients } from '../../../src/fault/redis/pause-clients.ts';
import { slowCommands } from '../../../src/fault/redis/slow-commands.ts';
import { checkSchedule } from '../../../src/fault/schedule.ts';
import { latency } from '../../../src/fault/wire/latency.ts';
import { loss } from '../../../src/fault/wire/loss.ts';
import { refuse } from '../../../src/fault/wire/refuse.ts';
import type { RedisService } from '../../../src/stack/redis/redis.ts';
import type { Service, Sighting } from '../../../src/stack/service.ts';
import type { TcpService } from '../../../src/stack/tcp/tcp.ts';

const wrong = (value: unknown): never => value as never;
const nothing = async (): Promise<void> => undefined;
const never = new AbortController().signal;

/** Nothing but what is asked before a fault begins. */
function service(kind: string, more: object = {}, port = 1): RedisService {
  return {
    name: 'cache',
    kind,
    directUrl: `redis://127.0.0.1:${port}`,
    sight: async () => ({ kind: 'answered', ready: true, after: 1 }),
    owe: () => () => undefined,
    ...more,
  } as unknown as RedisService;
}

const server = { kill: nothing, stop: nothing, start: nothing, readyToServe: nothing, pause: nothing, resume: nothing };
const redis = service('redis', { command: nothing, ...server, wire: { port: 1 } });
const postgres = service('postgres', { query: nothing, ...server });
const ours: Service = service('redis', { proxy: { ours: true } });
const kafka = service('kafka') as unknown as TcpService;

/** What a Redis says to each line that it hears; nothing where it is told nothing. */
async function redisThatSays(answer: (line: string, socket: Socket) => string | undefined) {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.trimEnd().split('\r\n')) {
        heard.push(line);
        socket.write(answer(line, socket) ?? '');
      }
    });
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  const { port } = listening.address() as AddressInfo;
  return { cache: service('redis', { command: nothing }, port), heard, sockets, leave: () => void listening.close() };
}

describe('a fault on a service that cannot have it', () => {
  test.each([
    ['pauseClients', pauseClients],
    ['outOfMemory', outOfMemory],
    ['evict', evict],
  ] as const)('%s is for Redis', (name, fault) => {
    expect(() => fault(postgres)).toThrow(`${name}() is a fault of Redis; cache is postgres`);
    expect(() => fault(wrong(undefined))).toThrow(`${name}() needs a service of this test`);
  });

  test('readOnly is for Postgres and Redis', () => {
    expect(readOnly(redis).name).toBe('readOnly(cache)');
    expect(() => readOnly(wrong(kafka))).toThrow('readOnly() is a fault of Postgres and Redis; cache is kafka');
    expect(() => readOnly(redis, { existing: wrong('stay') })).toThrow("existing must be 'keep' or 'cut'");
  });

  test('what the stack does not run can neither be ended nor held still', () => {
    for (const fault of [crash, restart]) {
      expect(() => fault(wrong(kafka))).toThrow(
        `${fault.name}(cache) needs a server that the stack runs, and cache (kafka) is not one: use refuse(cache)`,
      );
    }
    expect(() => pause(wrong(kafka))).toThrow('pause(cache) needs a server that the stack runs');
    expect(() => slow(wrong(kafka), { to: '10%' })).toThrow('and cache (kafka) is not one: use stall(cache)');
  });

  test('only a Redis comes back emptied', () => {
    expect(crash(redis, { emptied: true }).name).toBe('crash(cache, emptied)');
    expect(restart(redis, { emptied: true, startUp: '5s' }).name).toBe('restart(cache, start-up + 5.0 s, emptied)');
    expect(() => restart(postgres, { emptied: true })).toThrow(
      'restart(cache, { emptied: true }) is for Redis; cache is postgres',
    );
    expect(() => crash(redis, { emptied: wrong('yes') })).toThrow('emptied must be true or false; got "yes"');
    const app = { ...server, name: 'app', state: 'runs', fetch: nothing, onExit: nothing, onReady: nothing };
    expect(() => crash(wrong(app), { emptied: true })).toThrow(
      'crash(app, { emptied: true }) is for Redis; app is the app',
    );
  });

  test('options have to mean something', () => {
    expect(() => pauseClients(redis, { mode: wrong('reads') })).toThrow("mode must be 'all' or 'write'; got \"reads\"");
    expect(() => slowCommands(redis, { matching: 'get; del', by: 10 })).toThrow(
      "must be a command such as 'brpoplpush'",
    );
    expect(() => slowCommands(redis, { matching: 'get', by: 0 })).toThrow('by must be at least 1 ms; got 0');
    expect(() => slowCommands(redis, wrong(undefined))).toThrow('slowCommands(cache) by must be milliseconds');
    const plain = service('redis', { command: nothing });
    expect(() => slowCommands(plain, { by: 10 })).toThrow('make the service with redis({ commands: true })');
  });
});

describe('faults of one Redis that overlap', () => {
  const check = (one: LastingFault, other: LastingFault) =>
    checkSchedule([one.from('1s').to('4s'), other.from('2s').to('5s')], 9_000);
  const writes = pauseClients(redis, { mode: 'write' });

  test('are refused where neither could be seen', () => {
    for (const fault of [writes, outOfMemory(redis), evict(redis), readOnly(redis), pause(redis), crash(redis)]) {
      for (const other of [pauseClients(redis), outOfMemory(redis), pause(redis), restart(redis)]) {
        expect(() => check(fault, other)).toThrow(/both hold the .*server of cache/);
      }
    }
    expect(() => check(pauseClients(redis), refuse(redis))).toThrow('both hold the wire of cache');
  });

  test('are fine where both can be', () => {
    const slowed = slowCommands(redis, { matching: 'get', by: '50ms' });
    for (const fault of [writes, outOfMemory(redis), evict(redis), readOnly(redis), slowed]) {
      for (const other of [refuse(redis), latency(redis, '50ms'), slowCommands(redis, { by: '10ms' })]) {
        expect(() => check(fault, other)).not.toThrow();
      }
    }
    expect(() => check(slowed, slowed)).toThrow('both hold the commands get of cache');
  });
});

test('a fault can be written as code', () => {
  expect(
    [
      pauseClients(redis),
      pauseClients(redis, { mode: 'write' }),
      outOfMemory(redis),
      evict(redis),
      readOnly(redis, { existing: 'cut' }),
      slowCommands(redis, { matching: 'brpoplpush', by: '0.2s' }),
      slowCommands(redis, { matching: /^set a/i, by: 5 }),
      slowCommands(redis, { by: '1s' }),
      loss(ours, { share: '2.5%' }),
      restart(redis, { emptied: true }),
    ].map(({ name, code = name }) => code),
  ).toEqual([
    'pauseClients(cache)',
    "pauseClients(cache, { mode: 'write' })",
    'outOfMemory(cache)',
    'evict(cache)',
    "readOnly(cache, { existing: 'cut' })",
    "slowCommands(cache, { matching: 'brpoplpush', by: '0.2s' })",
    'slowCommands(cache, { matching: /^set a/i, by: 5 })',
    "slowCommands(cache, { by: '1s' })",
    "loss(cache, { share: '2.5%' })",
    'restart(cache, { emptied: true })',
  ]);
});

describe('loss', () => {
  test('needs our own proxy, and a share from 1 % to 50 %', () => {
    expect(loss(ours, { share: 0.1 }).name).toBe('loss(cache, 10 %)');
    const toxiproxy: Service = service('redis', { proxy: { ours: false } });
    expect(() => loss(toxiproxy, { share: '10%' })).toThrow('run with BREAKING_POINT_RUNTIME=embedded');
    for (const share of ['0.5%', '60%', 0, 1, 'some', undefined]) {
      expect(() => loss(ours, { share: wrong(share) })).toThrow('must be from 1 % to 50 %');
    }
    expect(() => loss(ours, wrong(undefined))).toThrow('must be from 1 % to 50 %');
  });

  /** What a look sees where the n-th probe of each way, from 0, is answered after so many milliseconds. */
  const looked = (after: (n: number, via: 'proxy' | 'direct') => number) => {
    const asked = { proxy: 0, direct: 0 };
    const sight = async (via: 'proxy' | 'direct'): Promise<Sighting> => ({
      kind: 'answered',
      ready: true,
      after: after(asked[via]++, via),
    });
    return loss(service('redis', { proxy: { ours: true }, sight }), { share: '10%' }).look();
  };

  test('is seen by the first answer that is late by a retransmission', async () => {
    expect(await looked((n, via) => (via === 'proxy' && n === 6 ? 200.4 : 1))).toEqual({
      seen: true,
      detail: 'of 7 probes one was late by 200 ms',
    });
  });

  test('is not seen where none is, nor where a busy machine makes all of them late', async () => {
    // 0.9 ** (2 * 66) < 1e-6
    expect(await looked(() => 20)).toEqual({ seen: false, detail: 'none of 66 probes was late' });
    expect(await looked(() => 250)).toMatchObject({ seen: false });
  });
});

describe('the connection that pauses all clients', () => {
  const ok = '+OK\r\n';

  test('monitors, so that it is not paused itself, and is not confused by what it hears', async () => {
    const noise = '+1700000000.1 [0 127.0.0.1:5] "get" "key"\r\n';
    const { cache, heard, sockets } = await redisThatSays((line) => (line === 'MONITOR' ? ok + noise : ok));
    const pausing = await pauseClients(cache).inject(never, () => undefined);
    for (const socket of sockets) socket.write(noise.slice(0, 10));
    for (const socket of sockets) socket.write(noise.slice(10));
    await pausing[Symbol.asyncDispose]();
    expect(heard).toEqual(['CLIENT SETNAME breaking-point', 'MONITOR', 'CLIENT PAUSE 10000 all', 'CLIENT UNPAUSE']);
  });

  test('says what Redis refuses, and leaves no pause', async () => {
    const { cache, heard } = await redisThatSays((line) =>
      line.startsWith('CLIENT PAUSE') ? '-ERR syntax error\r\n' : ok,
    );
    await expect(pauseClients(cache, { mode: 'write' }).inject(never, () => undefined)).rejects.toThrow(
      'Redis refused to pause: ERR syntax error',
    );
    expect(heard.at(-1)).toBe('CLIENT UNPAUSE');
  });

  test('does not wait for a server that is gone', async () => {
    const { cache, sockets, leave } = await redisThatSays(() => ok);
    const pausing = await pauseClients(cache).inject(never, () => undefined);
    leave();
    await lost(sockets);
    await pausing[Symbol.asyncDispose]();
  });

  test('ends the pause by another connection when it was lost itself, and only then is the fault healed', async () => {
    let answer: (() => void) | undefined;
    const { cache, sockets, heard } = await redisThatSays((line, socket) => {
      if (line !== 'CLIENT UNPAUSE') return ok;
      // As a Redis does whose clients are all paused: it answers when the pause is over.
      answer = () => void socket.write(ok);
      return undefined;
    });
    const pausing = await pauseClients(cache).inject(never, () => undefined);
    await lost(sockets);
    let healed = false;
    const healing = pausing[Symbol.asyncDispose]().then(() => {
      healed = true;
    });
    await expect.poll(() => heard.at(-1)).toBe('CLIENT UNPAUSE');
    expect(healed).toBe(false);
    answer?.();
    await healing;
  });
});

/** Resolves when the connections that there were are closed on both sides. */
async function lost(sockets: ReadonlySet<Socket>): Promise<void> {
  const gone = Promise.all([...sockets].map((socket) => once(socket, 'close')));
  for (const socket of sockets) socket.destroy();
  await gone;
  await new Promise((resolve) => setTimeout(resolve, 20));
}
