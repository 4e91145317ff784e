import { setTimeout as sleep } from 'node:timers/promises';
import {
  crash,
  evict,
  type Fault,
  loss,
  outOfMemory,
  pause,
  pauseClients,
  type RedisService,
  readOnly,
  redis,
  restart,
  slowCommands,
} from 'breaking-point';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openStack, type Stack } from '../../dist/stack/stack.js';
import { never, noNote, suffering } from './fixtures/suffering.ts';

const definitions = { cache: redis({ appendOnly: true, commands: true }) };

let stack: Stack<typeof definitions>;
let cache: RedisService;

beforeAll(async () => {
  stack = await openStack({ services: definitions });
});
afterAll(() => stack.close());
beforeEach(async () => {
  cache = (await stack.fresh()).cache;
});

/** A client as the app would have it: through the proxy, without a second try. Closed at the test's end. */
async function app(): Promise<Redis> {
  const client = new Redis(cache.url, {
    connectionName: 'app',
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  await client.ping();
  return client;
}

/** Brings it about under a signal that has aborted. */
async function calledOff(fault: Fault): Promise<void> {
  const called = new AbortController();
  called.abort(new Error('enough'));
  await expect(fault.inject(called.signal, noNote)).rejects.toThrow('enough');
  expect(await fault.look()).toMatchObject({ seen: false });
}

const setting = async (name: string): Promise<string> =>
  ((await cache.command('config', 'get', name)) as [string, string])[1];

/** What becomes of some work within a time. */
async function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, sleep(ms, 'no answer')]);
}

describe('pauseClients', () => {
  test('keeps everybody waiting, new connections too, and carries out in order what was asked', async () => {
    const client = await app();
    const fault = pauseClients(cache);
    const heal = await suffering(fault);
    expect(await fault.look()).toEqual({ seen: true, detail: expect.stringMatching(/^a probe was silent/) });
    const replies = Promise.all([client.incr('n'), client.incr('n'), client.get('n')]);
    expect(await within(100, replies)).toBe('no answer');
    await heal();
    expect(await replies).toEqual([1, 2, '2']);
    expect(await fault.look()).toMatchObject({ seen: false });
  });

  test('of writes lets reads go on', async () => {
    const client = await app();
    await client.set('key', 'value');
    const fault = pauseClients(cache, { mode: 'write' });
    const heal = await suffering(fault);
    expect(await fault.look()).toEqual({
      seen: true,
      detail: 'our write had no answer within 300 ms, and PING was answered',
    });
    const other = await app();
    const write = other.set('key', 'other');
    expect(await within(100, write)).toBe('no answer');
    expect(await client.get('key')).toBe('value');
    await heal();
    expect(await write).toBe('OK');
  });

  test.each(['all', 'write'] as const)('of %s is over when it is called off', async (mode) => {
    await calledOff(pauseClients(cache, { mode }));
  });
});

describe('outOfMemory', () => {
  test('refuses writes with OOM, lets reads and deletes go on, and restores the settings', async () => {
    await cache.command('config', 'set', 'maxmemory', '200mb');
    await cache.command('config', 'set', 'maxmemory-policy', 'allkeys-lfu');
    const client = await app();
    await client.set('key', 'value');
    const fault = outOfMemory(cache);
    const heal = await suffering(fault);
    expect(await fault.look()).toEqual({ seen: true, detail: 'our write was refused with OOM' });
    await expect(client.set('key', 'other')).rejects.toThrow(/^OOM /);
    expect(await client.get('key')).toBe('value');
    expect(await client.del('key')).toBe(1);
    await expect(client.set('key', 'other')).rejects.toThrow(/^OOM /);
    await heal();
    expect(await client.set('key', 'other')).toBe('OK');
    expect(await Promise.all([setting('maxmemory'), setting('maxmemory-policy')])).toEqual([
      String(200 * 1024 * 1024),
      'allkeys-lfu',
    ]);
    expect(await fault.look()).toMatchObject({ seen: false });
  });

  test('restores them when it is called off half-way', async () => {
    await calledOff(outOfMemory(cache));
    expect(await Promise.all([setting('maxmemory'), setting('maxmemory-policy')])).toEqual(['0', 'noeviction']);
  });
});

describe('evict', () => {
  test('lets the keys vanish that were idle, takes every write, and leaves nothing of its own', async () => {
    const client = await app();
    const keys = Array.from({ length: 100 }, (_, n) => `key${n}`);
    await client.mset(Object.fromEntries(keys.map((key) => [key, 'value'])));
    const fault = evict(cache);
    const heal = await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true });
    await expect.poll(() => client.exists(...keys), { timeout: 8_000 }).toBeLessThan(50);
    expect(await fault.look()).toEqual({
      seen: true,
      detail: expect.stringMatching(/^([5-9]\d|100) keys of the app had been evicted, and \d+ of our own$/),
    });
    expect(await client.set('fresh', 'value')).toBe('OK');
    await heal();
    expect(String(await client.info('keyspace'))).not.toContain('db15');
    expect(await Promise.all([setting('maxmemory'), setting('maxmemory-policy')])).toEqual(['0', 'noeviction']);
    const left = await client.dbsize();
    await sleep(300);
    expect(await client.dbsize()).toBe(left);
    expect(await fault.look()).toMatchObject({ seen: false });
  });

  test('has not happened to an app without keys, and leaves nothing when it is called off', async () => {
    const fault = evict(cache);
    const heal = await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true });
    expect(await fault.look()).toMatchObject({
      seen: false,
      detail: expect.stringMatching(/^0 keys of the app had been evicted/) as string,
    });
    await heal();
    await calledOff(evict(cache));
    expect(String(await cache.command('info', 'keyspace'))).not.toContain('db15');
  });
});

describe('the database that evict fills', () => {
  test('is the only one that it empties, even when its connection was lost', async () => {
    const heal = await suffering(evict(cache));
    await cache.command('client', 'kill', 'type', 'normal', 'skipme', 'no');
    await sleep(250);
    await cache.command('set', 'fresh', 'value');
    await heal();
    expect(await cache.command('exists', 'fresh')).toBe(1);
    expect(String(await cache.command('info', 'keyspace'))).toContain('db0:keys=1,');
  });

  test('is none that a client has chosen, though it is empty', async () => {
    const client = await app();
    await client.select(15);
    const heal = await suffering(evict(cache));
    expect(await client.dbsize()).toBe(0);
    await heal();
  });
});

describe('readOnly', () => {
  test('refuses writes with READONLY, reads, and has all its data afterwards', async () => {
    const client = await app();
    await client.set('key', 'value');
    const blocked = (await app()).blpop('list', 0).then(
      () => 'answered',
      (error: Error) => error.message.split(' ')[0],
    );
    await expect.poll(async () => String(await cache.command('info', 'clients'))).toContain('blocked_clients:1');
    const fault = readOnly(cache);
    const heal = await suffering(fault);
    expect(await fault.look()).toEqual({ seen: true, detail: 'our write was refused with READONLY' });
    await expect(client.set('key', 'other')).rejects.toThrow(/^READONLY /);
    expect(await blocked).toBe('UNBLOCKED');
    const other = await app();
    expect(await other.get('key')).toBe('value');
    // Longer than a replica takes to see that it has no primary.
    await sleep(1_200);
    expect(await other.get('key')).toBe('value');
    await heal();
    expect(await client.append('key', '!')).toBe(6);
    expect(await fault.look()).toMatchObject({ seen: false });
  });

  test("ends the app's connections where it is told to, and is over when it is called off", async () => {
    const client = await app();
    const ended = new Promise((resolve) => client.once('end', resolve));
    const heal = await suffering(readOnly(cache, { existing: 'cut' }));
    await ended;
    await expect((await app()).set('key', 'value')).rejects.toThrow(/^READONLY /);
    await heal();
    await calledOff(readOnly(cache));
  });
});

test.each([
  ['crash', crash],
  ['restart', restart],
] as const)('after a %s with an emptied data set nobody ever sees the old one', async (_, fault) => {
  await (await app()).set('key', 'value');
  const injection = await fault(cache, { emptied: true }).inject(never, noNote);
  const back = injection[Symbol.asyncDispose]();
  await expect.poll(async () => (await cache.sight('proxy', 100)).kind, { interval: 5 }).toBe('answered');
  expect(await (await app()).get('key')).toBeNull();
  await back;
  // Nor after another, for the file that it keeps is emptied as well.
  await (await restart(cache).inject(never, noNote))[Symbol.asyncDispose]();
  expect(await cache.command('dbsize')).toBe(0);
});

describe('slowCommands', () => {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const begin = performance.now();
    await work();
    return performance.now() - begin;
  };

  test('delays the chosen ones, in a pipeline and a transaction too, and nothing else', async () => {
    const client = await app();
    const fault = slowCommands(cache, { matching: 'incr', by: '200ms' });
    const heal = await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true, detail: expect.stringMatching(/0 commands/) as string });
    expect(await timed(() => client.incr('n'))).toBeGreaterThanOrEqual(199);
    expect(await timed(() => client.pipeline().get('n').call('INCR', 'n').exec())).toBeGreaterThanOrEqual(199);
    expect(await timed(() => client.multi().incr('n').exec())).toBeGreaterThanOrEqual(199);
    const other = await app();
    const order: string[] = [];
    const done = (name: string) => () => order.push(name);
    await Promise.all([
      client.incr('n').then(done('slow')),
      other.incrby('m', 1).then(done('another command')),
      client.get('n').then(done('behind it')),
    ]);
    expect(order).toEqual(['another command', 'slow', 'behind it']);
    expect(await fault.look()).toMatchObject({ seen: true, detail: expect.stringMatching(/4 commands/) as string });
    const last = client.incr('n');
    await sleep(50);
    await heal();
    expect(await last).toBe(5);
    expect(await fault.look()).toMatchObject({ seen: false });
  });

  test('by a pattern sees keys and values, and has not happened when none matched', async () => {
    const client = await app();
    const fault = slowCommands(cache, { matching: /^set order:\d+ paid/i, by: '150ms' });
    await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true });
    await client.set('order:1', 'new');
    expect(await fault.look()).toMatchObject({ seen: false });
    expect(await timed(() => client.set('order:1', 'paid'))).toBeGreaterThanOrEqual(149);
    expect(await fault.look()).toMatchObject({ seen: true });
  });

  test('has not happened when only we asked, as the look at another fault does', async () => {
    const fault = slowCommands(cache, { by: '20ms' });
    await suffering(fault);
    expect(await cache.sight('proxy', 500)).toMatchObject({ kind: 'answered', ready: true });
    await fault.look();
    expect(await fault.look()).toMatchObject({
      seen: false,
      detail: expect.stringContaining('and 0 commands of the app had matched') as string,
    });
  });

  test('ends at its end although another fault holds the server still, and is not said to have been seen', async () => {
    const fault = slowCommands(cache, { matching: 'incr', by: '50ms' });
    const heal = await suffering(fault);
    const goOn = await suffering(pause(cache));
    expect(await fault.look()).toMatchObject({ seen: false });
    const client = new Redis(cache.url, { connectionName: 'app', retryStrategy: null });
    onTestFinished(() => client.disconnect());
    const answer = client.incr('n');
    const begin = performance.now();
    await heal();
    // Less than the five seconds in which our own connection gives up.
    expect(performance.now() - begin).toBeLessThan(3_000);
    await goOn();
    expect(await answer).toBe(1);
  });

  test('big values pass the relay whole', async () => {
    const client = await app();
    const value = Buffer.alloc(3_000_000, 'xyz\r\n');
    await client.set('big', value);
    expect((await client.getBuffer('big'))?.equals(value)).toBe(true);
  });
});

test('loss makes some answers late, and loses none', async () => {
  const client = await app();
  const fault = loss(cache, { share: '30%' });
  const injection = await fault.inject(never, noNote);
  expect(await fault.look()).toEqual({
    seen: true,
    detail: expect.stringMatching(/^of \d+ probes one was late by \d/) as string,
  });
  expect(await Promise.all(Array.from({ length: 20 }, () => client.incr('n')))).toEqual(
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
  await injection[Symbol.asyncDispose]();
  expect(await fault.look()).toMatchObject({ seen: false });
});
