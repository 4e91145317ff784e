import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Address, boundAddress, formatAddress, parseAddress, resolveAddress } from './address.ts';
import { Connection } from './connection.ts';
import type { Toxic } from './toxics/toxic.ts';

/** What may change on a proxy; absent fields keep their value. */
export interface ProxyChange {
  readonly listen?: string | undefined;
  readonly upstream?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** How many connections may wait to be accepted; the kernel caps it (`net.core.somaxconn`). */
const backlog = 4096;

/**
 * One proxy: a listener while it is enabled, its connections, and the toxics that each of them runs.
 *
 * Its asynchronous calls must not overlap: the server makes one change at a time.
 */
export class TcpProxy {
  readonly name: string;
  /** The address as asked for; once bound, the address as bound. */
  listen: string;
  upstream: string;
  /** In order of addition. Outlives being disabled. */
  readonly toxics: Toxic[] = [];
  readonly #random: () => number;
  readonly #connections = new Set<Connection>();
  #listener: Server | undefined;

  /** Starts disabled. @param random a number in [0, 1), for all dice on its connections */
  constructor(name: string, listen: string, upstream: string, random: () => number) {
    this.name = name;
    this.listen = listen;
    this.upstream = upstream;
    this.#random = random;
  }

  get enabled(): boolean {
    return this.#listener !== undefined;
  }

  /** Listens. @throws Error when the address can't be read, looked up or bound */
  async enable(): Promise<void> {
    if (this.#listener) return;
    const { host, port } = listenAddress(this.listen);
    const listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) =>
      this.#accept(client),
    );
    // A listener on no particular host takes IPv4 and IPv6, as it also does for 0.0.0.0.
    const anywhere = host === '' || host === '0.0.0.0';
    listener.listen(anywhere ? { port, backlog } : { host, port, backlog });
    await once(listener, 'listening').catch((error: unknown) => {
      throw cannotListen(this.listen, error);
    });
    // Later errors are of one connection that could not be accepted (out of files); the listener goes on.
    listener.on('error', () => {});
    this.listen = boundAddress(listener.address());
    this.#listener = listener;
  }

  /** Closes the listener and cuts every connection; resolves when all of them are gone. */
  async disable(): Promise<void> {
    const listener = this.#listener;
    if (!listener) return;
    this.#listener = undefined;
    const closed = once(listener, 'close');
    listener.close();
    for (const connection of this.#connections) connection.cut();
    await closed;
  }

  /**
   * Applies a change. A new listen or upstream cuts all connections; a listen that can't be bound leaves the proxy
   * disabled, with the new text.
   * @throws Error when `listen` can't be read (nothing has changed then) or bound
   */
  async update(change: ProxyChange): Promise<void> {
    const listen = change.listen ?? this.listen;
    const upstream = change.upstream ?? this.upstream;
    const enabled = change.enabled ?? this.enabled;
    const address = formatAddress(await resolveAddress(parseAddress(listen)));
    if (address !== this.listen || upstream !== this.upstream) {
      await this.disable();
      this.listen = listen;
      this.upstream = upstream;
    }
    if (enabled) await this.enable();
    else await this.disable();
  }

  /** Adds a toxic to the end of every connection's chain. */
  addToxic(toxic: Toxic): void {
    this.toxics.push(toxic);
    for (const connection of this.#connections) connection.add(toxic);
  }

  /** Makes every connection run a toxic with its present attributes and toxicity. */
  updateToxic(toxic: Toxic): void {
    for (const connection of this.#connections) connection.update(toxic);
  }

  removeToxic(toxic: Toxic): void {
    this.toxics.splice(this.toxics.indexOf(toxic), 1);
    for (const connection of this.#connections) connection.remove(toxic);
  }

  #accept(client: Socket): void {
    const connection = new Connection(client, this.upstream, this.toxics, this.#random);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }
}

function listenAddress(text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new Error(`listen tcp: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** A bind that failed, in the words that a Toxiproxy uses. */
function cannotListen(listen: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = { EADDRINUSE: 'address already in use', EACCES: 'permission denied' }[code];
  if (code === 'ENOTFOUND') return new Error(`listen tcp: lookup ${listen}: no such host`, { cause: error });
  const text = why ?? (error instanceof Error ? error.message : String(error));
  return new Error(`listen tcp ${listen}: bind: ${text}`, { cause: error });
}
