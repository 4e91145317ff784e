// Faults that are done inside Postgres: locks, connections, sessions, statements.
// Begin here, then lock.ts. Everything goes around the fault proxy; the wire to the app is not touched.

import { Client, DatabaseError } from 'pg';
import { ownName } from '../../stack/clients/sighting.ts';
import type { PostgresService } from '../../stack/postgres/postgres.ts';
import { requireService } from '../fault.ts';

/** Maximum time (ms) for our session to connect. */
const connectsWithin = 5_000;
/**
 * A session of ours that hears nothing from us for so long is ended by the server: the second net, if our process
 * should hang.
 */
const forgottenAfter = '10min';

/** Checks that a fault of Postgres was given a Postgres service. @throws TypeError when it was not */
export function requirePostgresService(service: PostgresService, kind: string): PostgresService {
  const { name, kind: got } = requireService(service, kind);
  if (got === 'postgres' && 'query' in service) return service;
  throw new TypeError(`${kind}() is a fault of Postgres; ${name} is ${got}`);
}

/** Where a session goes. */
interface SessionOptions {
  /** Default: the test's own. */
  readonly database?: string;
  /** Default: the server's port. */
  readonly port?: number;
  /** Whether it may write when others may not. Default true. */
  readonly own?: boolean;
}

/**
 * A session of ours, around the proxy, that the app's are told from by its name. It ends with our process.
 * @throws Error of node-postgres when the server does not take it
 */
export async function openSession(
  service: PostgresService,
  { database, port, own = true }: SessionOptions = {},
): Promise<Client> {
  const url = new URL(service.directUrl);
  if (database !== undefined) url.pathname = `/${database}`;
  if (port !== undefined) url.port = String(port);
  const client = new Client({
    connectionString: url.href,
    application_name: ownName,
    ssl: false,
    connectionTimeoutMillis: connectsWithin,
    options: `-c idle_in_transaction_session_timeout=${forgottenAfter}${own ? ' -c default_transaction_read_only=off' : ''}`,
  });
  // The next use of a broken session reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    // Closes what is left of the attempt.
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** Does some work in a new session, and closes it. */
export async function withSession<T>(service: PostgresService, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openSession(service);
  try {
    return await work(client);
  } finally {
    await closeSession(client);
  }
}

/** Ends a session; what it held is let go, and one that broke is fine. */
export async function closeSession(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}

/** The SQLSTATE of what a server refused, such as `53300`; undefined when it was not the server that did. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** Process ids of the app's sessions: those with the test's database that are not ours. */
export async function listAppSessions(client: Client, service: PostgresService): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    "select pid from pg_stat_activity where backend_type = 'client backend' and datname = $1 and application_name <> $2",
    [databaseOf(service), ownName],
  );
  return rows.map(({ pid }) => pid);
}

/** Process id of the server's side of a session. */
export async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? Number.NaN;
}

/** Ends sessions as an administrator would: each client hears 57P01. */
export async function terminate(client: Client, pids: readonly number[]): Promise<void> {
  await client.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids]);
}

function databaseOf(service: PostgresService): string {
  return decodeURIComponent(new URL(service.directUrl).pathname.slice(1));
}
