import { type Duration, milliseconds, readable } from '../../duration.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import { writeCall } from '../code.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { slowAtWire } from '../slow-at-wire.ts';
import { openRedis, requireRedisService } from './redis-session.ts';

/** Which commands {@link slowCommands} delays, and how much. */
export interface SlowCommandOptions {
  /**
   * The name of a command in any case, `'brpoplpush'`, or a pattern for the command and its arguments, joined by
   * spaces: `/^set order:\d+/i`. The pattern sees the first 4 KiB. Default: every command.
   */
  readonly matching?: string | RegExp;
  /** Delay of each before it goes on to the server; at least 1 ms. */
  readonly by: Duration;
}

/**
 * Matching commands reach the server later by `by`; all others pass. A command behind one on the same connection waits
 * too, as in Redis. The service must be made with `redis({ commands: true })`.
 *
 * Other connections do not wait, unlike behind a command that Redis itself takes long for: use `slow` or `pause` for
 * that. In a transaction each command waits by itself. A script is matched by EVALSHA and its hash. A fault that no
 * command has matched by its end did not happen.
 * @throws TypeError when the service can't do it, `matching` is not a pattern, or `by` is not a duration; RangeError
 *   when `by` is under 1 ms
 */
export function slowCommands(service: RedisService, options: SlowCommandOptions): LastingFault {
  const { name: target, wire } = requireRedisService(service, 'slowCommands');
  const { matching, by } = options ?? {};
  const pattern = patternOf(matching, target);
  const delay = milliseconds(by, `slowCommands(${target}) by`);
  if (delay < 1) throw new RangeError(`slowCommands(${target}): by must be at least 1 ms; got ${by}`);
  if (!wire) {
    throw new TypeError(
      `slowCommands(${target}) needs a relay that reads commands: make the service with redis({ commands: true })`,
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
