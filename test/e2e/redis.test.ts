import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { descendantsOf, isAlive } from '../../src/stack/machine/processes.ts';
import { type RedisService, redis } from '../../src/stack/redis/redis.ts';
import type { ServiceServer } from '../../src/stack/service.ts';
import { BareHost } from './fixtures/bare-host.ts';

let host: BareHost;
let plain: ServiceServer<RedisService>;
let appended: ServiceServer<RedisService>;

beforeAll(async () => {
  host = await BareHost.open();
  plain = await host.start('plain', redis());
  appended = await host.start('appended', redis({ appendOnly: true }));
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

test('each test finds an empty Redis, configured as at its start and without clients of the last one', async () => {
  const first = await plain.fresh();
  const client = connected(first);
  await client.set('key', 'value');
  await client.config('SET', 'maxmemory', '100mb');
  await client.config('SET', 'appendonly', 'yes');
  const closed = new Promise((resolve) => client.once('end', resolve));
  const second = await plain.fresh();
  await closed;
  expect(await second.command('dbsize')).toBe(0);
  expect(await second.command('config', 'get', 'maxmemory')).toEqual(['maxmemory', '0']);
  expect(await second.command('config', 'get', 'appendonly')).toEqual(['appendonly', 'no']);
  expect(await second.connections()).toBe(0);
});

test('with an append-only file every write that was acknowledged before a kill is there afterwards', async () => {
  const service = await appended.fresh();
  for (let round = 0; round < 5; round++) {
    const acknowledged = await writeUntilKilled(service, round);
    expect(acknowledged.length).toBeGreaterThan(100);
    await service.start();
    await service.readyToServe(20_000);
    const there = await service.command('mget', ...acknowledged);
    expect((there as unknown[]).filter((value) => value === null)).toEqual([]);
  }
});

test('without one nothing is there afterwards', async () => {
  const service = await plain.fresh();
  await service.command('set', 'key', 'value');
  await service.kill();
  expect(await service.sight('direct')).toEqual({ kind: 'refused' });
  await expect(service.command('get', 'key')).rejects.toThrow();
  await service.start();
  await service.readyToServe(20_000);
  expect(await service.command('get', 'key')).toBeNull();
});

test('a kill reaches the children that save in the background', async () => {
  const service = await plain.fresh();
  await service.command('config', 'set', 'rdb-key-save-delay', '100000');
  await service.command('mset', ...Array.from({ length: 200 }, (_, i) => `key${i}`).flatMap((key) => [key, key]));
  await service.command('bgsave');
  const [saver = 0] = host.alive().flatMap((pid) => descendantsOf(pid));
  expect(isAlive(saver)).toBe(true);
  await service.kill();
  expect(isAlive(saver)).toBe(false);
  expect(host.alive().length).toBe(1);
  await service.start();
  await service.readyToServe(20_000);
});

test('a server that a test left dead gives nothing fresh, so that the stack replaces it', async () => {
  const service = await plain.fresh();
  await service.kill();
  await expect(plain.fresh()).rejects.toThrow('its server was left ended');
  await service.start();
  await service.readyToServe(20_000);
  expect(await (await plain.fresh()).command('dbsize')).toBe(0);
});

test('a graceful stop ends it, and it can be started again', async () => {
  const service = await plain.fresh();
  expect(await service.sight('proxy')).toMatchObject({ kind: 'answered', ready: true });
  await service.stop();
  expect(await service.sight('proxy')).toEqual({ kind: 'refused' });
  await service.start();
  await service.readyToServe(20_000);
});

test("only the app's connections are counted", async () => {
  const service = await plain.fresh();
  await service.sight('direct');
  const client = connected(service);
  await client.ping();
  expect(await service.connections()).toBe(1);
  client.disconnect();
});

test('a Redis that loads its data answers and is not ready', async () => {
  await using other = await BareHost.open();
  // Microseconds for each command that it loads.
  const settings = { 'key-load-delay': '200' };
  const service = await (await other.start('redis', redis({ appendOnly: true, settings }))).fresh();
  for (let n = 0; n < 5_000; n += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => service.command('set', `key${n + i}`, 'value')));
  }
  await service.kill();
  await service.start();
  expect(await service.sight('direct', 2_000)).toMatchObject({ kind: 'answered', ready: false });
  await service.readyToServe(20_000);
  expect(await service.sight('direct', 2_000)).toMatchObject({ kind: 'answered', ready: true });
  expect(await service.command('dbsize')).toBe(5_000);
});

test('a setting that Redis does not know is an error with its own words, and leaves nothing running', async () => {
  await using other = await BareHost.open();
  await expect(other.start('redis', redis({ settings: { 'maxmemory-of-mine': '1' } }))).rejects.toThrow(
    /Bad directive or wrong number of arguments/,
  );
  expect(other.alive()).toEqual([]);
  await expect(other.start('redis', redis({ settings: { port: '6379' } }))).rejects.toThrow(
    'redis({ settings }): port is chosen by the stack; leave it out',
  );
});

/** Writes from twenty connections until the server is killed in the middle of it. */
async function writeUntilKilled(service: RedisService, round: number): Promise<string[]> {
  const acknowledged: string[] = [];
  const writers = Array.from({ length: 20 }, async (_, writer) => {
    const client = connected(service);
    try {
      for (let n = 0; ; n++) {
        const key = `${round}:${writer}:${n}`;
        await client.set(key, key);
        acknowledged.push(key);
      }
    } catch {
      // The kill.
    } finally {
      client.disconnect();
    }
  });
  while (acknowledged.length < 2_000) await sleep(5);
  await service.kill();
  await Promise.all(writers);
  return acknowledged;
}

function connected(service: RedisService): Redis {
  const client = new Redis(service.url, { retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  return client;
}
