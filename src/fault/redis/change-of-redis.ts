import type { RedisConnection } from '../../stack/clients/redis-connection.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import type { Fault } from '../fault.ts';
import { withRedis } from './redis-session.ts';

/** A change of a server that commands make and other commands take back. */
export interface ChangeOfRedis {
  /** Commands that take the change back. They do no harm when it was not made. */
  readonly undo: readonly (readonly string[])[];
  /** Makes the change; resolves once it is in effect. */
  readonly make: () => Promise<void>;
}

/**
 * Injects such a change. It is taken back at the fault's end, when it was made only in part, and when the run is over.
 * @param name name of the fault
 * @param plan reads the server's present state, and says what to do
 */
export async function changeRedis(
  service: RedisService,
  name: string,
  signal: AbortSignal,
  plan: (connection: RedisConnection) => Promise<ChangeOfRedis>,
): ReturnType<Fault['inject']> {
  return withRedis(service, async (connection) => {
    const { undo, make } = await plan(connection);
    const settle = service.owe(name, undo);
    const heal = async (): Promise<void> => {
      await withRedis(service, async (other) => {
        for (const command of undo) await other.command(...command);
      });
      settle();
    };
    try {
      await make();
      signal.throwIfAborted();
    } catch (error) {
      await heal();
      throw error;
    }
    return { [Symbol.asyncDispose]: heal };
  });
}
