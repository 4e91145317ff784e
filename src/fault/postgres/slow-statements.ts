import { type Duration, milliseconds, readable } from '../../duration.ts';
import type { PostgresService } from '../../stack/postgres/postgres.ts';
import { writeCall } from '../code.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { slowAtWire } from '../slow-at-wire.ts';
import { closeSession, openSession, requirePostgresService } from './postgres-session.ts';

/** Which statements {@link slowStatements} delays, and how much. */
export interface SlowOptions {
  /**
   * Matched with the text as the driver sends it, with `$1` for parameters; of a prepared statement the text that it
   * was prepared from.
   */
  readonly matching: RegExp;
  /** How long each waits before it goes on to the server; at least 1 ms. */
  readonly by: Duration;
}

/**
 * Chosen statements reach the server later by a time, whatever the driver and however long ago they were prepared; all
 * others pass. What comes behind one on its connection waits too. The service has to be made with
 * `postgres({ statements: true })`.
 *
 * The server does not know of the wait: `statement_timeout` does not count it, a cancel does not end it, and no lock is
 * held by it that was not held before. A fault that no statement has matched by its end did not happen.
 * @throws TypeError when the service can't do it, the pattern is none, or the time is not a duration; RangeError when
 *   it is under 1 ms
 */
export function slowStatements(service: PostgresService, options: SlowOptions): LastingFault {
  const { name, wire } = requirePostgresService(service, 'slowStatements');
  const { matching, by } = options ?? {};
  if (!(matching instanceof RegExp)) {
    throw new TypeError(
      `slowStatements(${name}): matching must be a RegExp such as /insert into orders/i; got ${String(matching)}`,
    );
  }
  const delay = milliseconds(by, `slowStatements(${name}) by`);
  if (delay < 1) throw new RangeError(`slowStatements(${name}): by must be at least 1 ms; got ${by}`);
  if (!wire) {
    throw new TypeError(
      `slowStatements(${name}): nothing there can tell one statement from another; make the service with postgres({ statements: true })`,
    );
  }
  return lasting({
    name: `slowStatements(${name}, ${String(matching)}, ${readable(delay)})`,
    code: writeCall('slowStatements', name, options),
    kind: 'slowStatements',
    subject: service,
    holds: [`statements ${String(matching)}`],
    ...slowAtWire({
      delay,
      unit: 'statement',
      begin: () => wire.slow(matching, delay),
      async open() {
        const client = await openSession(service, { port: wire.port });
        return { ask: (text) => client.query(text), close: () => closeSession(client) };
      },
    }),
  });
}
