import type { PostgresService } from '../../stack/postgres/postgres.ts';
import { called } from '../called.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { heldLock } from './held-lock.ts';
import { sufferingPostgres } from './postgres-session.ts';

const locking = /\bfor\s+(no\s+key\s+)?update(\s+of\s+[\w".,\s]+?)?\s*;?\s*$/i;

/**
 * Rows are locked by an idle transaction of ours: what updates, deletes or locks them waits until the fault ends, or gives up by a
 * time-out of its own. Locked are those that the statement finds when the fault begins; they are waited for at most 5 s.
 * @param statement a SELECT that ends with FOR UPDATE or FOR NO KEY UPDATE: `select from stock where sku = 'A' for update`
 * @param values for its parameters, `$1` and so on
 * @throws TypeError when the statement ends otherwise, or the service is no Postgres
 */
export function lockRows(service: PostgresService, statement: string, values: readonly unknown[] = []): LastingFault {
  const { name } = sufferingPostgres(service, 'lockRows');
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
    code: called('lockRows', name, /['"]|--|\$[a-z_]*\$/i.test(text) ? text : oneLine, values),
    kind: 'lockRows',
    ...heldLock(service, {
      async take(client) {
        const { rowCount } = await client.query(text, [...values]);
        if (!rowCount) throw new Error(`it locked no row: ${text} found none when the fault began`);
      },
      attempt: (client) => client.query(`${text} nowait`, [...values]),
    }),
  });
}
