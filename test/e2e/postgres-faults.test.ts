import { setTimeout as sleep } from 'node:timers/promises';
import {
  arrivals,
  command,
  exhaustConnections,
  lockRows,
  lockTable,
  type PostgresService,
  postgres,
  readOnly,
  redis,
  slowStatements,
  terminateBackends,
} from 'breaking-point';
import { resilience } from 'breaking-point/vitest';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openStack, type Stack } from '../../dist/stack/stack.js';
import { fillPool } from '../perf/back-office.ts';
import { never, noNote, suffering } from './fixtures/suffering.ts';

const schema = async ({ url }: { url: string }): Promise<void> => {
  const client = await connected(url);
  await client.query(
    "create table stock (sku text primary key, left_over int); insert into stock values ('A', 5), ('B', 7)",
  );
  await client.end();
};
const definitions = {
  db: postgres({ schema, statements: true, settings: { max_connections: 20 } }),
};

let stack: Stack<typeof definitions>;
let db: PostgresService;

beforeAll(async () => {
  stack = await openStack({ services: definitions });
});
afterAll(() => stack.close());
beforeEach(async () => {
  db = (await stack.fresh()).db;
});

/** A client as the app would have it: through the proxy. The SQLSTATE that ends its connection is kept. */
async function connected(url: string, said: string[] = []): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'app', query_timeout: 5_000 });
  client.on('error', ({ code }: Error & { code?: string }) => void (code && said.push(code)));
  await client.connect();
  return client;
}

/** A client of the test's, closed at its end. */
async function app(said?: string[]): Promise<Client> {
  const client = await connected(db.url, said);
  onTestFinished(async () => {
    await client.end().catch(() => undefined);
  });
  return client;
}

/** Our sessions at the server, those of the service's own pool left out. */
const held = async (): Promise<number> => {
  const [row] = await db.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where application_name = 'breaking-point' and (state = 'idle in transaction' or datname = 'postgres')",
  );
  return row?.count ?? -1;
};

const refusedWith = (code: string) => expect.objectContaining({ code });

describe('exhaustConnections', () => {
  test('refuses every new connection with 53300, leaves those there are, and gives all back', async () => {
    const before = await app();
    const fault = exhaustConnections(db);
    const heal = await suffering(fault);
    expect(await fault.look()).toEqual({
      seen: true,
      detail: expect.stringMatching(
        /^20 of 20 slots were taken, \d+ of them by us, and another connection was refused with 53300$/,
      ),
    });
    await expect(connected(db.url)).rejects.toEqual(refusedWith('53300'));
    expect((await before.query('select 1')).rowCount).toBe(1);
    await heal();
    await (await connected(db.url)).end();
    expect(await fault.look()).toMatchObject({ seen: false });
  });

  test('takes what the app gives back', async () => {
    const before = await app();
    const fault = exhaustConnections(db);
    await suffering(fault);
    await before.end();
    await sleep(200);
    await expect(connected(db.url)).rejects.toEqual(refusedWith('53300'));
    expect(await fault.look()).toMatchObject({ seen: true });
  });

  test('leaves as many as it is told', async () => {
    await db.query('select 1');
    const fault = exhaustConnections(db, { leave: 2 });
    await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true, detail: expect.stringMatching(/^18 of 20/) });
    await app();
    await app();
    await expect(connected(db.url)).rejects.toEqual(refusedWith('53300'));
  });

  test('ends the connections that there are where it is told to, and is there before the app is back', async () => {
    const said: string[] = [];
    await app(said);
    await app(said);
    await suffering(exhaustConnections(db, { existing: 'cut' }));
    await expect.poll(() => said).toEqual(['57P01', '57P01']);
    await expect(connected(db.url)).rejects.toEqual(refusedWith('53300'));
  });

  test('holds nothing when it is called off while it gathers', async () => {
    const called = new AbortController();
    called.abort(new Error('enough'));
    await expect(exhaustConnections(db).inject(called.signal, noNote)).rejects.toThrow('enough');
    await expect.poll(held).toBeLessThanOrEqual(1);
  });
});

describe('locks', () => {
  test('lockTable lets everything wait that needs the table, and lets it go on', async () => {
    const client = await app();
    const fault = lockTable(db, 'stock');
    const heal = await suffering(fault);
    expect(await fault.look()).toEqual({ seen: true, detail: 'our attempt to lock it was refused with 55P03' });
    await client.query("set lock_timeout = '100ms'");
    await expect(client.query('select * from stock')).rejects.toEqual(refusedWith('55P03'));
    await heal();
    expect((await client.query('select * from stock')).rowCount).toBe(2);
    expect(await held()).toBeLessThanOrEqual(1);
  });

  test.each([
    ['exclusive', false],
    ['share row exclusive', true],
    ['share', true],
  ] as const)('lockTable in %s mode lets reads pass and no writes', async (mode, locksForShare) => {
    const client = await app();
    const fault = lockTable(db, 'stock', { mode });
    await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true });
    await client.query("set lock_timeout = '100ms'");
    expect((await client.query('select * from stock')).rowCount).toBe(2);
    await expect(client.query('update stock set left_over = 0')).rejects.toEqual(refusedWith('55P03'));
    const forUpdate = client.query('select from stock for update');
    await (locksForShare ? forUpdate : expect(forUpdate).rejects.toEqual(refusedWith('55P03')));
  });

  test('a look at a lock is not fooled by the locks of an app that writes', async () => {
    const client = await app();
    await client.query("begin; update stock set left_over = 1 where sku = 'A'");
    for (const fault of [lockTable(db, 'stock'), lockRows(db, "select from stock where sku = 'A' for update")]) {
      expect(await fault.look()).toMatchObject({ seen: false });
    }
  });

  test('lockRows lets wait what wants those rows, and nothing else', async () => {
    const client = await app();
    const fault = lockRows(db, 'select from stock where sku = $1 for update', ['A']);
    const heal = await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true });
    await client.query("set lock_timeout = '100ms'");
    const take = (sku: string) => client.query('update stock set left_over = left_over - 1 where sku = $1', [sku]);
    await expect(take('A')).rejects.toEqual(refusedWith('55P03'));
    expect((await take('B')).rowCount).toBe(1);
    await heal();
    expect((await take('A')).rowCount).toBe(1);
  });

  test('a fault that is called off while it waits for a lock waits no more', async () => {
    const client = await app();
    await client.query('begin; lock table stock in share mode');
    const called = new AbortController();
    const waiting = lockTable(db, 'stock').inject(called.signal, noNote);
    const refusal = expect(waiting).rejects.toThrow('enough');
    const waits = () => db.query('select from pg_locks where not granted');
    await expect.poll(waits).toHaveLength(1);
    called.abort(new Error('enough'));
    await refusal;
    await expect.poll(waits).toEqual([]);
  });

  test('what cannot be locked is an error that says why, and leaves nothing', async () => {
    await expect(lockTable(db, 'stocks').inject(never, noNote)).rejects.toThrow('relation "stocks" does not exist');
    const none = lockRows(db, "select from stock where sku = 'Z' for update");
    await expect(none.inject(never, noNote)).rejects.toThrow('it locked no row');
    await expect.poll(held).toBeLessThanOrEqual(1);
  });
});

describe('terminateBackends', () => {
  test('ends every session of the app with 57P01, and again those that it makes anew', async () => {
    const said: string[] = [];
    await app(said);
    await app(said);
    const fault = terminateBackends(db, { every: '100ms' });
    const heal = await suffering(fault);
    await expect.poll(() => said).toEqual(['57P01', '57P01']);
    expect(await fault.look()).toEqual({
      seen: true,
      detail: '2 sessions of the app had been ended, and our own, ended with them, heard 57P01',
    });
    await app(said);
    await expect.poll(() => said.length).toBe(3);
    await heal();
    const after = await app(said);
    await sleep(200);
    expect((await after.query('select 1')).rowCount).toBe(1);
  });

  test('has not happened to an app without sessions', async () => {
    const fault = terminateBackends(db);
    await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: false });
  });
});

describe('readOnly', () => {
  test('refuses writes with 25006 in sessions old and new, and takes them again', async () => {
    const old = await app();
    const write = (client: Client) => client.query('update stock set left_over = 0');
    const fault = readOnly(db);
    const heal = await suffering(fault);
    expect(await fault.look()).toEqual({ seen: true, detail: 'our write was refused with 25006' });
    await expect(write(old)).rejects.toEqual(refusedWith('25006'));
    await expect(write(await app())).rejects.toEqual(refusedWith('25006'));
    expect((await old.query('select * from stock')).rowCount).toBe(2);
    await heal();
    expect((await write(old)).rowCount).toBe(2);
    expect(await fault.look()).toMatchObject({ seen: false });
  });

  test('ends the sessions that there are where it is told to', async () => {
    const said: string[] = [];
    await app(said);
    await suffering(readOnly(db, { existing: 'cut' }));
    await expect.poll(() => said).toEqual(['57P01']);
    await expect((await app()).query('delete from stock')).rejects.toEqual(refusedWith('25006'));
  });

  test('is healed although the session of ours that made it so has been ended', async () => {
    const heal = await suffering(readOnly(db));
    await db.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'breaking-point' and pid <> pg_backend_pid()",
    );
    await heal();
    expect((await (await app()).query('delete from stock')).rowCount).toBe(2);
  });
});

describe('slowStatements', () => {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const begin = performance.now();
    await work();
    return performance.now() - begin;
  };

  test('delays what matches, prepared long before or not, and nothing else', async () => {
    const client = await app();
    const save = { name: 'save', text: 'insert into stock values ($1, 1)' };
    await client.query({ ...save, values: ['C'] });
    const fault = slowStatements(db, { matching: /insert into stock/i, by: '300ms' });
    const heal = await suffering(fault);
    expect(await fault.look()).toMatchObject({ seen: true, detail: expect.stringMatching(/0 statements/) });
    expect(await timed(() => client.query({ ...save, values: ['D'] }))).toBeGreaterThanOrEqual(299);
    expect(await timed(() => client.query("INSERT INTO stock VALUES ('E', 1)"))).toBeGreaterThanOrEqual(299);
    expect(await timed(() => client.query('insert into stock values ($1, $2)', ['F', 1]))).toBeGreaterThanOrEqual(299);
    expect(await fault.look()).toMatchObject({ seen: true, detail: expect.stringMatching(/3 statements/) });
    // Held when the fault ends: it is let go.
    const last = client.query("insert into stock values ('G', 1)");
    await sleep(50);
    await heal();
    await last;
    expect((await client.query('select from stock')).rowCount).toBe(7);
    expect(await fault.look()).toMatchObject({ seen: false });
  });

  test('lets others pass meanwhile, on the same connection before it and on others', async () => {
    const [one, other] = [await app(), await app()];
    await suffering(slowStatements(db, { matching: /pg_sleep\(0\)/, by: '1s' }));
    const order: string[] = [];
    const done = (name: string) => () => order.push(name);
    const slow = one.query('select pg_sleep(0)').then(done('slow'));
    const behind = one.query('select 1').then(done('behind it'));
    await other.query('select 1').then(done('on another'));
    await Promise.all([slow, behind]);
    expect(order).toEqual(['on another', 'slow', 'behind it']);
  });

  test('has not happened when no statement matched until its end', async () => {
    const fault = slowStatements(db, { matching: /insert into ordres/, by: '1ms' });
    await suffering(fault);
    await (await app()).query("insert into stock values ('C', 1)");
    expect(await fault.look()).toMatchObject({ seen: true });
    expect(await fault.look()).toEqual({
      seen: false,
      detail: expect.stringContaining('0 statements of the app had matched'),
    });
  });

  test('what was sent is carried out although its client is gone, as by a server that is slow', async () => {
    const client = await app();
    await suffering(slowStatements(db, { matching: /insert/, by: '200ms' }));
    client.query("insert into stock values ('C', 1)").catch(() => undefined);
    await sleep(50);
    // As the end of its process would.
    client.connection.stream.destroy();
    await expect.poll(async () => (await db.query("select from stock where sku = 'C'")).length).toBe(1);
  });

  test('COPY, a cancel and a long text pass the relay', async () => {
    const client = await app();
    const sleeping = expect(client.query('select pg_sleep(5)')).rejects.toEqual(refusedWith('57014'));
    await sleep(50);
    const [row] = await db.query<{ pid: number }>(
      "select pid from pg_stat_activity where query = 'select pg_sleep(5)'",
    );
    await db.query('select pg_cancel_backend($1)', [row?.pid]);
    await sleeping;
    const text = 'x'.repeat(3_000_000);
    expect((await client.query(`select length('${text}') as length`)).rows).toEqual([{ length: 3_000_000 }]);
    expect((await client.query('select repeat($1, 3000000) as text', ['y'])).rows[0]?.text).toHaveLength(3_000_000);
  });
});

test('bad input is an error before anything starts', () => {
  const wrong = (value: unknown) => value as never;
  expect(() => exhaustConnections(db, { leave: -1 })).toThrow(
    'exhaustConnections(db): leave must be a whole number from 0; got -1',
  );
  expect(() => exhaustConnections(db, { existing: wrong('stay') })).toThrow("existing must be 'keep' or 'cut'");
  expect(() => lockTable(db, 'stock; drop table stock')).toThrow('the table must be a name as in SQL');
  expect(() => lockTable(db, 'stock', { mode: wrong('strong') })).toThrow('mode must be one of access exclusive');
  expect(() => lockRows(db, 'select from stock')).toThrow('the statement must end with FOR UPDATE');
  expect(() => lockRows(db, 'select from stock for update skip locked')).toThrow(
    'the statement must end with FOR UPDATE',
  );
  expect(() => terminateBackends(db, { every: 10 })).toThrow('every must be at least 50 ms; got 10');
  expect(() => readOnly(db, { existing: wrong('stay') })).toThrow("existing must be 'keep' or 'cut'");
  expect(() => slowStatements(db, { matching: wrong('insert'), by: 100 })).toThrow('matching must be a RegExp');
  expect(() => slowStatements(db, { matching: /x/, by: 0 })).toThrow('by must be at least 1 ms');
  const plain = {
    ...db,
    name: 'db',
    kind: 'postgres',
    wire: undefined,
    query: () => undefined,
    sight: () => undefined,
  };
  expect(() => slowStatements(wrong(plain), { matching: /x/, by: 10 })).toThrow('postgres({ statements: true })');
  expect(() => lockTable(wrong({ ...plain, kind: 'redis' }), 'stock')).toThrow(
    'lockTable() is a fault of Postgres; db is redis',
  );
});

const ordering = resilience({
  services: {
    postgres: postgres({
      schema: 'fixtures/ordering/schema.sql',
      statements: true,
      settings: { max_connections: 30 },
    }),
    redis: redis(),
  },
  app: ({ postgres, redis }) =>
    command(['node', 'fixtures/ordering/main.ts'], {
      env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
      ready: '/ready',
    }),
});

ordering('the reference app meets slow inserts while the server is full', async ({ app, postgres, run }) => {
  // With fewer connections than slow inserts need, it would turn orders down at once.
  await fillPool(app, postgres);
  const recording = await run({
    load: arrivals({
      rate: 50,
      duration: '4500ms',
      warmUp: '500ms',
      request: ({ n }) => ({
        method: 'POST',
        path: '/orders',
        body: { from: 'whatsapp:+4915112345678', body: `order ${n}` },
      }),
    }),
    faults: [
      slowStatements(postgres, { matching: /insert into orders/i, by: '100ms' })
        .from('500ms')
        .to('2500ms'),
      exhaustConnections(postgres).from('1s').to('3s'),
    ],
    judged: false,
  });
  expect(recording.faults.map(({ name, bite }) => [name, bite.seenAtStart && bite.seenBeforeEnd])).toEqual([
    ['slowStatements(postgres, /insert into orders/i, 100 ms)', true],
    ['exhaustConnections(postgres)', true],
  ]);
  const slow = recording.columns;
  const inside = Array.from({ length: slow.length }, (_, row) => row).filter((row) => {
    const due = slow.dueAt[row] ?? 0;
    return due > 1_300 && due < 2_300;
  });
  expect(inside.length).toBeGreaterThan(40);
  // Whatever becomes of them: none is answered before its insert went on.
  const waited = inside.filter((row) => (slow.endedAt[row] ?? 0) - (slow.startedAt[row] ?? 0) < 99);
  expect(waited).toEqual([]);
  expect(recording.exits).toEqual([]);
});
