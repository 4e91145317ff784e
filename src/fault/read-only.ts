import type { PostgresService } from '../stack/postgres/postgres.ts';
import type { RedisService } from '../stack/redis/redis.ts';
import { called } from './called.ts';
import { type LastingFault, lasting, suffering } from './fault.ts';
import { sufferingPostgres } from './postgres/postgres-session.ts';
import { type ReadOnlyOptions, readOnlyPostgres } from './read-only-postgres.ts';
import { readOnlyRedis } from './read-only-redis.ts';
import { sufferingRedis } from './redis/redis-session.ts';

/**
 * The server answers and reads, and refuses to write, as an old primary after a failover: Postgres with 25006, Redis with READONLY.
 * @throws TypeError when an option has no meaning, or the service can't be made read-only
 */
export function readOnly(service: PostgresService | RedisService, options: ReadOnlyOptions = {}): LastingFault {
  const { name: target, kind } = suffering(service, 'readOnly');
  const { existing = 'keep' } = options;
  if (existing !== 'keep' && existing !== 'cut') {
    throw new TypeError(`readOnly(${target}): existing must be 'keep' or 'cut'; got ${JSON.stringify(existing)}`);
  }
  if (kind !== 'postgres' && kind !== 'redis') {
    throw new TypeError(`readOnly() is a fault of Postgres and Redis; ${target} is ${kind}`);
  }
  const name = `readOnly(${target}${existing === 'cut' ? ', cut' : ''})`;
  return lasting({
    name,
    code: called('readOnly', target, options),
    kind: 'readOnly',
    ...(kind === 'redis'
      ? readOnlyRedis(sufferingRedis(service as RedisService, 'readOnly'), name, { existing })
      : readOnlyPostgres(sufferingPostgres(service as PostgresService, 'readOnly'), { existing })),
  });
}
