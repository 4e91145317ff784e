import type { PostgresService } from '../../stack/postgres/postgres.ts';
import { called } from '../called.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { heldLock } from './held-lock.ts';
import { sufferingPostgres } from './postgres-session.ts';

/**
 * Modes of a lock, and what each keeps waiting, with the weakest mode that it conflicts with and that none of the app's weaker locks
 * does. PostgreSQL documentation, "Explicit Locking", table 13.2.
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
   * `access exclusive` (default): everything waits, reads too, as during an ALTER TABLE or VACUUM FULL. `exclusive`: reads go on, and
   * nothing else, not even SELECT FOR UPDATE. `share row exclusive` and `share`: what writes waits, as during CREATE INDEX.
   */
  readonly mode?: keyof typeof modes;
}

/**
 * A table is locked by an idle transaction of ours: the app's statements that need it wait until the fault ends, or give up by a
 * time-out of their own.
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
  const { name } = sufferingPostgres(service, 'lockTable');
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
    code: called('lockTable', name, table, mode === 'access exclusive' ? undefined : { mode }),
    kind: 'lockTable',
    ...heldLock(service, {
      take: async (client) => void (await client.query(`lock table ${table} in ${mode} mode`)),
      attempt: (client) => client.query(`lock table ${table} in ${attempted} mode nowait`),
    }),
  });
}
