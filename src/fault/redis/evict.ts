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

/** Bytes that the neighbour may take beyond what is used at its begin. */
const room = 4 * 1024 * 1024;

/**
 * Redis runs out of memory and makes room (`maxmemory` with `allkeys-lru`, or the `allkeys-` policy that it has). Keys
 * vanish, first those that were not used for a second; all commands go on. A neighbour in a database of its own fills
 * the memory at 5 MB/s. At the end the neighbour is gone and both settings are as before; keys that vanished stay away.
 *
 * A cache should survive it. BullMQ would lose jobs, which is why it asks for `noeviction`; then {@link outOfMemory}
 * happens instead.
 *
 * A fault during which no key of the app vanished did not happen.
 * @throws TypeError when the service is not Redis
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
    // At the start the app may have no key yet, or none that was idle for long enough.
    return { seen: others > 0 || (looks === 1 && ours > 0), detail: `${keys}, and ${ours} of our own` };
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
          // The limit goes first: without it nothing more is evicted.
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

/** Size (bytes) of a key's value, and number of keys in one write. */
const valueSize = 8 * 1024;
const atOnce = 64;
/** Interval (ms) between two writes. */
const every = 100;
/** Maximum time (ms) until the first eviction. */
const fullWithin = 10_000;

/** Empties a database, in one command. */
const leaving = "redis.call('select', ARGV[1]) return redis.call('flushdb')";

/**
 * Another user of the same Redis, who writes ever more keys into an unused database. Disposing it removes them.
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
   * @param room bytes that are free until then, about
   * @throws Error when every database is in use, or nothing is evicted in time
   */
  static async moveIn(service: RedisService, room: number): Promise<Neighbour> {
    const database = await withRedis(service, (asking) => findUnusedDatabase(asking, service.name));
    // The connection is bound to this database: made again, it never writes to another, nor empties another.
    const connection = openRedis(service, { database });
    try {
      const settle = service.owe(`evict(${service.name})`, [['eval', leaving, '0', String(database)]]);
      const neighbour = new Neighbour(connection, await countEvictions(connection), settle);
      const deadline = performance.now() + fullWithin;
      try {
        while ((await countEvictions(connection)) === neighbour.#evictedBefore) {
          if (performance.now() > deadline) {
            throw new Error(
              `${service.name} evicted nothing, although ${neighbour.#written * valueSize} bytes were written into room for ${room}`,
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

  /**
   * Counts keys that were evicted since it began: its own, and those of others.
   * @throws Error when it could not go on
   */
  async evicted(): Promise<{ readonly ours: number; readonly others: number }> {
    if (this.#failure) throw this.#failure;
    const written = this.#written;
    // At one instant, with no write of our own in between.
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
      // The fault is over, or the next look tells.
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

/** Finds the last database that is empty and that no client has chosen. */
async function findUnusedDatabase(connection: RedisConnection, name: string): Promise<number> {
  const count = Number(await settingOf(connection, 'databases'));
  const clients = String(await connection.command('client', 'list'));
  const chosen = Array.from(clients.matchAll(/ db=(\d+) /g), ([, number]) => `db${number}`);
  const used = new Set([...(await readInfo(connection, 'keyspace')).keys(), ...chosen]);
  for (let number = count - 1; number > 0; number--) if (!used.has(`db${number}`)) return number;
  throw new Error(
    `evict(${name}) needs an unused database, and all ${count} are in use: give redis({ settings: { databases } }) one more`,
  );
}

async function countEvictions(connection: RedisConnection): Promise<number> {
  return Number((await readInfo(connection, 'stats')).get('evicted_keys'));
}
