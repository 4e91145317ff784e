import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { beforeAll, expect, test } from 'vitest';
import type { Fault } from '../../../dist/fault/fault.js';
import { exhaustConnections } from '../../../dist/fault/postgres/exhaust-connections.js';
import { lockRows, lockTable } from '../../../dist/fault/postgres/lock.js';
import { slowStatements } from '../../../dist/fault/postgres/slow-statements.js';
import { terminateBackends } from '../../../dist/fault/postgres/terminate-backends.js';
import { crash } from '../../../dist/fault/process/crash.js';
import { pause } from '../../../dist/fault/process/pause.js';
import { restart } from '../../../dist/fault/process/restart.js';
import { slow } from '../../../dist/fault/process/slow.js';
import { readOnly } from '../../../dist/fault/read-only.js';
import { bandwidth } from '../../../dist/fault/wire/bandwidth.js';
import { blackhole } from '../../../dist/fault/wire/blackhole.js';
import { dropReplies } from '../../../dist/fault/wire/drop-replies.js';
import { dropRequests } from '../../../dist/fault/wire/drop-requests.js';
import { flapping } from '../../../dist/fault/wire/flapping.js';
import { hangUp } from '../../../dist/fault/wire/hang-up.js';
import { latency } from '../../../dist/fault/wire/latency.js';
import { refuse } from '../../../dist/fault/wire/refuse.js';
import { reset } from '../../../dist/fault/wire/reset.js';
import { stall } from '../../../dist/fault/wire/stall.js';
import { type PostgresService, postgres } from '../../../dist/stack/postgres/postgres.js';
import { type RedisService, redis } from '../../../dist/stack/redis/redis.js';
import { openStack, type Stack } from '../../../dist/stack/stack.js';
import { until, wanted } from './opened.ts';

// Computes for two seconds. A backend that sleeps notices the end of its postmaster; one that computes does not.
const schema = async ({ url }: { url: string }) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`
    create table held (n int);
    create function compute() returns int language plpgsql as $$
    declare until timestamptz := clock_timestamp() + interval '2 s';
    begin
      while clock_timestamp() < until loop end loop;
      return 1;
    end $$`);
  await client.end();
};
const services = {
  postgres: postgres({ schema, statements: true }),
  redis: redis({ appendOnly: true }),
  plain: redis(),
};

let stack: Stack<typeof services>;

beforeAll(async () => {
  stack = await openStack({ services });
  return () => stack.close();
});

test('the servers run where they are asked to', () => {
  expect(['embedded', 'containers']).toContain(stack.runtime);
  expect(stack.runtime).toBe(wanted ?? stack.runtime);
  expect(stack.said[0]).toMatch(stack.runtime);
});

test('servers are set up alike wherever they run', async () => {
  const { postgres, redis } = await stack.fresh();
  const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'max_connections', 'server_encoding', 'ssl'];
  const columns = names.map((name) => `current_setting('${name}') as ${name}`);
  const [seen] = await postgres.query(`select ${columns.join(', ')}`);
  expect(seen).toEqual({
    fsync: 'off',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    max_connections: '100',
    server_encoding: 'UTF8',
    ssl: 'off',
  });
  const settings = await redis.command('config', 'get', 'append*', 'save');
  expect(settings).toEqual(expect.arrayContaining(['appendonly', 'yes', 'appendfsync', 'no']));
});

test('refuse: a held connection is cut, a new one gets ECONNREFUSED, and afterwards the service answers again', async () => {
  const { redis } = await stack.fresh();
  const held = connect(redis.proxy.port, redis.proxy.host);
  const cut = once(held, 'close');
  await once(held, 'connect');
  {
    await using _ = await injected(refuse(redis));
    await cut;
    await expect(answerTo(redis)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await redis.sight('direct')).toMatchObject({ kind: 'answered', ready: true });
  }
  expect(await answerTo(redis)).toBe('+PONG\r\n');
});

test('a reset connection is reset: ECONNRESET, not an end of data', async () => {
  const { redis } = await stack.fresh();
  await redis.proxy.addToxic({ name: 'reset', type: 'reset_peer', stream: 'downstream', attributes: { timeout: 0 } });
  await expect(answerTo(redis)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('latency: the answer comes that much later', async () => {
  const { redis } = await stack.fresh();
  await using _ = await injected(latency(redis, '300ms'));
  const seen = await redis.sight('proxy', 5_000);
  expect(seen).toMatchObject({ kind: 'answered' });
  expect((seen as { after: number }).after).toBeGreaterThanOrEqual(299);
});

test('blackhole: connects and never answers, while the server does', async () => {
  const { postgres } = await stack.fresh();
  await using _ = await injected(blackhole(postgres));
  expect(await postgres.sight('proxy', 300)).toMatchObject({ kind: 'silent' });
  expect(await postgres.sight('direct', 5_000)).toMatchObject({ kind: 'answered', ready: true });
});

// Of the network, of the process, and of Postgres itself; each is tested for what it does in files of its own.
test.for<[string, (services: { postgres: PostgresService; redis: RedisService }) => Fault]>([
  ['hangUp', ({ redis }) => hangUp(redis)],
  ['stall', ({ postgres }) => stall(postgres)],
  ['reset', ({ redis }) => reset(redis)],
  ['dropReplies', ({ postgres }) => dropReplies(postgres)],
  ['dropRequests', ({ redis }) => dropRequests(redis)],
  ['bandwidth', ({ postgres }) => bandwidth(postgres, '50KB')],
  ['flapping', ({ redis }) => flapping(redis, { down: '400ms', up: '100ms' })],
  ['pause', ({ redis }) => pause(redis)],
  ['slow', ({ redis }) => slow(redis, { to: '20%' })],
  ['a long start-up', ({ redis }) => crash(redis, { startUp: '300ms' })],
  ['exhaustConnections', ({ postgres }) => exhaustConnections(postgres)],
  ['lockTable', ({ postgres }) => lockTable(postgres, 'held')],
  ['lockRows', ({ postgres }) => lockRows(postgres, 'select from held for update')],
  ['terminateBackends', ({ postgres }) => terminateBackends(postgres)],
  ['readOnly', ({ postgres }) => readOnly(postgres)],
  ['slowStatements', ({ postgres }) => slowStatements(postgres, { matching: /held/, by: '200ms' })],
])('%s is seen while it lasts, and nothing of it is left', async ([, faultOf]) => {
  const fresh = await stack.fresh();
  const { postgres, redis } = fresh;
  await postgres.query('insert into held values (1)');
  const app = await connected(postgres.url);
  try {
    const fault = faultOf(fresh);
    expect(await fault.look()).toMatchObject({ seen: false });
    {
      await using _ = await injected(fault);
      expect(await fault.look()).toMatchObject({ seen: true });
    }
    expect(await redis.sight('proxy', 5_000)).toMatchObject({ kind: 'answered', ready: true });
    expect(await postgres.sight('proxy', 5_000)).toMatchObject({ kind: 'answered', ready: true });
    expect(await postgres.query('update held set n = 2')).toEqual([]);
    expect(stack.events).toEqual([]);
  } finally {
    await app.end().catch(() => undefined);
  }
});

test('crash: what a statement held at that moment is absent afterwards, and its client never got an answer', async () => {
  const { postgres } = await stack.fresh();
  const client = await connected(postgres.directUrl);
  let answered = false;
  const insert = client.query('insert into held select compute()').then(() => {
    answered = true;
  });
  const outcome = expect(insert).rejects.toThrow(/terminated|ECONNRESET/);
  await until(async () => (await active(postgres)) === 1);
  const notes: string[] = [];
  {
    await using _ = await injected(crash(postgres), notes);
    await outcome;
    expect(await postgres.sight('direct')).toEqual({ kind: 'refused' });
    expect(await postgres.sight('proxy')).toEqual({ kind: 'refused' });
    // Had a process of the server lived on, it would have committed by now.
    await sleep(2_500);
  }
  expect(answered).toBe(false);
  expect(notes).toEqual(['killed', 'start asked', 'listens', 'ready']);
  expect(await postgres.query('select n from held')).toEqual([]);
});

test('five crashes in a row lose nothing that was committed, and no address moves', async () => {
  const { postgres } = await stack.fresh();
  const address = postgres.directUrl;
  for (let n = 1; n <= 5; n++) {
    await postgres.query('insert into held values ($1)', [n]);
    await using _ = await injected(crash(postgres));
  }
  expect(await postgres.query('select count(*)::int as count from held')).toEqual([{ count: 5 }]);
  expect(postgres.directUrl).toBe(address);
});

test('restart: clients are told 57P01 before the connection goes', async () => {
  const { postgres } = await stack.fresh();
  const client = await connected(postgres.url);
  const told = expect(client.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57P01' });
  await until(async () => (await active(postgres)) === 1);
  await using _ = await injected(restart(postgres));
  await told;
  expect(await postgres.sight('proxy')).toEqual({ kind: 'refused' });
});

test('with an append-only file Redis has after a crash every write that it acknowledged; without one, none', async () => {
  const { redis, plain } = await stack.fresh();
  const keys = Array.from({ length: 500 }, (_, n) => `key${n}`);
  for (const service of [redis, plain]) await service.command('mset', ...keys.flatMap((key) => [key, key]));
  {
    await using _ = await injected(crash(redis));
    await using __ = await injected(crash(plain));
  }
  expect(await redis.command('dbsize')).toBe(500);
  expect(await plain.command('dbsize')).toBe(0);
});

test('a paused server keeps its connections and answers nothing until it is resumed', async () => {
  const { redis, postgres } = await stack.fresh();
  for (const service of [redis, postgres]) {
    await service.pause();
    expect(await service.sight('direct', 300)).toMatchObject({ kind: 'silent' });
    await service.resume();
    expect(await service.sight('direct', 5_000)).toMatchObject({ kind: 'answered', ready: true });
  }
});

test('a paused server can be killed, and starts again', async () => {
  const { redis } = await stack.fresh();
  await redis.pause();
  await redis.kill();
  expect(await redis.sight('direct')).toEqual({ kind: 'refused' });
  await expect(redis.pause()).rejects.toThrow(/does not run; start\(\) it first/);
  await redis.start();
  await redis.readyToServe(20_000);
});

test('starting a server that runs is an error', async () => {
  const { redis } = await stack.fresh();
  await expect(redis.start()).rejects.toThrow(/runs already \(.*\); stop\(\) or kill\(\) it first/);
});

test("only the app's connections are counted", async () => {
  const { postgres, redis } = await stack.fresh();
  await Promise.all([postgres.sight('direct'), redis.sight('proxy')]);
  expect([await postgres.connections(), await redis.connections()]).toEqual([0, 0]);
  const [first, second] = [await connected(postgres.url), new Redis(redis.url)];
  await second.ping();
  expect([await postgres.connections(), await redis.connections()]).toEqual([1, 1]);
  second.disconnect();
  await first.end();
});

test('each test has a database and a Redis of its own, behind a proxy without faults', async () => {
  const first = await stack.fresh();
  await first.postgres.query('insert into held values (1)');
  await first.redis.command('set', 'key', 'value');
  await first.redis.command('config', 'set', 'maxmemory', '100mb');
  await first.redis.proxy.addToxic({ name: 'slow', type: 'latency', stream: 'upstream', attributes: { latency: 900 } });
  await first.postgres.proxy.disable();
  const second = await stack.fresh();
  expect(stack.events).toEqual([]);
  expect(second.postgres.url).not.toBe(first.postgres.url);
  expect(await second.postgres.query('select n from held')).toEqual([]);
  expect(await second.redis.command('dbsize')).toBe(0);
  expect(await second.redis.command('config', 'get', 'maxmemory')).toEqual(['maxmemory', '0']);
  expect(await answerTo(second.redis)).toBe('+PONG\r\n');
  expect(await second.postgres.sight('proxy')).toMatchObject({ kind: 'answered', ready: true });
});

test('a server that a test left dead is replaced, and the events say so', async () => {
  const { redis } = await stack.fresh();
  await redis.kill();
  const next = await stack.fresh();
  expect(stack.events).toEqual(['redis: rebuilt, since it could not be made fresh: its server was left ended']);
  expect(await answerTo(next.redis)).toBe('+PONG\r\n');
  expect(stack.logs().filter((log) => log.endsWith('server.log')).length).toBeGreaterThan(3);
});

test('a setting that the server does not know is an error with its own words, and leaves nothing', async () => {
  const settings = { 'maxmemory-of-mine': '1' };
  await expect(openStack({ services: { odd: redis({ settings }) } })).rejects.toThrow(
    /^service odd did not start: odd \(.*\) ended with code 1; its log ends with:[\s\S]*Bad directive or wrong number of arguments/,
  );
  await expect(openStack({ services: { odd: postgres({ settings: { port: 5432 } }) } })).rejects.toThrow(
    'service odd did not start: postgres({ settings }): port is chosen by the stack; leave it out',
  );
});

function injected(fault: Fault, notes: string[] = []): Promise<AsyncDisposable> {
  return fault.inject(new AbortController().signal, (note) => notes.push(note));
}

/** What Redis answers to a PING through the proxy. */
async function answerTo({ proxy }: RedisService): Promise<string> {
  const socket = connect(proxy.port, proxy.host);
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = await once(socket, 'data');
    return String(answer);
  } finally {
    socket.destroy();
  }
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function active(postgres: PostgresService): Promise<number> {
  const [row] = await postgres.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where state = 'active' and datname = current_database() and pid <> pg_backend_pid()",
  );
  return row?.count ?? 0;
}
