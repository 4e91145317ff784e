import type { App } from '../../stack/app/app.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import type { Service } from '../../stack/service.ts';
import { requireService } from '../fault.ts';
import { withRedis } from '../redis/redis-session.ts';
import { isApp } from './app-subject.ts';

/** What `crash` and `restart` of a Redis may be told besides. */
export interface Emptied {
  /** It comes back without its data, whatever it keeps: as from a disk that was lost, or without one. Default false. */
  readonly emptied?: boolean;
}

/**
 * How a server's data go while nobody can reach it; undefined when they stay.
 * @throws TypeError when there is no such way
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
      // Before version 7 there are none.
      await connection.command('function', 'flush').catch(ignoreUnknownCommand);
    });
}

function ignoreUnknownCommand(error: unknown): void {
  if (!(error instanceof Error && error.message.startsWith('ERR unknown command'))) throw error;
}
