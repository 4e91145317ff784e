import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConnection } from '../../stack/clients/redis-connection.ts';
import { ownName } from '../../stack/clients/sighting.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import { parseInfo } from '../../stack/redis/redis-facts.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { reportUnseen } from '../unseen.ts';
import { changeRedis } from './change-of-redis.ts';
import {
  configCommands,
  configure,
  openRedis,
  readInfo,
  readMemorySettings,
  requireRedisService,
  settingOf,
  withRedis,
} from './redis-session.ts';

/** Bytes that the neighbour may take beyond what is used when it moves in. */
const room = 4 * 1024 * 1024;

/**
 * Redis runs out of memory and makes room (`maxmemory` with `allkeys-lru`, or the `allkeys-` policy that it has): keys
 * vanish, those first that were not used for a second, while all commands are taken. It is filled by a neighbour of
 * ours in a database of its own that writes 5 MB/s; at the end that is gone and both settings are as before. What
 * vanished stays away.
 *
 * A cache is to survive it. BullMQ is not: it loses jobs, which is why it asks for `noeviction`; then
 * {@link outOfMemory} is what happens.
 *
 * A fault by whose end no key of the app's has vanished did not happen.
 * @throws TypeError when the service is no Redis
 */
export function evict(service: RedisService): LastingFault {
  const name = `evict(${requireRedisService(service, 'evict').name})`;
  let neighbour: Neighbour | undefined;
  let looks = 0;
  const look = async () => {
    if (!neighbour) return { seen: false, detail: 'nothing was evicted' };
    looks += 1;
    const { ours, others } = await neighbour.evicted();
    const keys = `${others} ${others === 1 ? 'key' : 'keys'} of the app had been evicted`;
    // At its start the app need not have any, or none that has been idle for long enough.
    return { seen: others > 0 || (looks === 1 && ours > 0), detail: `${keys}, and ${ours} of ours` };
  };
  return lasting({
    name,
    kind: 'evict',
    subject: service,
    holds: ['server'],
    patience: 200,
    look: () => look().catch(reportUnseen),
    async inject(signal) {
      looks = 0;
      let tenant: Neighbour | undefined;
      const leave = async (): Promise<void> => {
        neighbour = undefined;
        await tenant?.[Symbol.asyncDispose]();
      };
      const settings = await changeRedis(service, name, signal, async (connection) => {
        const before = await readMemorySettings(connection);
        return {
          undo: configCommands(before),
          async make() {
            const used = Number((await readInfo(connection, 'memory')).get('used_memory'));
            const policy = before[1]?.[1] ?? '';
            await configure(connection, [
              ['maxmemory-policy', policy.startsWith('allkeys-') ? policy : 'allkeys-lru'],
              ['maxmemory', String(used + room)],
            ]);
            tenant = await Neighbour.moveIn(service, room);
            neighbour = tenant;
          },
        };
      }).catch(async (error: unknown) => {
        await leave();
        throw error;
      });
      return {
        async [Symbol.asyncDispose]() {
          // With the limit gone nothing more is evicted, whatever becomes of the neighbour.
          try {
            await settings[Symbol.asyncDispose]();
          } finally {
            await leave();
          }
        },
      };
    },
  });
}

/** Bytes of a key's value, and keys that are written at once. */
const valueSize = 8 * 1024;
const atOnce = 64;
/** Milliseconds from one write to the next. */
const every = 100;
/** Milliseconds in which it has to come to the first eviction. */
const fullWithin = 10_000;

/** Empties a database, in one command. */
const leaving = "redis.call('select', ARGV[1]) return redis.call('flushdb')";

/**
 * Another user of the same Redis, with ever more keys in a database that nobody else uses. Disposing it removes them.
 */
class Neighbour implements AsyncDisposable {
  readonly #connection: RedisConnection;
  readonly #evictedBefore: number;
  readonly #over = new AbortController();
  #written = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  readonly #settle: () => void;

  private constructor(connection: RedisConnection, evictedBefore: number, settle: () => void) {
    this.#connection = connection;
    this.#evictedBefore = evictedBefore;
    this.#settle = settle;
  }

  /**
   * Resolves when the server has begun to evict.
   * @param room bytes that there are until then, about
   * @throws Error when every database is in use, or it does not come to evict
   */
  static async moveIn(service: RedisService, room: number): Promise<Neighbour> {
    const database = await withRedis(service, (asking) => findUnusedDatabase(asking, service.name));
    // Made for this database: when it has to be made again, no other is written to, or emptied.
    const connection = openRedis(service, { database });
    try {
      const settle = service.owe(`evict(${service.name})`, [['eval', leaving, '0', String(database)]]);
      const neighbour = new Neighbour(connection, await countEvictions(connection), settle);
      const deadline = performance.now() + fullWithin;
      try {
        while ((await countEvictions(connection)) === neighbour.#evictedBefore) {
          if (performance.now() > deadline) {
            throw new Error(
              `${service.name} evicted nothing with ${neighbour.#written * valueSize} bytes more than the ${room} that it had room for`,
            );
          }
          await neighbour.#write();
        }
      } catch (error) {
        await neighbour[Symbol.asyncDispose]();
        throw error;
      }
      neighbour.#writing = neighbour.#goOn();
      return neighbour;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Keys that were evicted since it moved in: its own, and those of others. @throws Error when it could not go on */
  async evicted(): Promise<{ readonly ours: number; readonly others: number }> {
    if (this.#failure) throw this.#failure;
    const written = this.#written;
    // At one instant, and with no write of ours in between.
    const [, , , replies] = await Promise.all(
      [['multi'], ['dbsize'], ['info', 'stats'], ['exec']].map((command) => this.#connection.command(...command)),
    );
    const [present, stats] = Array.isArray(replies) ? replies : [];
    const all = Number(parseInfo(String(stats)).get('evicted_keys')) - this.#evictedBefore;
    const ours = written - Number(present);
    return { ours, others: all - ours };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    try {
      await this.#writing;
      await this.#connection.command('flushdb');
      this.#settle();
    } finally {
      this.#connection.close();
    }
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#over;
    try {
      for (;;) {
        await sleep(every, undefined, { signal });
        await this.#write();
      }
    } catch (error) {
      // Either it is over, or the next look tells.
      if (!signal.aborted) this.#failure = error;
    }
  }

  async #write(): Promise<void> {
    const value = Buffer.alloc(valueSize);
    const keys = Array.from({ length: atOnce }, (_, n) => `${ownName}:${this.#written + n}`);
    this.#written += atOnce;
    await this.#connection.command('mset', ...keys.flatMap((key) => [key, value]));
  }
}

/** The last database that is empty and that no client has chosen. */
async function findUnusedDatabase(connection: RedisConnection, name: string): Promise<number> {
  const count = Number(await settingOf(connection, 'databases'));
  const clients = String(await connection.command('client', 'list'));
  const chosen = Array.from(clients.matchAll(/ db=(\d+) /g), ([, number]) => `db${number}`);
  const used = new Set([...(await readInfo(connection, 'keyspace')).keys(), ...chosen]);
  for (let number = count - 1; number > 0; number--) if (!used.has(`db${number}`)) return number;
  throw new Error(
    `evict(${name}) fills a database that nobody uses, and all ${count} are in use: give redis({ settings: { databases } }) one more`,
  );
}

async function countEvictions(connection: RedisConnection): Promise<number> {
  return Number((await readInfo(connection, 'stats')).get('evicted_keys'));
}
