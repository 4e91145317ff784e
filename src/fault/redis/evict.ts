import type { RedisService } from '../../stack/redis/redis.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { unseen } from '../unseen.ts';
import { changed } from './change-of-redis.ts';
import { Neighbour } from './neighbour.ts';
import { configure, configuring, infoOf, memorySettings, sufferingRedis } from './redis-session.ts';

/** Bytes that the neighbour may take beyond what is used when it moves in. */
const room = 4 * 1024 * 1024;

/**
 * Redis runs out of memory and makes room (`maxmemory` with `allkeys-lru`, or the `allkeys-` policy that it has): keys vanish, those first
 * that were not used for a second, while all commands are taken. It is filled by a neighbour of ours in a database of its own that writes
 * 5 MB/s; at the end that is gone and both settings are as before. What vanished stays away.
 *
 * A cache is to survive it. BullMQ is not: it loses jobs, which is why it asks for `noeviction`; then {@link outOfMemory} is what happens.
 *
 * A fault by whose end no key of the app's has vanished did not happen.
 * @throws TypeError when the service is no Redis
 */
export function evict(service: RedisService): LastingFault {
  const name = `evict(${sufferingRedis(service, 'evict').name})`;
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
    look: () => look().catch(unseen),
    async inject(signal) {
      looks = 0;
      let tenant: Neighbour | undefined;
      const leave = async (): Promise<void> => {
        neighbour = undefined;
        await tenant?.[Symbol.asyncDispose]();
      };
      const settings = await changed(service, name, signal, async (connection) => {
        const before = await memorySettings(connection);
        return {
          undo: configuring(before),
          async make() {
            const used = Number((await infoOf(connection, 'memory')).get('used_memory'));
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
