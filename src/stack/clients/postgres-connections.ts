import { Client, type CustomTypesConfig, Pool, types } from 'pg';
import { ownName } from './sighting.ts';

/** A query on a connection of its own. @throws Error when it fails or takes more than five seconds */
export async function mustAnswer(port: number, database = 'postgres'): Promise<void> {
  const client = new Client({ ...configOf(port, database), connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  // The failure of the call says it all; without a listener the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
}

/** A setting of the server on that port, as it says itself. */
export async function settingOf(port: number, setting: string): Promise<string> {
  return withAdministrator(port, async (admin) => {
    const { rows } = await admin.query<{ value: string }>('select current_setting($1) as value', [setting]);
    return rows[0]?.value ?? '';
  });
}

/** Does some work on a connection of its own to the database `postgres`. */
export async function withAdministrator<T>(port: number, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...configOf(port, 'postgres'), connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Types of a date and of a time without a zone, alone and in a list. As a JavaScript Date they would hang on the zone
 * of this process.
 */
const [dateOrTimestamp, listOfThem] = [new Set([1082, 1114]), new Set([1182, 1115])];
const listOfTexts = 1009;

/**
 * The types of node-postgres, but for a DATE and a TIMESTAMP without a zone, which come as the text that Postgres
 * writes.
 */
const asWritten: CustomTypesConfig = {
  getTypeParser: (type: number, format?: 'text' | 'binary') => {
    if (dateOrTimestamp.has(type)) return (text: string) => text;
    return types.getTypeParser(listOfThem.has(type) ? listOfTexts : type, format);
  },
};

/** Around the proxy: connections are made when needed, and again after a restart. */
export function openDirectPool(port: number, database: string): Pool {
  // One that is there stays: while a fault holds every slot there would be no other.
  const idle = { allowExitOnIdle: true, idleTimeoutMillis: 0 };
  const limits = { max: 2, ...idle, connectionTimeoutMillis: 5_000, query_timeout: 60_000, types: asWritten };
  const pool = new Pool({ ...configOf(port, database), ...limits });
  // An idle connection that broke is replaced by the pool: our faults break them on purpose.
  pool.on('error', () => undefined);
  return pool;
}

function configOf(port: number, database: string) {
  return { connectionString: urlOf('127.0.0.1', port, database), application_name: ownName, ssl: false };
}

/** Of a database, as every driver takes it. */
export function urlOf(host: string, port: number, database: string): string {
  return `postgres://postgres@${host}:${port}/${database}`;
}
