import { RedisConnection } from '../../stack/clients/redis-connection.ts';
import { ownName } from '../../stack/clients/sighting.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import { readConfiguration } from '../../stack/redis/redis-configuration.ts';
import { parseInfo } from '../../stack/redis/redis-facts.ts';
import { requireService } from '../fault.ts';

/** Milliseconds that an answer may take where nothing is to keep us waiting. */
const answersWithin = 5_000;

/** The service that a fault of Redis is for. @throws TypeError when it is none, or no Redis */
export function requireRedisService(service: RedisService, kind: string): RedisService {
  const { name, kind: got } = requireService(service, kind);
  if (got === 'redis' && 'command' in service) return service;
  throw new TypeError(`${kind}() is a fault of Redis; ${name} is ${got}`);
}

/** Where a connection of ours goes. */
interface RedisDestination {
  /** Default: the server's own. */
  readonly port?: number;
  /** Milliseconds that an answer may take. */
  readonly within?: number;
  /** Default 0. */
  readonly database?: number;
}

/** A connection of ours around the proxy, that the app's are told from by its name. */
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

/** Does some work on a connection of its own. */
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
 * What came of a write: `taken`, `silent` when no answer came in time, or the first word of the refusal, such as `OOM`.
 */
export type WriteAnswer = 'taken' | 'silent' | (string & {});

/**
 * A write of ours, which Redis takes for one and which changes nothing: no byte into a key that is not there. One that
 * gets no answer is never carried out, for its connection is closed.
 * @param patience milliseconds
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

/** What a write of ours met, after "at its start". */
export function describeAnswer(answer: WriteAnswer, patience: number): string {
  if (answer === 'taken') return 'a write of ours was taken';
  return answer === 'silent'
    ? `a write of ours had no answer within ${patience} ms`
    : `a write of ours was refused with ${answer}`;
}

/** A section of what Redis says of itself. */
export async function readInfo(connection: RedisConnection, section: string): Promise<ReadonlyMap<string, string>> {
  return parseInfo(String(await connection.command('info', section)));
}

/** The value of one setting. @throws Error when this server has no setting of that name */
export async function settingOf(connection: RedisConnection, name: string): Promise<string> {
  const value = (await readConfiguration(connection, name)).get(name);
  if (value === undefined) throw new Error(`this server has no setting ${name}`);
  return value;
}

/** Names and values, in the order in which they are set. */
export type Settings = readonly (readonly [name: string, value: string])[];

/**
 * How much memory there is, and what happens when it is used up. The limit first: under another policy, a low one would
 * evict.
 */
export async function readMemorySettings(connection: RedisConnection): Promise<Settings> {
  return [
    ['maxmemory', await settingOf(connection, 'maxmemory')],
    ['maxmemory-policy', await settingOf(connection, 'maxmemory-policy')],
  ];
}

/** Sets them one by one. */
export async function configure(connection: RedisConnection, settings: Settings): Promise<void> {
  for (const [name, value] of settings) await connection.command('config', 'set', name, value);
}

/** What sets them, as commands. */
export function configCommands(settings: Settings): readonly (readonly string[])[] {
  return settings.map(([name, value]) => ['config', 'set', name, value]);
}

/** Ends every connection of the app's; ours stay. */
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
