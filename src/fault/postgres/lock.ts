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
 * An idle transaction of our own locks the rows that the statement finds when the fault begins. A statement that
 * updates, deletes or locks them waits until the fault ends, or until its own time-out. We wait at most 5 s for the
 * lock.
 * @param statement a SELECT that ends with FOR UPDATE or FOR NO KEY UPDATE:
 *   `select from stock where sku = 'A' for update`
 * @param values for its parameters, `$1` and so on
 * @throws TypeError when the statement ends otherwise, or the service is not Postgres
 */
export function lockRows(service: PostgresService, statement: string, values: readonly unknown[] = []): LastingFault {
  const { name } = requirePostgresService(service, 'lockRows');
  if (typeof statement !== 'string' || !locking.test(statement)) {
    throw new TypeError(
      `lockRows(${name}): the statement must end with FOR UPDATE or FOR NO KEY UPDATE; got ${JSON.stringify(statement)}`,
    );
  }
  const text = statement.replace(/\s*;?\s*$/, '');
  const oneLine = text.replaceAll(/\s+/g, ' ');
  return lasting({
    name: `lockRows(${name}, ${oneLine})`,
    // In a literal, a quoted name or a comment, spaces are part of the statement.
    code: writeCall('lockRows', name, /['"]|--|\$[a-z_]*\$/i.test(text) ? text : oneLine, values),
    kind: 'lockRows',
    ...holdLock(service, {
      async take(client) {
        const { rowCount } = await client.query(text, [...values]);
        if (!rowCount) throw new Error(`it locked no row: ${text} found none at the begin of the fault`);
      },
      attempt: (client) => client.query(`${text} nowait`, [...values]),
    }),
  });
}

/**
 * Modes of a lock, each with the weakest mode that it conflicts with. PostgreSQL documentation, "Explicit Locking",
 * table 13.2.
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
 * An idle transaction of our own locks a table. The app's statements that need the table wait until the fault ends, or
 * until their own time-out.
 *
 * We wait at most 5 s for the lock. Statements that come meanwhile queue up behind it.
 * @param table as in SQL, with its schema where it needs one
 * @throws TypeError when the mode is another, the table is not a name, or the service is not Postgres
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

/** What to lock, and how to see that it is locked. */
interface LockPlan {
  /** Takes the lock, in a transaction that has begun. @throws Error when there is nothing to lock */
  readonly take: (client: Client) => Promise<void>;
  /** Tries in another transaction, without waiting, to take a lock that conflicts. */
  readonly attempt: (client: Client) => Promise<unknown>;
}

/** Maximum time (ms) to wait for the lock: the app may hold it. */
const takenWithin = 5_000;

/** A fault that holds a lock in an idle transaction of our own. */
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
      // A backend that waits for a lock does not notice that its client is gone, and others would queue up behind it.
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
          `the lock could not be taken within ${takenWithin} ms, because the app holds it: begin at another time`,
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
      return { seen: false, detail: 'our attempt to lock it succeeded' };
    } catch (error) {
      const state = sqlStateOf(error);
      return state === '55P03'
        ? { seen: true, detail: 'our attempt to lock it was refused with 55P03' }
        : reportUnseen(error);
    }
  }).catch(reportUnseen);
}
