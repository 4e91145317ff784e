import { type Duration, milliseconds, readable } from '../../duration.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import { writeCall } from '../code.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { slowAtWire } from '../slow-at-wire.ts';
import { openRedis, requireRedisService } from './redis-session.ts';

/** Which commands are slow, and how much. */
export interface SlowCommandOptions {
  /**
   * The name of a command in any case, `'brpoplpush'`, or a pattern for the command and its words with a space between
   * them, as far as 4 KiB of it: `/^set order:\d+/i`. Default: every command.
   */
  readonly matching?: string | RegExp;
  /** How long each waits before it goes on to the server; at least 1 ms. */
  readonly by: Duration;
}

/**
 * Chosen commands reach the server later by a time; all others pass. What comes behind one on its connection waits too,
 * as in Redis. The service has to be made with `redis({ commands: true })`.
 *
 * Unlike a command that Redis itself takes long for, it keeps nobody else waiting: for that there are `slow` and
 * `pause`. In a transaction each command waits by itself, and a script is known by EVALSHA and its hash. A fault that
 * no command has matched by its end did not happen.
 * @throws TypeError when the service can't do it, the pattern is none, or the time is no duration; RangeError when it
 *   is under 1 ms
 */
export function slowCommands(service: RedisService, options: SlowCommandOptions): LastingFault {
  const { name: target, wire } = requireRedisService(service, 'slowCommands');
  const { matching, by } = options ?? {};
  const pattern = patternOf(matching, target);
  const delay = milliseconds(by, `slowCommands(${target}) by`);
  if (delay < 1) throw new RangeError(`slowCommands(${target}): by must be at least 1 ms; got ${by}`);
  if (!wire) {
    throw new TypeError(
      `slowCommands(${target}): nothing there can tell one command from another; make the service with redis({ commands: true })`,
    );
  }
  const which = matching === undefined ? 'all' : String(matching);
  return lasting({
    name: `slowCommands(${target}, ${which}, ${readable(delay)})`,
    code: writeCall('slowCommands', target, options),
    kind: 'slowCommands',
    subject: service,
    holds: [`commands ${which}`],
    ...slowAtWire({
      delay,
      unit: 'command',
      begin: () => wire.slow(pattern, delay),
      async open() {
        const connection = openRedis(service, { port: wire.port, within: delay + 5_000 });
        try {
          await connection.command('ping');
        } catch (error) {
          connection.close();
          throw error;
        }
        return { ask: (text) => connection.command(...text.split(' ')), close: async () => connection.close() };
      },
    }),
  });
}

function patternOf(matching: SlowCommandOptions['matching'], target: string): RegExp {
  if (matching === undefined) return /^/;
  if (matching instanceof RegExp) return matching;
  if (typeof matching === 'string' && /^[a-z][\w.-]*(?: [a-z][\w-]*)?$/i.test(matching)) {
    return new RegExp(`^${matching.replaceAll('.', '\\.')}(?![^ ])`, 'i');
  }
  throw new TypeError(
    `slowCommands(${target}): matching must be a command such as 'brpoplpush', or a RegExp such as /^set order:/i; got ${JSON.stringify(matching) ?? String(matching)}`,
  );
}
