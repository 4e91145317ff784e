import { Pool } from 'pg';
import type { StatementRecord } from '../../recording/recording.ts';
import { urlOf } from '../clients/postgres-connections.ts';
import { ownName } from '../clients/sighting.ts';
import type { Fact, Observable, Reading } from '../observable.ts';

/**
 * Milliseconds that a connect, and then an answer, may take: a server that is down or paused must not be waited for.
 */
const answersWithin = 1_000;
/** The library that counts statements, where the server has loaded it. */
const statementsLibrary = 'pg_stat_statements';
/** Kinds of statements that are asked for. */
const mostStatements = 200;

/** One row of {@link factsQuery}: numbers as text where they may be large. */
type FactsRow = Readonly<Record<string, string | number | null>>;

/**
 * How a Postgres server is doing, for one database on it.
 *
 * Seen from outside: which connections the app holds, what they do, and whether they wait for each other's locks. What
 * waits within the app for a connection of its pool to become free is not seen by any server. Counts per second are of
 * this database, and come in steps: a backend reports them to the server once a second while it works, and after ten
 * seconds when it does not, so that the last of a run, or before a crash, may be missing. Connections used, checkpoints
 * and the write-ahead log are those of the whole server.
 */
export class PostgresFacts implements Observable {
  readonly #subject: string;
  readonly #database: string;
  readonly #pool: Pool;
  #version = 0;
  /** Whether statements are counted; undefined until the server has been asked. */
  #counts: boolean | undefined;

  /** @param subject the user's name for the service */
  constructor(subject: string, port: number, database: string) {
    this.#subject = subject;
    this.#database = database;
    // In a database of its own, so that nothing of ours is counted in the app's, and the app's can be dropped.
    const connectionString = urlOf('127.0.0.1', port, 'postgres');
    const limits = {
      max: 1,
      allowExitOnIdle: true,
      connectionTimeoutMillis: answersWithin,
      query_timeout: answersWithin,
    };
    this.#pool = new Pool({ connectionString, application_name: ownName, ssl: false, ...limits });
    // A connection that our faults break is made anew by the next call.
    this.#pool.on('error', () => undefined);
  }

  async facts(): Promise<Reading> {
    this.#version ||= await this.#serverVersion();
    const { rows } = await this.#pool.query<FactsRow>({
      name: 'facts',
      text: factsQuery(this.#version),
      values: [this.#database, ownName],
    });
    const row = rows[0] ?? {};
    return { facts: factsOf(row), since: String(row.since ?? '') };
  }

  /**
   * Undefined unless the server has loaded `pg_stat_statements` (13 or later). Times are of execution alone, without
   * planning.
   */
  async statements(): Promise<readonly StatementRecord[] | undefined> {
    this.#counts ??= await this.#countsStatements();
    if (!this.#counts) return undefined;
    const { rows } = await this.#pool.query<{ query: string; calls: string; total: number }>(
      `select query, sum(calls)::text as calls, sum(total_exec_time) as total
       from pg_stat_statements join pg_database on pg_database.oid = dbid where datname = $1
       group by query order by total desc limit ${mostStatements}`,
      [this.#database],
    );
    return rows.map(({ query, calls, total }) => ({
      subject: this.#subject,
      text: query.replace(/\s+/g, ' ').trim(),
      calls: Number(calls),
      total,
    }));
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #serverVersion(): Promise<number> {
    const { rows } = await this.#pool.query<{ server_version_num: string }>('show server_version_num');
    return Number(rows[0]?.server_version_num);
  }

  async #countsStatements(): Promise<boolean> {
    this.#version ||= await this.#serverVersion();
    const { rows } = await this.#pool.query<{ libraries: string }>(
      "select current_setting('shared_preload_libraries') as libraries",
    );
    if (this.#version < 130_000 || !rows[0]?.libraries.includes(statementsLibrary)) return false;
    await this.#pool.query(`create extension if not exists ${statementsLibrary}`);
    return true;
  }
}

/** What the server knows, in one row. The counts of checkpoints moved in version 17. */
function factsQuery(version: number): string {
  const checkpoints =
    version >= 170_000
      ? 'select num_timed + num_requested as done, stats_reset from pg_stat_checkpointer'
      : 'select checkpoints_timed + checkpoints_req as done, stats_reset from pg_stat_bgwriter';
  return `
    with clients as (
      select state, wait_event_type, xact_start, datname, application_name from pg_stat_activity where backend_type = 'client backend'
    ), theirs as (select * from clients where datname = $1 and application_name <> $2)
    select
      (select count(*) from clients) as clients,
      current_setting('max_connections') as most,
      (select count(*) from theirs where state = 'active') as active,
      (select count(*) from theirs where state = 'idle') as idle,
      (select count(*) from theirs where state like 'idle in transaction%') as idle_in_transaction,
      (select count(*) from theirs where xact_start is not null) as transactions,
      (select count(*) from theirs where wait_event_type = 'Lock') as lock_waits,
      (select coalesce(extract(epoch from max(clock_timestamp() - xact_start)) * 1000, 0) from theirs) as longest,
      (select done from (${checkpoints}) checkpoints) as checkpoints,
      (select stats_reset::text from (${checkpoints}) checkpoints) as since,
      case when pg_is_in_recovery() then null else pg_current_wal_lsn() - '0/0' end as wal,
      xact_commit, xact_rollback, deadlocks, blks_hit, blks_hit + blks_read as blks
    from pg_stat_database where datname = $1`;
}

function factsOf(row: FactsRow): Fact[] {
  const number = (column: string): number => Number(row[column] ?? Number.NaN);
  return [
    { name: 'active connections', unit: 'count', value: number('active') },
    { name: 'idle connections', unit: 'count', value: number('idle') },
    { name: 'idle in transaction', unit: 'count', value: number('idle_in_transaction') },
    { name: 'connections used', unit: '%', value: (100 * number('clients')) / number('most') },
    { name: 'open transactions', unit: 'count', value: number('transactions') },
    { name: 'lock waits', unit: 'count', value: number('lock_waits') },
    { name: 'longest transaction', unit: 'ms', value: number('longest') },
    { name: 'transactions committed', counted: number('xact_commit') },
    { name: 'transactions rolled back', counted: number('xact_rollback') },
    { name: 'deadlocks', counted: number('deadlocks') },
    { name: 'cache hits', part: number('blks_hit'), of: number('blks') },
    { name: 'checkpoints', counted: number('checkpoints') },
    { name: 'WAL bytes', counted: number('wal') },
  ];
}
