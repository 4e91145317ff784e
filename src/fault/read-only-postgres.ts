import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { ownName } from '../stack/clients/sighting.ts';
import type { PostgresService } from '../stack/postgres/postgres.ts';
import type { Fault, Look } from './fault.ts';
import { appSessions, closeSession, inSession, openSession, sqlState, terminate } from './postgres/postgres-session.ts';
import { unseen } from './unseen.ts';

/** What becomes of the connections that the app has when Postgres turns read-only. */
export interface ReadOnlyOptions {
  /**
   * `keep` (default): they go on, and find it at their next transaction, as behind a pooler that was pointed at the old primary.
   * `cut`: they are ended (57P01), as by a primary that restarts as a standby.
   */
  readonly existing?: 'keep' | 'cut';
}

const harming = ['alter system set default_transaction_read_only = on', 'select pg_reload_conf()'];
const healing = ['alter system reset default_transaction_read_only', 'select pg_reload_conf()'];
/** Milliseconds in which the server has to follow its configuration. */
const followsWithin = 5_000;

/**
 * Postgres as an old primary after a failover: it answers and reads, and refuses to write with 25006. The server's own default is
 * changed, which reaches every session at its next transaction; one that is under way can still write.
 *
 * A session that sets `transaction_read_only` itself writes all the same, and `pg_is_in_recovery()` says false, where a true standby
 * says true.
 */
export function readOnlyPostgres(
  service: PostgresService,
  { existing }: Required<ReadOnlyOptions>,
): Omit<Fault, 'name' | 'kind'> {
  return {
    subject: service,
    holds: ['server'],
    patience: 500,
    look: () => writes(service).catch(unseen),
    async inject(signal) {
      const admin = await openSession(service);
      const settle = service.owe(`readOnly(${service.name})`, healing);
      const heal = async (): Promise<void> => {
        try {
          // This session may have been ended with the app's.
          await follow(service, admin, false).catch(() => inSession(service, (other) => follow(service, other, false)));
          settle();
        } finally {
          await closeSession(admin);
        }
      };
      try {
        await follow(service, admin, true);
        if (existing === 'cut') await terminate(admin, await appSessions(admin, service));
        signal.throwIfAborted();
      } catch (error) {
        await heal();
        throw error;
      }
      return { [Symbol.asyncDispose]: heal };
    },
  };
}

/** Changes the server's configuration and waits until a new session has it. */
async function follow(service: PostgresService, admin: Client, readOnly: boolean): Promise<void> {
  for (const text of readOnly ? harming : healing) await admin.query(text);
  const deadline = performance.now() + followsWithin;
  while ((await writes(service)).seen !== readOnly) {
    if (performance.now() > deadline) {
      throw new Error(
        `Postgres did not follow default_transaction_read_only within ${followsWithin} ms; is it in its settings?`,
      );
    }
    await sleep(5);
  }
}

/** Tries to make a table, in a transaction that is rolled back. */
async function writes(service: PostgresService): Promise<Look> {
  const client = await openSession(service, { own: false });
  try {
    await client.query('begin');
    await client.query(`create table "${ownName}" ()`);
    return { seen: false, detail: 'a write of ours was carried out, and rolled back' };
  } catch (error) {
    if (sqlState(error) !== '25006') throw error;
    return { seen: true, detail: 'a write of ours was refused with 25006' };
  } finally {
    await closeSession(client);
  }
}
