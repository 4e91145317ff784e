import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type Pool } from 'pg';

/** SQL files, relative to the working folder, or a function that runs migrations and seeds. */
export type Schema = string | readonly string[] | ((database: { readonly url: string }) => Promise<void>);

/** A schema whose files have been read. */
export type LoadedSchema =
  | { readonly files: readonly { readonly path: string; readonly sql: string }[] }
  | { readonly run: (database: { readonly url: string }) => Promise<void> };

/** Milliseconds that a schema function's connections may take to close after it returned. */
const closesWithin = 2_000;

/** Reads the schema's files, before anything is started. @throws Error naming a file that cannot be read */
export function loadSchema(schema: Schema): LoadedSchema {
  if (typeof schema === 'function') return { run: schema };
  const paths = typeof schema === 'string' ? [schema] : schema;
  return { files: paths.map((path) => ({ path, sql: read(path) })) };
}

/**
 * Applies a schema to an empty database.
 * @param pool connected to it
 * @throws Error naming the file, the line where Postgres gives one, and what Postgres says
 */
export async function applySchema(schema: LoadedSchema, url: string, pool: Pool): Promise<void> {
  if ('run' in schema) {
    await schema.run({ url });
    await waitUntilClosed(pool, url);
    return;
  }
  for (const { path, sql } of schema.files) {
    try {
      await pool.query(sql);
    } catch (error) {
      throw error instanceof DatabaseError ? new Error(describe(path, sql, error), { cause: error }) : error;
    }
  }
}

/**
 * A database with a connection in it cannot be a template. Ending them here would end the process of a pool without a
 * listener.
 */
async function waitUntilClosed(pool: Pool, url: string): Promise<void> {
  const deadline = performance.now() + closesWithin;
  for (;;) {
    const { rows } = await pool.query<{ open: number }>(
      "select count(*)::int as open from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    const open = rows[0]?.open ?? 0;
    if (open === 0) return;
    if (performance.now() >= deadline) {
      throw new Error(
        `postgres({ schema }): the function must close its connections to ${url} before it returns; ${open} still open after ${closesWithin} ms; await client.end() or pool.end()`,
      );
    }
    await sleep(20);
  }
}

/** `schema.sql:12: syntax error at or near "tabel"`, then the line itself and what else Postgres says. */
function describe(path: string, sql: string, error: DatabaseError): string {
  const { position, message, detail, hint, where } = error;
  // Postgres counts characters from 1, and JavaScript halves of surrogate pairs from 0.
  const before = position
    ? Array.from(sql)
        .slice(0, Number(position) - 1)
        .join('')
    : undefined;
  const line = before?.split('\n').length;
  const text = line ? sql.split('\n')[line - 1]?.trim() : undefined;
  const psql = before !== undefined && sql[before.length] === '\\';
  const notes = [text, detail, hint, where, psql ? 'psql commands (\\...) are not SQL; leave them out' : undefined];
  const place = line ? `${path}:${line}` : path;
  return [`postgres({ schema }): ${place}: ${message}`, ...notes.filter(Boolean)].join('\n  ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(
      `postgres({ schema }): ${path} cannot be read (${resolve(path)}); give paths relative to ${process.cwd()}`,
      {
        cause: error,
      },
    );
  }
}
