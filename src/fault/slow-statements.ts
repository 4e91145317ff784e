import { performance } from 'node:perf_hooks';
import type { Client } from 'pg';
import { type Duration, milliseconds, readable } from '../duration.ts';
import type { PostgresService } from '../stack/postgres.ts';
import { type LastingFault, lasting } from './fault.ts';
import { closeSession, openSession, sufferingPostgres, unseen } from './postgres-session.ts';

/** Which statements are slow, and how much. */
export interface SlowOptions {
  /** Matched with the text as the driver sends it, with `$1` for parameters; of a prepared statement the text that it was prepared from. */
  readonly matching: RegExp;
  /** How long each waits before it goes on to the server; at least 1 ms. */
  readonly by: Duration;
}

/**
 * Chosen statements reach the server later by a time, whatever the driver and however long ago they were prepared; all others pass.
 * What comes behind one on its connection waits too. The service has to be made with `postgres({ statements: true })`.
 *
 * The server does not know of the wait: `statement_timeout` does not count it, a cancel does not end it, and no lock is held by it
 * that was not held before. A fault that no statement has matched by its end did not happen.
 * @throws TypeError when the service can't do it, the pattern is none, or the time is no duration; RangeError when it is under 1 ms
 */
export function slowStatements(service: PostgresService, options: SlowOptions): LastingFault {
  const { name, wire } = sufferingPostgres(service, 'slowStatements');
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
  let slowed: Awaited<ReturnType<typeof wire.slow>> | undefined;
  let looks = 0;
  const look = async () => {
    if (!slowed) return { seen: false, detail: 'no statement was slowed down' };
    looks += 1;
    const { canary } = slowed;
    // A server that was started anew meanwhile has forgotten us.
    const took = await timeOf(canary).catch(() =>
      disconnect()
        .then(connect)
        .then(() => timeOf(canary)),
    );
    const matched = await slowed.matched();
    const count = `${matched} ${matched === 1 ? 'statement' : 'statements'} of the app had matched`;
    // None need have come at once; none until the end means that the pattern is wrong, or the app did something else.
    return {
      seen: took >= delay - 1 && (matched > 0 || looks === 1),
      detail: `a statement of ours took ${readable(took)}, and ${count}`,
    };
  };
  /** Kept while the fault lasts: with a server that is full as well, another one could not be had. */
  let session: Client | undefined;
  const timeOf = async (text: string): Promise<number> => {
    const begin = performance.now();
    await session?.query(text);
    return performance.now() - begin;
  };
  /** Around the fault proxy and through the relay: what else is done to the wire is not to be taken for this. */
  const connect = async (): Promise<void> => {
    session = await openSession(service, { port: wire.port });
  };
  const disconnect = async (): Promise<void> => {
    if (session) await closeSession(session);
    session = undefined;
  };
  return lasting({
    name: `slowStatements(${name}, ${String(matching)}, ${readable(delay)})`,
    kind: 'slowStatements',
    subject: service,
    holds: [`statements ${String(matching)}`],
    patience: delay + 500,
    look: () => look().catch(unseen),
    async inject() {
      await connect();
      const started = await wire.slow(matching, delay).catch(async (error: unknown) => {
        await disconnect();
        throw error;
      });
      slowed = started;
      looks = 0;
      return {
        async [Symbol.asyncDispose]() {
          await started[Symbol.asyncDispose]();
          await disconnect();
        },
      };
    },
  });
}
