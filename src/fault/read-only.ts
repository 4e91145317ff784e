import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { ownName } from '../stack/clients/sighting.ts';
import type { PostgresService } from '../stack/postgres/postgres.ts';
import type { RedisService } from '../stack/redis/redis.ts';
import { writeCall } from './code.ts';
import { type Fault, type LastingFault, type Look, lasting, requireService } from './fault.ts';
import {
  closeSession,
  listAppSessions,
  openSession,
  requirePostgresService,
  sqlStateOf,
  terminate,
  withSession,
} from './postgres/postgres-session.ts';
import { changeRedis } from './redis/change-of-redis.ts';
import {
  configCommands,
  configure,
  cutApp,
  describeAnswer,
  requireRedisService,
  type Settings,
  settingOf,
  tryWrite,
} from './redis/redis-session.ts';
import { reportUnseen } from './unseen.ts';

/** What happens to the connections of the app when the server turns read-only. */
export interface ReadOnlyOptions {
  /**
   * `keep` (default): they stay open and meet it at their next transaction, as behind a pooler that points at the old
   * primary. `cut`: they are ended (57P01 in Postgres), as by a primary that restarts as a standby.
   */
  readonly existing?: 'keep' | 'cut';
}

/**
 * The server answers and reads, and refuses to write, as an old primary after a failover: Postgres with 25006, Redis
 * with READONLY.
 * @throws TypeError when an option has no meaning, or the service can't be made read-only
 */
export function readOnly(service: PostgresService | RedisService, options: ReadOnlyOptions = {}): LastingFault {
  const { name: target, kind } = requireService(service, 'readOnly');
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
    code: writeCall('readOnly', target, options),
    kind: 'readOnly',
    ...(kind === 'redis'
      ? holdRedisReadOnly(requireRedisService(service as RedisService, 'readOnly'), name, { existing })
      : holdPostgresReadOnly(requirePostgresService(service as PostgresService, 'readOnly'), { existing })),
  });
}

const harming = ['alter system set default_transaction_read_only = on', 'select pg_reload_conf()'];
const healing = ['alter system reset default_transaction_read_only', 'select pg_reload_conf()'];
/** Maximum time (ms) for the server to follow its configuration. */
const followsWithin = 5_000;

/**
 * Postgres as an old primary after a failover: it answers and reads, and refuses to write with 25006. The server's own
 * default is changed. It reaches every session at its next transaction; a transaction under way can still write.
 *
 * A session that sets `transaction_read_only` itself can still write. And `pg_is_in_recovery()` says false; a true
 * standby says true.
 */
function holdPostgresReadOnly(
  service: PostgresService,
  { existing }: Required<ReadOnlyOptions>,
): Omit<Fault, 'name' | 'kind'> {
  return {
    subject: service,
    holds: ['server'],
    patience: 500,
    look: () => tryToMakeTable(service).catch(reportUnseen),
    async inject(signal) {
      const admin = await openSession(service);
      const settle = service.owe(`readOnly(${service.name})`, healing);
      const heal = async (): Promise<void> => {
        try {
          // The session may have been ended together with the app's.
          await switchReadOnly(service, admin, false).catch(() =>
            withSession(service, (other) => switchReadOnly(service, other, false)),
          );
          settle();
        } finally {
          await closeSession(admin);
        }
      };
      try {
        await switchReadOnly(service, admin, true);
        if (existing === 'cut') await terminate(admin, await listAppSessions(admin, service));
        signal.throwIfAborted();
      } catch (error) {
        await heal();
        throw error;
      }
      return { [Symbol.asyncDispose]: heal };
    },
  };
}

/** Changes the server's configuration and waits until a new session has it. */
async function switchReadOnly(service: PostgresService, admin: Client, readOnly: boolean): Promise<void> {
  for (const text of readOnly ? harming : healing) await admin.query(text);
  const deadline = performance.now() + followsWithin;
  while ((await tryToMakeTable(service)).seen !== readOnly) {
    if (performance.now() > deadline) {
      throw new Error(
        `Postgres did not follow default_transaction_read_only within ${followsWithin} ms; look whether the settings of the service set it`,
      );
    }
    await sleep(5);
  }
}

/** Tries to make a table, in a transaction that is rolled back. */
async function tryToMakeTable(service: PostgresService): Promise<Look> {
  const client = await openSession(service, { own: false });
  try {
    await client.query('begin');
    await client.query(`create table "${ownName}" ()`);
    return { seen: false, detail: 'our write was carried out, and rolled back' };
  } catch (error) {
    if (sqlStateOf(error) !== '25006') throw error;
    return { seen: true, detail: 'our write was refused with 25006' };
  } finally {
    await closeSession(client);
  }
}

/** Maximum time (ms) to wait for our own write. */
const patience = 500;

/** Address of its primary. Nothing listens on port 1 of this machine, so nothing is ever copied from there. */
const nowhere = ['127.0.0.1', '1'] as const;

/**
 * Redis as an old primary after a failover: it is a replica now, answers reads, and refuses writes with READONLY. Its
 * primary cannot be reached, so its data stay as they are; `INFO` says `master_link_status:down`. A client in a
 * blocking command gets UNBLOCKED. A replica does not remove an expired key, it only hides it.
 */
function holdRedisReadOnly(
  service: RedisService,
  name: string,
  { existing }: Required<ReadOnlyOptions>,
): Omit<Fault, 'name' | 'kind'> {
  return {
    subject: service,
    holds: ['server'],
    patience,
    look: () =>
      tryWrite(service, patience).then(
        (answer) => ({ seen: answer === 'READONLY', detail: describeAnswer(answer, patience) }),
        reportUnseen,
      ),
    inject: (signal) =>
      changeRedis(service, name, signal, async (connection) => {
        const role = await connection.command('role');
        if (!Array.isArray(role) || String(role[0]) !== 'master') {
          throw new Error(`${service.name} is a replica already, and would be a primary afterwards`);
        }
        const before: Settings = [
          ['replica-read-only', await settingOf(connection, 'replica-read-only')],
          ['replica-serve-stale-data', await settingOf(connection, 'replica-serve-stale-data')],
        ];
        return {
          undo: [['replicaof', 'no', 'one'], ...configCommands(before)],
          async make() {
            await configure(connection, [
              ['replica-read-only', 'yes'],
              ['replica-serve-stale-data', 'yes'],
            ]);
            await connection.command('replicaof', ...nowhere);
            if (existing === 'cut') await cutApp(connection);
            const answer = await tryWrite(service, patience);
            if (answer !== 'READONLY')
              throw new Error(`${name} did not take effect: ${describeAnswer(answer, patience)}`);
          },
        };
      }),
  };
}
