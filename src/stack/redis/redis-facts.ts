import { RedisConnection } from '../clients/redis-connection.ts';
import type { Fact, Observable, Reading } from '../observable.ts';

/**
 * Milliseconds that a connect, and then an answer, may take: a server that is down or paused must not be waited for.
 */
const answersWithin = 1_000;

/** How a Redis or Valkey server is doing, asked on a connection of its own. */
export class RedisFacts implements Observable {
  readonly #connection: RedisConnection;

  constructor(port: number) {
    this.#connection = new RedisConnection(port, { connectTimeout: answersWithin, commandTimeout: answersWithin });
  }

  async facts(): Promise<Reading> {
    return parseReading(String(await this.#connection.command('info')));
  }

  close(): void {
    this.#connection.close();
  }
}

/**
 * What Redis or Valkey tells of itself: the reply to INFO. Counts are of the whole server, our own commands included.
 */
export function parseReading(info: string): Reading {
  const fields = parseInfo(info);
  const number = (field: string): number => Number(fields.get(field) ?? Number.NaN);
  const [hits, misses] = [number('keyspace_hits'), number('keyspace_misses')];
  const facts: Fact[] = [
    { name: 'connected clients', unit: 'count', value: number('connected_clients') },
    { name: 'blocked clients', unit: 'count', value: number('blocked_clients') },
    { name: 'used memory', unit: 'bytes', value: number('used_memory') },
    { name: 'commands', counted: number('total_commands_processed') },
    { name: 'keyspace hits', part: hits, of: hits + misses },
    { name: 'evicted keys', counted: number('evicted_keys') },
    { name: 'expired keys', counted: number('expired_keys') },
    { name: 'rejected connections', counted: number('rejected_connections') },
  ];
  return { facts, since: fields.get('run_id') };
}

/** The fields of a reply to INFO, by name. */
export function parseInfo(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : [];
    }),
  );
}
