import type { RedisService } from '../../stack/redis/redis.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { reportUnseen } from '../unseen.ts';
import { changeRedis } from './change-of-redis.ts';
import {
  configCommands,
  configure,
  describeAnswer,
  readInfo,
  readMemorySettings,
  requireRedisService,
  tryWrite,
} from './redis-session.ts';

/** Maximum time (ms) to wait for our own write. */
const patience = 500;

/**
 * Redis is full and evicts nothing (`maxmemory` with `noeviction`). A command that writes is refused with OOM; reads
 * and deletes go on. The limit is half of what is used, so that one closed connection or deleted key makes no room. An
 * app that deletes half of everything can write again. At the end both settings are as before.
 * @throws TypeError when the service is not Redis
 */
export function outOfMemory(service: RedisService): LastingFault {
  const name = `outOfMemory(${requireRedisService(service, 'outOfMemory').name})`;
  return lasting({
    name,
    kind: 'outOfMemory',
    subject: service,
    holds: ['server'],
    patience,
    look: () =>
      tryWrite(service, patience).then(
        (answer) => ({ seen: answer === 'OOM', detail: describeAnswer(answer, patience) }),
        reportUnseen,
      ),
    inject: (signal) =>
      changeRedis(service, name, signal, async (connection) => {
        const before = await readMemorySettings(connection);
        return {
          undo: configCommands(before),
          async make() {
            const used = Number((await readInfo(connection, 'memory')).get('used_memory'));
            await configure(connection, [
              ['maxmemory-policy', 'noeviction'],
              ['maxmemory', String(Math.floor(used / 2))],
            ]);
            const answer = await tryWrite(service, patience);
            if (answer !== 'OOM') throw new Error(`${name} did not take effect: ${describeAnswer(answer, patience)}`);
          },
        };
      }),
  });
}
