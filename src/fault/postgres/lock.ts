import type { Client } from 'pg';
import type { PostgresService } from '../../stack/postgres/postgres.ts';
import { writeCall } from '../code.ts';
import { type Fault, type LastingFault, type Look, lasting } from '../fault.ts';
import { reportUnseen } from '../unseen.ts';
import {
  closeSession,
  openSession,
  pidOf,
  requirePostgresService,
  sqlStateOf,
  terminate,
  withSession,
} from './postgres-session.ts';

const locking = /\bfor\s+(no\s+key\s+)?update(\s+of\s+[\w".,\s]+?)?\s*;?\s*$/i;

/**
 * Rows are locked by an idle transaction of ours: what updates, deletes or locks them waits until the fault ends, or
 * gives up by a time-out of its own. Locked are those that the statement finds when the fault begins; they are waited
 * for at most 5 s.
 * @param statement a SELECT that ends with FOR UPDATE or FOR NO KEY UPDATE:
 *   `select from stock where sku = 'A' for update`
 * @param values for its parameters, `$1` and so on
 * @throws TypeError when the statement ends otherwise, or the service is no Postgres
 */
export function lockRows(service: PostgresService, statement: string, values: readonly unknown[] = []): LastingFault {
  const { name } = requirePostgresService(service, 'lockRows');
  if (typeof statement !== 'string' || !locking.test(statement)) {
    throw new TypeError(
      `lockRows(${name}): the statement must end with FOR UPDATE or FOR NO KEY UPDATE, and nothing behind it; got ${JSON.stringify(statement)}`,
    );
  }
  const text = statement.replace(/\s*;?\s*$/, '');
  const oneLine = text.replaceAll(/\s+/g, ' ');
  return lasting({
    name: `lockRows(${name}, ${oneLine})`,
    // In a literal, a quoted name or a comment a space more or less is another statement.
    code: writeCall('lockRows', name, /['"]|--|\$[a-z_]*\$/i.test(text) ? text : oneLine, values),
    kind: 'lockRows',
    ...holdLock(service, {
      async take(client) {
        const { rowCount } = await client.query(text, [...values]);
        if (!rowCount) throw new Error(`it locked no row: ${text} found none when the fault began`);
      },
      attempt: (client) => client.query(`${text} nowait`, [...values]),
    }),
  });
}

/**
 * Modes of a lock, and what each keeps waiting, with the weakest mode that it conflicts with and that none of the app's
 * weaker locks does. PostgreSQL documentation, "Explicit Locking", table 13.2.
 */
const modes = {
  'access exclusive': 'access share',
  exclusive: 'row share',
  'share row exclusive': 'row exclusive',
  share: 'row exclusive',
} as const;

/** How a table is locked. */
export interface TableLock {
  /**
   * `access exclusive` (default): everything waits, reads too, as during an ALTER TABLE or VACUUM FULL. `exclusive`:
   * reads go on, and nothing else, not even SELECT FOR UPDATE. `share row exclusive` and `share`: what writes waits, as
   * during CREATE INDEX.
   */
  readonly mode?: keyof typeof modes;
}

/**
 * A table is locked by an idle transaction of ours: the app's statements that need it wait until the fault ends, or
 * give up by a time-out of their own.
 *
 * The lock is waited for like any other, at most 5 s: statements that come meanwhile queue up behind it.
 * @param table as in SQL, with its schema where it needs one
 * @throws TypeError when the mode is none of these, the table is no name, or the service is no Postgres
 */
export function lockTable(
  service: PostgresService,
  table: string,
  { mode = 'access exclusive' }: TableLock = {},
): LastingFault {
  const { name } = requirePostgresService(service, 'lockTable');
  const attempted = modes[mode];
  if (attempted === undefined) {
    throw new TypeError(
      `lockTable(${name}): mode must be one of ${Object.keys(modes).join(', ')}; got ${JSON.stringify(mode)}`,
    );
  }
  if (
    typeof table !== 'string' ||
    !/^("([^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(\.("([^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*))?$/u.test(table)
  ) {
    throw new TypeError(
      `lockTable(${name}): the table must be a name as in SQL, such as orders; got ${JSON.stringify(table)}`,
    );
  }
  return lasting({
    name: `lockTable(${name}, ${table}${mode === 'access exclusive' ? '' : `, ${mode}`})`,
    code: writeCall('lockTable', name, table, mode === 'access exclusive' ? undefined : { mode }),
    kind: 'lockTable',
    ...holdLock(service, {
      take: async (client) => void (await client.query(`lock table ${table} in ${mode} mode`)),
      attempt: (client) => client.query(`lock table ${table} in ${attempted} mode nowait`),
    }),
  });
}

/** What is to be locked, and how it is seen that it is. */
interface LockPlan {
  /** Takes the lock, in a transaction that has begun. @throws Error when there is nothing to lock */
  readonly take: (client: Client) => Promise<void>;
  /** Tries in another transaction to have what a lock of that kind keeps from others, without waiting. */
  readonly attempt: (client: Client) => Promise<unknown>;
}

/** Milliseconds that the lock is waited for: the app may hold it. */
const takenWithin = 5_000;

/** A lock that is held by an idle transaction of ours while the fault lasts. */
function holdLock(
  service: PostgresService,
  { take, attempt }: LockPlan,
): Pick<Fault, 'subject' | 'holds' | 'patience' | 'look' | 'inject'> {
  let holder: Client | undefined;
  return {
    subject: service,
    holds: ['server'],
    patience: 500,
    async look() {
      if (!holder) return { seen: false, detail: 'no lock was held' };
      // Locks last as long as their transaction: while it answers they are there, and what fails is not the app's doing
      // alone.
      return holder.query('select 1').then(() => tryLock(service, attempt), reportUnseen);
    },
    async inject(signal) {
      const client = await openSession(service);
      const free = async (): Promise<void> => {
        holder = undefined;
        await closeSession(client);
      };
      // A backend that waits for a lock does not notice that its client is gone, and others queue up behind it.
      let callOff = (): void => undefined;
      try {
        const pid = await pidOf(client);
        callOff = () => void withSession(service, (other) => terminate(other, [pid])).catch(reportUnseen);
        signal.addEventListener('abort', callOff, { once: true });
        await client.query(`begin; set local lock_timeout = ${takenWithin}`);
        await take(client);
        signal.throwIfAborted();
      } catch (error) {
        await free();
        signal.throwIfAborted();
        if (sqlStateOf(error) !== '55P03') throw error;
        throw new Error(
          `the lock could not be had within ${takenWithin} ms, for the app holds it: begin at another time`,
          { cause: error },
        );
      } finally {
        signal.removeEventListener('abort', callOff);
      }
      holder = client;
      return { [Symbol.asyncDispose]: free };
    },
  };
}

async function tryLock(service: PostgresService, attempt: LockPlan['attempt']): Promise<Look> {
  return withSession(service, async (client) => {
    try {
      await client.query('begin');
      await attempt(client);
      return { seen: false, detail: 'a try of ours to lock it succeeded' };
    } catch (error) {
      const state = sqlStateOf(error);
      return state === '55P03'
        ? { seen: true, detail: 'a try of ours to lock it was refused with 55P03' }
        : reportUnseen(error);
    }
  }).catch(reportUnseen);
}
