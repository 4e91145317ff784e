import { expect, test } from 'vitest';
import { requirePostgres } from '../../../src/stack/postgres/postgres-binaries.ts';
import { requireRedis } from '../../../src/stack/redis/redis-binaries.ts';

const nothing = async () => ({ found: undefined, tried: ['one place', 'another place'] });

test('a missing Postgres is an error that says where it was looked for and what to do', async () => {
  await expect(requirePostgres(nothing)).rejects.toThrow(
    /^postgres\(\) needs a Postgres server.*looked for one place; another place; run `npm install`.*install PostgreSQL$/,
  );
});

test('a missing Redis is an error that says where it was looked for and what to do', async () => {
  await expect(requireRedis(nothing)).rejects.toThrow(
    /^redis\(\) needs redis-server or valkey-server.*looked for one place; another place; .*npx breaking-point doctor --fix/,
  );
});
