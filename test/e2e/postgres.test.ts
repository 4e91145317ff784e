import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { descendantsOf, isAlive, signalAll } from '../../src/stack/machine/processes.ts';
import { type PostgresService, postgres } from '../../src/stack/postgres/postgres.ts';
import type { ServiceServer } from '../../src/stack/service.ts';
import { BareHost } from './fixtures/bare-host.ts';

// Computes for two seconds. A backend that sleeps notices the end of its postmaster; one that computes does not.
const schemaText = `
create table held (n int);
create table notes (text text primary key);
create function compute() returns int language plpgsql as $$
declare until timestamptz := clock_timestamp() + interval '2 s';
begin
  while clock_timestamp() < until loop end loop;
  return 1;
end $$;
`;

let host: BareHost;
let folder: string;
let server: ServiceServer<PostgresService>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breaking-point-schema-'));
  await writeFile(join(folder, 'schema.sql'), schemaText);
  host = await BareHost.open();
  server = await host.start('postgres', postgres({ schema: join(folder, 'schema.sql') }));
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('a database is renewed in the middle of a test, for everybody who has its address', async () => {
  const service = await server.fresh();
  const { url, directUrl } = service;
  const app = new Client({ connectionString: url });
  const cut = new Promise((resolve) => app.on('error', resolve));
  await app.connect();
  await app.query("insert into notes values ('left over')");
  expect(await service.query('select text from notes')).toEqual([{ text: 'left over' }]);
  await server.renew?.();
  await cut;
  expect(await service.query('select text from notes')).toEqual([]);
  expect([service.url, service.directUrl]).toEqual([url, directUrl]);
  const again = new Client({ connectionString: url });
  await again.connect();
  expect((await again.query('select text from notes')).rows).toEqual([]);
  await again.end();
});

test.each(['Asia/Tokyo', 'America/New_York'])(
  'dates and times without a zone are the text that Postgres writes, in the zone %s',
  async (zone) => {
    vi.stubEnv('TZ', zone);
    const service = await server.fresh();
    const [row] = await service.query(
      "select date '2026-03-01' as day, timestamp '2026-03-01 10:00:00.123456' as time, timestamptz '2026-03-01 10:00:00+00' as instant, array[date '2026-03-01'] as days, 5::bigint as n",
    );
    expect(row).toEqual({
      day: '2026-03-01',
      time: '2026-03-01 10:00:00.123456',
      instant: new Date('2026-03-01T10:00:00Z'),
      days: ['2026-03-01'],
      n: '5',
    });
    vi.unstubAllEnvs();
  },
);

test('each test has a database of its own, made by the schema', async () => {
  const first = await server.fresh();
  await first.query('insert into notes values ($1)', ['mine']);
  expect(await first.query<{ text: string }>('select text from notes')).toEqual([{ text: 'mine' }]);
  const second = await server.fresh();
  expect(second.url).not.toBe(first.url);
  expect(await second.query('select text from notes')).toEqual([]);
  await expect(first.query('select 1')).rejects.toThrow();
});

test('what a statement held at the moment of a kill is absent afterwards, and its client never got an answer', async () => {
  const db = await server.fresh();
  const client = await connected(db);
  let answered = false;
  const insert = client.query('insert into held select compute()').then(() => {
    answered = true;
  });
  const outcome = expect(insert).rejects.toThrow(/terminated|ECONNRESET/);
  await until(async () => (await active(db)) === 1);
  const processes = host.alive().flatMap((pid) => [pid, ...descendantsOf(pid)]);
  expect(processes.length).toBeGreaterThan(4);

  await db.kill();
  expect(processes.filter(isAlive)).toEqual([]);
  await outcome;
  expect(answered).toBe(false);
  expect(await db.sight('direct')).toEqual({ kind: 'refused' });
  // Had a backend lived on, it would have committed by now.
  await sleep(2_500);
  await db.start();
  await db.readyToServe(20_000);
  expect(await db.query('select n from held')).toEqual([]);
});

test('five kills in a row lose nothing that was committed', async () => {
  const db = await server.fresh();
  const address = db.directUrl;
  for (let n = 1; n <= 5; n++) {
    await db.query('insert into notes values ($1)', [`note ${n}`]);
    await db.kill();
    await expect(db.query('select 1')).rejects.toThrow('ECONNREFUSED');
    await db.start();
    await db.readyToServe(20_000);
    expect(await db.query<{ count: number }>('select count(*)::int as count from notes')).toEqual([{ count: n }]);
  }
  expect(db.directUrl).toBe(address);
});

test('a graceful stop tells clients 57P01', async () => {
  const db = await server.fresh();
  const client = await connected(db);
  const told = expect(client.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57P01' });
  await until(async () => (await active(db)) === 1);
  await db.stop();
  await told;
  expect(await db.sight('direct')).toEqual({ kind: 'refused' });
  await db.start();
  await db.readyToServe(20_000);
});

test('a server that a test left dead gives no fresh database, so that the stack replaces it', async () => {
  const db = await server.fresh();
  await db.kill();
  await expect(server.fresh()).rejects.toThrow('its server was left ended');
  await db.start();
  await db.readyToServe(20_000);
  expect(await (await server.fresh()).query('select text from notes')).toEqual([]);
});

test('nor does one that a test left unable to answer', async () => {
  const db = await server.fresh();
  const processes = host.alive().flatMap((pid) => [pid, ...descendantsOf(pid)]);
  // A worker may have ended since it was listed.
  signalAll(processes, 'SIGSTOP');
  await expect(server.fresh()).rejects.toThrow('must answer within 5000 ms and did not; its log ends with');
  signalAll(processes, 'SIGCONT');
  await db.readyToServe(20_000);
});

test('starting a server that runs is an error', async () => {
  const db = await server.fresh();
  await expect(db.start()).rejects.toThrow(/runs already \(process \d+\); stop\(\) or kill\(\) it first/);
});

test("only the app's connections are counted", async () => {
  const db = await server.fresh();
  await db.sight('direct');
  expect(await db.connections()).toBe(0);
  const client = await connected(db);
  expect(await db.connections()).toBe(1);
  await client.end();
  await until(async () => (await db.connections()) === 0);
});

test('a server in its recovery answers and is not ready', async () => {
  const db = await server.fresh();
  // The log of a million rows takes the recovery some tenths of a second.
  await db.query('create table bulk as select n, md5(n::text) from generate_series(1, 1000000) n');
  await db.kill();
  await db.start();
  const kinds = new Set<string>();
  await until(async () => {
    const seen = await db.sight('direct');
    kinds.add(seen.kind === 'answered' ? (seen.ready ? 'ready' : 'not ready') : seen.kind);
    return kinds.has('ready');
  });
  expect([...kinds]).toContain('not ready');
});

test('several servers at once, and nothing of them remains', async () => {
  const pids: number[] = [];
  {
    await using other = await BareHost.open();
    const servers = await Promise.all(['a', 'b', 'c'].map((name) => other.start(name, postgres())));
    const services = await Promise.all(servers.map((one) => one.fresh()));
    const urls = services.map((service) => service.directUrl.split('/')[2]);
    expect(new Set(urls).size).toBe(3);
    await services[0]?.kill();
    pids.push(...other.alive());
    expect(pids.length).toBe(2);
    pids.push(...pids.flatMap((pid) => descendantsOf(pid)), ...other.tracked);
  }
  expect(pids.filter(isAlive)).toEqual([]);
  expect(segmentsMadeBy(pids)).toEqual([]);
});

test('an error in a schema names the file and the line, and leaves nothing running', async () => {
  await using other = await BareHost.open();
  const path = join(folder, 'wrong.sql');
  await writeFile(path, `select '${'\u{1F600}'.repeat(20)}';\n\ncreate tabel orders (id int);\n\n\n\n`);
  await expect(other.start('postgres', postgres({ schema: path }))).rejects.toThrow(
    `${path}:3: syntax error at or near "tabel"`,
  );
  expect(other.tracked.length).toBe(1);
  expect(other.alive()).toEqual([]);
});

test('a schema file that is not there is an error before anything is started', async () => {
  await using other = await BareHost.open();
  await expect(other.start('postgres', postgres({ schema: 'fixtures/none.sql' }))).rejects.toThrow(
    'postgres({ schema }): fixtures/none.sql cannot be read',
  );
  expect(other.tracked).toEqual([]);
});

test('a schema function that keeps its connection is an error', async () => {
  await using other = await BareHost.open();
  let client: Client | undefined;
  const schema = async ({ url }: { url: string }) => {
    client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
  };
  await expect(other.start('postgres', postgres({ schema }))).rejects.toThrow(
    /must close its connections to .*; 1 still open/,
  );
  expect(other.alive()).toEqual([]);
});

test('a schema function seeds what every test finds', async () => {
  await using other = await BareHost.open();
  const schema = async ({ url }: { url: string }) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("create table seeds (kind text); insert into seeds values ('oak')");
    await client.end();
  };
  const one = await other.start('postgres', postgres({ schema }));
  expect(await (await one.fresh()).query('select kind from seeds')).toEqual([{ kind: 'oak' }]);
});

test("an unknown setting is an error with the server's own words", async () => {
  await using other = await BareHost.open();
  await expect(other.start('postgres', postgres({ settings: { work_mem_of_mine: 1 } }))).rejects.toThrow(
    'unrecognized configuration parameter "work_mem_of_mine"',
  );
  expect(other.alive()).toEqual([]);
});

test("a user's setting wins over ours, and the port is not theirs to set", async () => {
  await using other = await BareHost.open();
  const one = await other.start('postgres', postgres({ settings: { fsync: 'on', max_connections: 20 } }));
  const db = await one.fresh();
  const settings = await db.query(
    "select setting from pg_settings where name in ('fsync', 'max_connections') order by name",
  );
  expect(settings).toEqual([{ setting: 'on' }, { setting: '20' }]);
  await expect(other.start('two', postgres({ settings: { port: 5432 } }))).rejects.toThrow(
    'postgres({ settings }): port is chosen by the stack; leave it out',
  );
});

async function connected(db: PostgresService): Promise<Client> {
  const client = new Client({ connectionString: db.url, ssl: false });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Statements of the app that run now. */
async function active(db: PostgresService): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()",
  );
  return row?.count ?? 0;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true within 20 s');
    await sleep(5);
  }
}

/** Shared memory segments whose creator is among `pids`, as `ipcs` shows them. */
function segmentsMadeBy(pids: readonly number[]): string[] {
  const rows = execFileSync('ipcs', ['-m', '-p'], { encoding: 'utf8' }).split('\n');
  return rows.filter((row) => pids.includes(Number(row.trim().split(/\s+/)[2])));
}
