import type { RedisConnection } from '../../stack/clients/redis-connection.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import type { Fault } from '../fault.ts';
import { withRedis } from './redis-session.ts';

/** A change of a server that commands make and commands take back. */
export interface ChangeOfRedis {
  /** Commands that take it back; they do no harm where it was not made. */
  readonly undo: readonly (readonly string[])[];
  /** Makes it, and resolves once it is in effect. */
  readonly make: () => Promise<void>;
}

/**
 * Injects such a change: it is taken back at the fault's end, and when it could be made only in part, or the run is
 * over.
 * @param name of the fault
 * @param plan reads what the server was like, and says what to do
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
