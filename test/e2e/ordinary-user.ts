import { postgres } from '../../src/stack/postgres/postgres.ts';
import { redis } from '../../src/stack/redis/redis.ts';
import { BareHost } from './bare-host.ts';

/** Run by a test as a user who is not root: a database and a Redis that are killed, started again and asked. */
const host = await BareHost.open();
const db = await (await host.start('postgres', postgres())).fresh();
const cache = await (await host.start('redis', redis({ appendOnly: true }))).fresh();
await cache.command('set', 'key', 'value');
for (const service of [db, cache]) {
  await service.kill();
  await service.start();
  await service.readyToServe(20_000);
}
const [row] = await db.query<{ one: number }>('select 1 as one');
const kept = await cache.command('get', 'key');
await host[Symbol.asyncDispose]();
console.log(JSON.stringify({ uid: process.getuid?.(), answered: row?.one, kept, alive: host.alive() }));
