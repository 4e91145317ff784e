// The verbs of the command line that are more than a line in cli.ts.
// Imports the part that does the work, never a door.

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type ProxyServer, RefusedConfig, startServer } from '../proxy/api/server.ts';
import { type Level, levelOf, logExchange, makeLog } from '../proxy/log.ts';

/** What `breaking-point proxy` is told. */
export interface ProxyOptions {
  readonly host: string;
  readonly port: string;
  /** A file of proxies in the form that POST /populate takes. */
  readonly config?: string;
  readonly seed?: string;
}

/** Seeds are below this. */
const seeds = 2 ** 32;

/**
 * Runs the fault proxy server until SIGTERM or SIGINT, with a line of JSON on stdout for each change (LOG_LEVEL says
 * from which level on).
 * @returns the exit code: 0 after a signal; 1 with one line on stderr when it could not start, and nothing listens then
 */
export async function proxy(options: ProxyOptions): Promise<number> {
  // The reader of the log may have ended (`| head`); the proxies go on.
  process.stdout.on('error', () => {});
  const log = makeLog((line) => process.stdout.write(`${line}\n`), readLevel());
  const ended = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  let server: ProxyServer;
  let seed: number;
  try {
    seed = readSeed(options.seed);
    server = await startServer({
      host: options.host,
      port: readPort(options.port),
      seed,
      ...(options.config === undefined ? {} : { config: await readConfig(options.config) }),
      onExchange: (exchange) => logExchange(log, exchange),
      onTrouble: ({ message, ...fields }) => log.write('error', message, { ...fields }),
    });
  } catch (error) {
    console.error(explain(error, options));
    return 1;
  }
  log.write('info', 'The fault proxy listens', { url: server.url, seed });
  await ended;
  log.write('info', 'Shutdown started');
  await server.close();
  return 0;
}

/** From LOG_LEVEL; an unknown one is said and taken for the default, as a Toxiproxy does. */
function readLevel(): Level {
  const text = process.env.LOG_LEVEL || 'info';
  const known = levelOf(text);
  if (known === undefined) {
    console.error(
      `LOG_LEVEL must be trace, debug, info, warn, error, fatal, panic or disabled; got "${text}", taken for info`,
    );
  }
  return known ?? 'info';
}

function readPort(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new RangeError(`--port must be a whole number in [0, 65535], 0 for any free port; got ${text}`);
}

function readSeed(text: string | undefined): number {
  if (text === undefined) return randomInt(seeds);
  if (/^\d+$/.test(text) && Number(text) < seeds) return Number(text);
  throw new RangeError(`--seed must be a whole number in [0, ${seeds - 1}]; got ${text}`);
}

async function readConfig(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new Error(`--config ${file} cannot be read: ${reason(error)}`, { cause: error });
  }
}

/** One line that says what to do. */
function explain(error: unknown, { host, port, config }: ProxyOptions): string {
  if (error instanceof RefusedConfig) {
    return `--config ${config} was refused: ${error.message}. It must be an array of proxies, each with name, listen and upstream.`;
  }
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (taken) return `${host}:${port} is in use: choose another --port, or end what listens there (ss -ltnp)`;
  return reason(error);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
