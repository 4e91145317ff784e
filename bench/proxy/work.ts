import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One kind of traffic, made by a program that people know. */
export interface Work {
  readonly name: string;
  readonly upstream: 'redis' | 'postgres';
  /** Runs it against a port of 127.0.0.1. */
  measure(port: number): Promise<Measured>;
}

/** What one run of a {@link Work} was. */
export interface Measured {
  /** Operations per second by the name of what was measured: one, or one per command. */
  readonly rates: Readonly<Record<string, number>>;
  /** How many operations it was in all. */
  readonly operations: number;
}

interface RedisWork {
  readonly clients: number;
  readonly requests: number;
  readonly pipeline?: number;
  /** Of a value, in bytes. */
  readonly size?: number;
  readonly commands?: string;
}

/** `redis-benchmark`. @param name without the command, which is put before it */
function redisWork(name: string, { clients, requests, pipeline = 1, size = 3, commands = 'set' }: RedisWork): Work {
  const args = ['-c', clients, '-n', requests, '-P', pipeline, '-d', size, '-t', commands].map(String);
  return {
    name,
    upstream: 'redis',
    async measure(port) {
      const { stdout } = await run('redis-benchmark', ['-h', '127.0.0.1', '-p', String(port), '--csv', ...args]);
      const lines = [...stdout.matchAll(/^"(SET|GET)","([\d.]+)"/gm)];
      if (lines.length === 0) throw new Error(`redis-benchmark ${args.join(' ')} printed no rate: ${stdout.trim()}`);
      const rates = Object.fromEntries(lines.map(([, command, rate]) => [`${command}, ${name}`, Number(rate)]));
      return { rates, operations: requests * lines.length };
    },
  };
}

/** What is measured with Redis. Each takes one to two seconds. */
export const redisWorks: readonly Work[] = [
  redisWork('1 client', { clients: 1, requests: 30_000 }),
  redisWork('50 clients', { clients: 50, requests: 100_000 }),
  redisWork('20 clients, pipeline of 16', { clients: 20, requests: 1_200_000, pipeline: 16 }),
  redisWork('50 clients, 32 KiB values', { clients: 50, requests: 20_000, size: 32_768, commands: 'set,get' }),
];

/** `pgbench -S` over tables that {@link fillTables} made: reads of one row by its key. */
export function postgresWorks(pgbench: string, connection: Connection): Work[] {
  return [1, 10].map((clients) => {
    const name = `pgbench -S, ${clients} ${clients === 1 ? 'client' : 'clients'}`;
    return {
      name,
      upstream: 'postgres',
      async measure(port) {
        const args = ['-n', '-S', '-c', String(clients), '-T', '2', ...addressed(connection, port)];
        const { stdout } = await run(pgbench, args, { env: { ...process.env, PGPASSWORD: connection.password } });
        const rate = /tps = ([\d.]+) \(without/.exec(stdout)?.[1];
        const operations = /transactions actually processed: (\d+)/.exec(stdout)?.[1];
        if (rate === undefined || operations === undefined)
          throw new Error(`${pgbench} ${args.join(' ')} printed no rate: ${stdout.trim()}`);
        return { rates: { [name]: Number(rate) }, operations: Number(operations) };
      },
    };
  });
}

/** Who to be and where, apart from the port. */
export interface Connection {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** What a `postgres://` address says. */
export function connectionOf(url: string): Connection & { readonly port: number } {
  const { username, password, pathname, port } = new URL(url);
  return { user: username, password, database: pathname.slice(1), port: Number(port) };
}

/** Makes pgbench's tables: 100,000 accounts. */
export async function fillTables(pgbench: string, connection: Connection, port: number): Promise<void> {
  const env = { ...process.env, PGPASSWORD: connection.password };
  await run(pgbench, ['-i', '-q', ...addressed(connection, port)], { env });
}

/** The newest pgbench of Debian's folders, else the one on PATH; undefined where there is none. */
export async function findPgbench(): Promise<string | undefined> {
  const versioned = globSync('/usr/lib/postgresql/*/bin/pgbench').sort().at(-1);
  if (versioned !== undefined && existsSync(versioned)) return versioned;
  try {
    await run('pgbench', ['--version']);
    return 'pgbench';
  } catch {
    // Not on PATH.
    return undefined;
  }
}

function addressed({ user, database }: Connection, port: number): string[] {
  return ['-h', '127.0.0.1', '-p', String(port), '-U', user, database];
}
