import type { PostgresService } from '../stack/postgres.ts';
import { type LastingFault, lasting } from './fault.ts';
import { sufferingPostgres } from './postgres-session.ts';
import { type ReadOnlyOptions, readOnlyPostgres } from './read-only-postgres.ts';

/**
 * The server answers and reads, and refuses to write, as an old primary after a failover.
 * @throws TypeError when an option has no meaning, or the service can't be made read-only
 */
export function readOnly(service: PostgresService, options: ReadOnlyOptions = {}): LastingFault {
  const { name } = sufferingPostgres(service, 'readOnly');
  return lasting({
    name: `readOnly(${name}${options.existing === 'cut' ? ', cut' : ''})`,
    kind: 'readOnly',
    ...readOnlyPostgres(service, options),
  });
}
