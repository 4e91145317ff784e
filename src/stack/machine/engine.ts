import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the API of a container engine answers on this machine: a socket, or a port of a loopback address. */
export type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** An engine that answers. */
export interface Engine {
  readonly address: EngineAddress;
  /** For people: `unix:///var/run/docker.sock`. */
  readonly place: string;
  readonly version: string;
}

/** What a search for an engine saw. */
export interface EngineSearch {
  readonly found: Engine | undefined;
  /** Why no engine was found, a sentence for each place. */
  readonly tried: readonly string[];
}

/** A refusal of an engine. */
export class EngineError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const loopback = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

/**
 * The first engine that answers, at `DOCKER_HOST` or else at the usual sockets.
 * @param timeout milliseconds for each place
 */
export async function findEngine(timeout: number, env: NodeJS.ProcessEnv = process.env): Promise<EngineSearch> {
  const tried: string[] = [];
  for (const place of listPlaces(env)) {
    try {
      const address = addressOf(place);
      const { Version } = (await askEngine(address, 'GET', '/version', timeout)) as { Version?: string };
      return { found: { address, place, version: Version ?? 'of an unknown version' }, tried };
    } catch (error) {
      tried.push(`${place}: ${reasonOf(error)}`);
    }
  }
  return { found: undefined, tried };
}

/** Where an engine is looked for, in this order. */
export function listPlaces(env: NodeJS.ProcessEnv): string[] {
  if (env.DOCKER_HOST) return [env.DOCKER_HOST];
  if (process.platform === 'win32') return ['npipe:////./pipe/docker_engine'];
  const rootless = [
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    join(homedir(), '.docker', 'run', 'docker.sock'),
    join(homedir(), '.docker', 'desktop', 'docker.sock'),
  ];
  return ['/var/run/docker.sock', ...rootless.filter((path) => existsSync(path))].map((path) => `unix://${path}`);
}

/**
 * @param place as in `DOCKER_HOST`
 * @throws Error for an engine that is not on this machine, or whose address has no meaning
 */
export function addressOf(place: string): EngineAddress {
  const [, scheme, rest = ''] = /^(\w+):\/\/(.+)$/.exec(place) ?? [];
  if (scheme === 'unix' || scheme === 'npipe') return { socketPath: rest };
  const url = scheme === 'tcp' || scheme === 'http' ? URL.parse(`http://${rest}`) : null;
  if (!url) throw new Error('an engine is named by unix:///path, npipe:////./pipe/name or tcp://host:port');
  if (!loopback.test(url.hostname))
    throw new Error('the engine must be on this machine: servers are used at 127.0.0.1');
  return { host: url.hostname.replace(/[[\]]/g, ''), port: Number(url.port || 2375) };
}

/** Whether the engine has the image. @throws Error when it does not answer */
export async function hasImage(address: EngineAddress, image: string, timeout: number): Promise<boolean> {
  try {
    await askEngine(address, 'GET', `/images/${encodeURIComponent(image)}/json`, timeout);
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false;
    throw error;
  }
}

/**
 * One request to the engine's API.
 * @returns what it answered, undefined for an empty answer
 * @throws EngineError when it refuses, with its own words; Error when it does not answer in time
 */
export async function askEngine(
  address: EngineAddress,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  timeout: number,
): Promise<unknown> {
  const { status, body } = await exchange(address, method, path, timeout);
  if (status < 400) return body === '' ? undefined : JSON.parse(body);
  throw new EngineError(status, messageIn(body) ?? `${method} ${path} was answered with ${status}`);
}

function exchange(address: EngineAddress, method: string, path: string, timeout: number) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  // A connection of its own: the reaper asks long after a kept one was cut.
  const asked = request({ ...address, method, path, agent: false }, (answer) => {
    let body = '';
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => {
      body += text;
    });
    answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    answer.once('error', reject);
  });
  const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${timeout} ms`)), timeout);
  asked.once('error', reject);
  asked.once('close', () => clearTimeout(timer));
  asked.end();
  return promise;
}

function messageIn(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: string };
    return message;
  } catch {
    // Not JSON: a proxy, or a server that is no engine.
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such socket';
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'EACCES') return 'this user may not use it (join the group docker)';
  return message;
}
