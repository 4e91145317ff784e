// The service postgres(): its server, a database for each test, what is known of it while it runs.
// Begin with postgres() below; postgres-program.ts says how the server runs. Never imports redis, tcp or app.

import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { mustKnow } from '../../known-options.ts';
import { type StatementWire, startStatementWire } from '../../wire/start.ts';
import { mustAnswer, openDirectPool, urlOf, withAdministrator } from '../clients/postgres-connections.ts';
import { ownName } from '../clients/sighting.ts';
import type { Owe } from '../debt.ts';
import { imageFor } from '../runtimes/containers/images.ts';
import type { Server } from '../server.ts';
import type { FaultProxy, ServiceDefinition, ServiceServer } from '../service.ts';
import { Database, type PostgresService } from './postgres-database.ts';
import { postgresProgram } from './postgres-program.ts';
import { applySchema, type LoadedSchema, loadSchema, type Schema } from './postgres-schema.ts';

export type { PostgresService } from './postgres-database.ts';

/** What {@link postgres} takes. */
export interface PostgresOptions {
  /** Applied once, into the template that every test's database is copied from. */
  readonly schema?: Schema;
  /** As in `postgresql.conf`; they win over ours, which are `fsync=off` and `max_connections=100`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** What runs in containers. Default `BREAKING_POINT_POSTGRES_IMAGE`, else the official image. */
  readonly image?: string;
  /**
   * Puts a relay that reads the protocol between the fault proxy and the server, for faults and races that need to tell
   * one statement from another: `slowStatements`, and `race({ widen })`. It takes a process, and a fraction of a
   * millisecond for each statement. Default false.
   */
  readonly statements?: boolean;
}

const template = 'breaking_point_template';
/** Milliseconds in which a server that runs has to answer between two tests. */
const healthyWithin = 5_000;

/**
 * A real PostgreSQL server for a test file, with a fresh database for each test.
 *
 * It runs with `fsync=off`: SIGKILL of the server loses nothing that was committed, since the page cache belongs to the
 * operating system. Only a crash of the machine would lose it.
 */
export function postgres(options: PostgresOptions = {}): ServiceDefinition<PostgresService> {
  mustKnow(options, 'postgres', { schema: true, settings: true, image: true, statements: true });
  const { schema = [], settings = {}, image = imageFor('postgres'), statements = false } = options;
  const texts = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
  return {
    kind: 'postgres',
    image,
    program: postgresProgram,
    async start(name, host) {
      const loaded = loadSchema(schema);
      const server = await host.runtime.start(postgresProgram, { name, host, settings: texts, image });
      let wire: StatementWire | undefined;
      try {
        await makeTemplate(server.port, loaded);
        const outlive = process.env.BREAKING_POINT_KEEP === '1';
        if (statements) wire = await startStatementWire(server.port, (pid) => host.track(pid), { outlive, ownName });
        const proxy = await host.proxy(name, `127.0.0.1:${wire?.port ?? server.port}`);
        return new PostgresServer(name, server, proxy, wire, host.owe);
      } catch (error) {
        await wire?.stop();
        await server.end();
        throw error;
      }
    },
  };
}

class PostgresServer implements ServiceServer<PostgresService> {
  readonly #name: string;
  readonly #server: Server;
  readonly #proxy: FaultProxy;
  readonly #wire: StatementWire | undefined;
  readonly #owe: Owe;
  #current: Database | undefined;

  constructor(name: string, server: Server, proxy: FaultProxy, wire: StatementWire | undefined, owe: Owe) {
    this.#name = name;
    this.#server = server;
    this.#proxy = proxy;
    this.#wire = wire;
    this.#owe = owe;
  }

  async fresh(): Promise<PostgresService> {
    const previous = this.#current;
    const database = `test_${randomUUID().replaceAll('-', '_')}`;
    await this.#makeDatabase(database);
    // After the drop, which ends a statement that still runs; the other way round it would be waited for.
    await previous?.close();
    this.#current = new Database({
      name: this.#name,
      database,
      server: this.#server,
      proxy: this.#proxy,
      wire: this.#wire,
      owe: this.#owe,
    });
    return this.#current;
  }

  async renew(): Promise<void> {
    if (!this.#current) throw new Error('it has no database yet');
    await this.#makeDatabase(this.#current.database);
    await this.#current.reconnect();
  }

  async stop(): Promise<void> {
    await this.#server.end();
    await Promise.all([this.#current?.close(), this.#wire?.stop()]);
  }

  /** In place of the one before, on a server that serves. */
  async #makeDatabase(database: string): Promise<void> {
    await this.#proxy.reset();
    // Then another server is needed, and the stack is to say so.
    if (!(await this.#server.runs())) throw new Error('its server was left ended');
    if (this.#wire?.runs === false) throw new Error('its statement relay has ended');
    await this.#server.ready(() => mustAnswer(this.#server.port), healthyWithin);
    const previous = this.#current;
    await withAdministrator(this.#server.port, async (admin) => {
      if (previous) await admin.query(`drop database if exists ${previous.database} with (force)`);
      await admin.query(`create database ${database} template ${template} ${await chooseStrategy(admin)}`);
    });
  }
}

/**
 * Copied as files between two checkpoints, not through the write-ahead log: then a crash in the test has none of it to
 * replay (ready after 71 ms instead of 118 was seen). Before version 15 it is the only way.
 */
async function chooseStrategy(admin: Client): Promise<string> {
  const { rows } = await admin.query<{ server_version_num: string }>('show server_version_num');
  return Number(rows[0]?.server_version_num) >= 150_000 ? 'strategy file_copy' : '';
}

async function makeTemplate(port: number, schema: LoadedSchema): Promise<void> {
  await withAdministrator(port, (admin) => admin.query(`create database ${template}`));
  const pool = openDirectPool(port, template);
  try {
    await applySchema(schema, urlOf('127.0.0.1', port, template), pool);
  } finally {
    await pool.end();
  }
}
