// Faults that are done inside Redis: memory, evictions, paused clients, slow commands.
// Begin here, then out-of-memory.ts. Everything goes around the fault proxy; the wire to the app is not touched.

import { RedisConnection } from '../../stack/clients/redis-connection.ts';
import { ownName } from '../../stack/clients/sighting.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import { readConfiguration } from '../../stack/redis/redis-configuration.ts';
import { parseInfo } from '../../stack/redis/redis-facts.ts';
import { requireService } from '../fault.ts';

/** Maximum time (ms) to wait for an answer. */
const answersWithin = 5_000;

/** Checks that a fault of Redis was given a Redis service. @throws TypeError when it was not */
export function requireRedisService(service: RedisService, kind: string): RedisService {
  const { name, kind: got } = requireService(service, kind);
  if (got === 'redis' && 'command' in service) return service;
  throw new TypeError(`${kind}() is a fault of Redis; ${name} is ${got}`);
}

/** Where our connection goes. */
interface RedisDestination {
  /** Default: the server's port. */
  readonly port?: number;
  /** Maximum time (ms) to wait for an answer. */
  readonly within?: number;
  /** Number of the database. Default 0. */
  readonly database?: number;
}

/** Opens our own connection around the proxy. Its name tells it from the app's. */
export function openRedis(
  service: RedisService,
  { port = portOf(service), within = answersWithin, database = 0 }: RedisDestination = {},
): RedisConnection {
  return new RedisConnection(port, { connectTimeout: within, commandTimeout: within, db: database });
}

/** Port of the server itself, around the proxy. */
export function portOf({ directUrl }: RedisService): number {
  return Number(new URL(directUrl).port);
}

/** Does some work on a new connection, and closes it. */
export async function withRedis<T>(
  service: RedisService,
  work: (connection: RedisConnection) => Promise<T>,
  within = answersWithin,
): Promise<T> {
  const connection = openRedis(service, { within });
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/**
 * Result of a write: `taken`, `silent` when no answer came in time, or the first word of the refusal, such as `OOM`.
 */
export type WriteAnswer = 'taken' | 'silent' | (string & {});

/**
 * Tries a write that changes nothing: no byte into a key that does not exist. A write without an answer is never
 * carried out, because its connection is closed.
 * @param patience maximum time (ms) to wait for the answer
 * @throws Error when the server could not be asked
 */
export function tryWrite(service: RedisService, patience: number): Promise<WriteAnswer> {
  return withRedis(
    service,
    async (connection) => {
      try {
        await connection.command('setrange', `${ownName}:probe`, 0, '');
        return 'taken';
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name === 'ReplyError') return error.message.split(' ', 1)[0] ?? '';
        if (error.message === 'Command timed out') return 'silent';
        throw error;
      }
    },
    patience,
  );
}

/** Describes the result of our write. Reads on after "at its start". */
export function describeAnswer(answer: WriteAnswer, patience: number): string {
  if (answer === 'taken') return 'our write was taken';
  return answer === 'silent' ? `our write had no answer within ${patience} ms` : `our write was refused with ${answer}`;
}

/** Reads a section of INFO. */
export async function readInfo(connection: RedisConnection, section: string): Promise<ReadonlyMap<string, string>> {
  return parseInfo(String(await connection.command('info', section)));
}

/** Reads one setting. @throws Error when this server has no setting of that name */
export async function settingOf(connection: RedisConnection, name: string): Promise<string> {
  const value = (await readConfiguration(connection, name)).get(name);
  if (value === undefined) throw new Error(`this server has no setting ${name}`);
  return value;
}

/** Names and values, in the order in which they are set. */
export type Settings = readonly (readonly [name: string, value: string])[];

/**
 * Reads the memory limit and the policy. The limit is restored first: a low limit under another policy would evict.
 */
export async function readMemorySettings(connection: RedisConnection): Promise<Settings> {
  return [
    ['maxmemory', await settingOf(connection, 'maxmemory')],
    ['maxmemory-policy', await settingOf(connection, 'maxmemory-policy')],
  ];
}

/** Sets the settings one by one. */
export async function configure(connection: RedisConnection, settings: Settings): Promise<void> {
  for (const [name, value] of settings) await connection.command('config', 'set', name, value);
}

/** Commands that set the settings. */
export function configCommands(settings: Settings): readonly (readonly string[])[] {
  return settings.map(([name, value]) => ['config', 'set', name, value]);
}

/** Ends every connection of the app. Ours stay. */
export async function cutApp(connection: RedisConnection): Promise<void> {
  const clients = String(await connection.command('client', 'list'))
    .trim()
    .split('\n');
  for (const client of clients) {
    const id = /^id=(\d+) /.exec(client)?.[1];
    if (id === undefined || client.includes(` name=${ownName} `)) continue;
    await connection.command('client', 'kill', 'id', id);
  }
}
