import type { RedisService } from '../stack/redis/redis.ts';
import type { Fault } from './fault.ts';
import type { ReadOnlyOptions } from './read-only-postgres.ts';
import { changed } from './redis/change-of-redis.ts';
import { configure, configuring, cutApp, type Settings, settingOf, toldOf, tryWrite } from './redis/redis-session.ts';
import { unseen } from './unseen.ts';

/** Milliseconds that a write of ours is waited for. */
const patience = 500;

/** Where its primary would be: nobody listens on port 1 of this machine, so nothing is ever copied from there. */
const nowhere = ['127.0.0.1', '1'] as const;

/**
 * Redis as an old primary after a failover: it has become a replica, reads, and refuses to write with READONLY. Its primary can't be
 * reached, so that its data stay as they are; `INFO` says `master_link_status:down`. Who waits in a blocking command hears UNBLOCKED.
 * While it is a replica it removes no key whose time is over, only hides it.
 */
export function readOnlyRedis(
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
        (answer) => ({ seen: answer === 'READONLY', detail: toldOf(answer, patience) }),
        unseen,
      ),
    inject: (signal) =>
      changed(service, name, signal, async (connection) => {
        const role = await connection.command('role');
        if (!Array.isArray(role) || String(role[0]) !== 'master') {
          throw new Error(`${service.name} is a replica already, and would not be one afterwards`);
        }
        const before: Settings = [
          ['replica-read-only', await settingOf(connection, 'replica-read-only')],
          ['replica-serve-stale-data', await settingOf(connection, 'replica-serve-stale-data')],
        ];
        return {
          undo: [['replicaof', 'no', 'one'], ...configuring(before)],
          async make() {
            await configure(connection, [
              ['replica-read-only', 'yes'],
              ['replica-serve-stale-data', 'yes'],
            ]);
            await connection.command('replicaof', ...nowhere);
            if (existing === 'cut') await cutApp(connection);
            const answer = await tryWrite(service, patience);
            if (answer !== 'READONLY') throw new Error(`${name} did not take effect: ${toldOf(answer, patience)}`);
          },
        };
      }),
  };
}
