import type { Pool } from 'pg';
import type { StatementRecord } from '../../recording/recording.ts';
import type { StatementWire } from '../../wire/start.ts';
import { Hosted } from '../clients/hosted.ts';
import { mustAnswer, openDirectPool, urlOf } from '../clients/postgres-connections.ts';
import { ownName, sight } from '../clients/sighting.ts';
import { transferFromPostgres } from '../clients/transfer.ts';
import type { Owe } from '../debt.ts';
import type { Observable, Reading } from '../observable.ts';
import type { Server } from '../server.ts';
import type { FaultProxy, Killable, Pausable, Service, Sighting, Transfer } from '../service.ts';
import { PostgresFacts } from './postgres-facts.ts';
import { startPostgresConversation } from './postgres-protocol.ts';

/** A PostgreSQL server with a database of the test's own. */
export interface PostgresService extends Service, Killable, Pausable, Observable {
  /**
   * Where chosen statements can be delayed on their way to the server; undefined unless the service was made with
   * `statements: true`.
   */
  readonly wire: StatementWire | undefined;
  /**
   * Rows of a statement, around the proxy. Types are as node-postgres gives them (bigint as string), but for
   * DATE and TIMESTAMP without a zone, which are the text that Postgres writes.
   * @throws Error of node-postgres when the statement fails, or no answer came within a minute
   */
  query<Row = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /**
   * Resolves when a query around the proxy succeeds.
   * @param timeout milliseconds
   * @throws Error with the end of the server's log when it ended, or the time is over
   */
  readyToServe(timeout: number): Promise<void>;
  /**
   * Notes, before a change of the server is made that would outlive this process, the statements that undo it: sent one
   * by one, in the database `postgres`, should this process end with the server still up. They must do no harm when
   * there is nothing to undo.
   * @param what for messages: `readOnly(db)`
   * @returns settles it, once it has been undone
   */
  owe(what: string, statements: readonly string[]): () => void;
}

/** What a {@link Database} is made of. */
export interface DatabaseParts extends Pick<PostgresService, 'name' | 'proxy' | 'wire'> {
  readonly database: string;
  readonly server: Server;
  readonly owe: Owe;
}

/** One test's database on a server that may have had others. */
export class Database extends Hosted implements PostgresService {
  readonly name: string;
  readonly kind = 'postgres';
  readonly proxy: FaultProxy;
  readonly wire: StatementWire | undefined;
  readonly widen?: StatementWire['widen'];
  readonly database: string;
  readonly #facts: PostgresFacts;
  #pool: Pool;

  constructor({ name, database, server, proxy, wire, owe }: DatabaseParts) {
    super(server, owe);
    this.name = name;
    this.database = database;
    this.proxy = proxy;
    this.wire = wire;
    if (wire) this.widen = (upTo, seed) => wire.widen(upTo, seed);
    this.#pool = openDirectPool(server.port, database);
    this.#facts = new PostgresFacts(name, server.port, database);
  }

  get url(): string {
    return urlOf(this.proxy.host, this.proxy.port, this.database);
  }

  get directUrl(): string {
    return urlOf('127.0.0.1', this.server.port, this.database);
  }

  sight(via: 'proxy' | 'direct', timeout = 500): Promise<Sighting> {
    const address = via === 'proxy' ? this.proxy : { host: '127.0.0.1', port: this.server.port };
    return sight(address, startPostgresConversation(this.database), timeout);
  }

  transfer(bytes: number, timeout: number): Promise<Transfer> {
    return transferFromPostgres(this.url, bytes, timeout);
  }

  async connections(): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      "select count(*)::int as count from pg_stat_activity where backend_type = 'client backend' and datname = current_database() and application_name <> $1",
      [ownName],
    );
    return row?.count ?? 0;
  }

  async query<Row = Record<string, unknown>>(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    // Without parameters it is sent as a simple query, which may hold several statements.
    const result = await (params.length > 0 ? this.#pool.query(text, [...params]) : this.#pool.query(text));
    const last: { rows: Row[] } | undefined = Array.isArray(result) ? result.at(-1) : result;
    return last?.rows ?? [];
  }

  readyToServe(timeout: number): Promise<void> {
    return this.server.ready(() => mustAnswer(this.server.port, this.database), timeout);
  }

  owe(what: string, statements: readonly string[]): () => void {
    return this.debts(what, { postgres: this.server.port, statements });
  }

  facts(): Promise<Reading> {
    return this.#facts.facts();
  }

  statements(): Promise<readonly StatementRecord[] | undefined> {
    return this.#facts.statements();
  }

  /** Leaves connections that went with the database they were to. */
  async reconnect(): Promise<void> {
    const before = this.#pool;
    this.#pool = openDirectPool(this.server.port, this.database);
    await before.end();
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#facts.close()]);
  }
}
