import type { App } from '../../stack/app/app.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import type { Service } from '../../stack/service.ts';
import { requireService } from '../fault.ts';
import { withRedis } from '../redis/redis-session.ts';
import { isApp } from './app-subject.ts';

/** Further option of `crash` and `restart` for Redis. */
export interface Emptied {
  /** Redis comes back without its data, as from a lost disk, or without persistence. Default false. */
  readonly emptied?: boolean;
}

/**
 * What empties a server while no client can reach it; undefined when its data stay.
 * @throws TypeError when the option has no meaning, or the subject is not Redis
 */
export function planEmptying(
  subject: Service | App,
  kind: string,
  { emptied = false }: Emptied,
): (() => Promise<void>) | undefined {
  if (emptied === false) return undefined;
  const { name, kind: got } = isApp(subject) ? { name: subject.name, kind: 'the app' } : requireService(subject, kind);
  if (emptied !== true) {
    throw new TypeError(`${kind}(${name}): emptied must be true or false; got ${JSON.stringify(emptied)}`);
  }
  if (got !== 'redis' || !('command' in subject)) {
    throw new TypeError(`${kind}(${name}, { emptied: true }) is for Redis; ${name} is ${got}`);
  }
  const redis = subject as RedisService;
  return () =>
    withRedis(redis, async (connection) => {
      await connection.command('flushall');
      // Functions exist since version 7.
      await connection.command('function', 'flush').catch(ignoreUnknownCommand);
    });
}

function ignoreUnknownCommand(error: unknown): void {
  if (!(error instanceof Error && error.message.startsWith('ERR unknown command'))) throw error;
}
