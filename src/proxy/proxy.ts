// The fault proxy, a Toxiproxy to any client: a process of its own with an HTTP API (api), connections (link), toxics
// and JSON as Go reads it (json). Begin here; client.ts is how a stack drives it. Imports nothing of src but random.ts
// and what is beside it.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Address, boundAddress, formatAddress, parseAddress, resolveAddress } from './address.ts';
import { ApiError } from './api/api-error.ts';
import { type Dice, unseededDice } from './dice.ts';
import { ProxiedConnection, type TrafficByDirection } from './link/connection.ts';
import { HangingListener } from './link/hanging-listener.ts';
import { Turns } from './link/turns.ts';
import { OpenFiles } from './open-files.ts';
import type { Toxic } from './toxics/toxic.ts';
import { Traffic } from './traffic.ts';
import { dialTrouble, filesTrouble, type OnTrouble } from './trouble.ts';

/** What may change on a proxy; absent fields keep their value. */
export interface ProxyChange {
  readonly listen?: string | undefined;
  readonly upstream?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** What the proxies of a server have in common. */
export interface ProxyShared {
  readonly dice: Dice;
  readonly onTrouble: OnTrouble;
  readonly openFiles: OpenFiles;
}

/** For proxies with random dice, whose troubles are not reported. */
export function makeUsualShared(): ProxyShared {
  return { dice: unseededDice, onTrouble: () => {}, openFiles: new OpenFiles() };
}

/** How many connections may wait to be accepted; the kernel caps it (`net.core.somaxconn`). */
const backlog = 4096;

/** One proxy: a listener while it is enabled, its connections, and the toxics that each of them runs. */
export class TcpProxy {
  readonly name: string;
  /** The address as asked for; once bound, the address as bound. */
  listen: string;
  upstream: string;
  /** In order of addition. Outlives being disabled. */
  readonly toxics: Toxic[] = [];
  /** Turns of reading and changing the toxics: a change may have to wait for a toxic that can't be interrupted. */
  readonly toxicTurns = new Turns();
  readonly traffic: TrafficByDirection = { upstream: new Traffic(), downstream: new Traffic() };
  /** How many connections it has accepted since it was made. */
  accepted = 0;
  readonly #shared: ProxyShared;
  readonly #turns = new Turns();
  readonly #connections = new Set<ProxiedConnection>();
  /** How often a toxic of each name was added. */
  readonly #additions = new Map<string, number>();
  #listener: Server | undefined;
  #hanging: HangingListener | undefined;

  /** Starts disabled. */
  constructor(name: string, listen: string, upstream: string, shared: ProxyShared = makeUsualShared()) {
    this.name = name;
    this.listen = listen;
    this.upstream = upstream;
    this.#shared = shared;
  }

  /** Also while connects hang: something listens. */
  get enabled(): boolean {
    return this.#listener !== undefined || this.#hanging !== undefined;
  }

  /** How many connections there are now. */
  get open(): number {
    return this.#connections.size;
  }

  /** Listens. @throws Error when the address can't be read, looked up or bound */
  enable(): Promise<void> {
    return this.#turns.take(() => this.#start());
  }

  /** Closes the listener and cuts every connection; resolves when all of them are gone. */
  disable(): Promise<void> {
    return this.#turns.take(() => this.#stop());
  }

  /**
   * Lets connects hang until `release`, or until it is disabled or moved: new clients get no answer, connections that
   * there are go on.
   * @throws ApiError 409 when it is disabled; Error when connects can't hang on this system, and it listens as before
   *   then
   */
  hang(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#hanging) return;
      if (!this.#listener) throw new ApiError(409, 'proxy is disabled');
      // Loaded first, so that the port is closed only for the moment between two listeners.
      const hanging = await HangingListener.load();
      this.#listener.close();
      this.#listener = undefined;
      try {
        await hanging.listen(parseAddress(this.listen));
        this.#hanging = hanging;
      } catch (error) {
        await hanging.release();
        await this.#start();
        throw error;
      }
    });
  }

  /**
   * Accepts again after `hang`; else nothing happens.
   * @throws Error when the port was taken meanwhile; it is disabled then
   */
  release(): Promise<void> {
    return this.#turns.take(async () => {
      if (!this.#hanging) return;
      await this.#endHanging();
      await this.#start();
    });
  }

  /**
   * Applies a change. A new listen or upstream cuts all connections; a listen that can't be bound leaves the proxy
   * disabled, with the new text.
   * @throws Error when `listen` can't be read (nothing has changed then) or bound
   */
  update(change: ProxyChange): Promise<void> {
    return this.#turns.take(async () => {
      const { listen = this.listen, upstream = this.upstream, enabled = this.enabled } = change;
      if (await this.differs(listen, upstream)) {
        await this.#stop();
        this.listen = listen;
        this.upstream = upstream;
      }
      if (enabled) await this.#start();
      else await this.#stop();
    });
  }

  /** Whether a proxy at that address, in whatever words, would be another one. @throws Error when it can't be read */
  async differs(listen: string, upstream: string): Promise<boolean> {
    const address = formatAddress(await resolveAddress(parseAddress(listen)));
    return listen === '' || address !== this.listen || upstream !== this.upstream;
  }

  /** Adds a toxic to the end of every connection's chain. */
  async addToxic(toxic: Toxic): Promise<void> {
    this.#additions.set(toxic.name, (this.#additions.get(toxic.name) ?? 0) + 1);
    this.toxics.push(toxic);
    await this.#each((connection) => connection.add(toxic));
  }

  /** Makes every connection run a toxic with its present attributes and toxicity. */
  async updateToxic(toxic: Toxic): Promise<void> {
    await this.#each((connection) => connection.update(toxic));
  }

  /** Takes a toxic out of every connection's chain. */
  async removeToxic(toxic: Toxic): Promise<void> {
    this.toxics.splice(this.toxics.indexOf(toxic), 1);
    await this.#each((connection) => connection.remove(toxic));
  }

  /** Removes every toxic, upstream ones first. */
  async removeToxics(): Promise<void> {
    for (const direction of ['upstream', 'downstream']) {
      for (const toxic of this.toxics.filter((one) => one.direction === direction)) await this.removeToxic(toxic);
    }
  }

  async #each(change: (connection: ProxiedConnection) => Promise<void>): Promise<void> {
    await Promise.all([...this.#connections].map(change));
  }

  async #start(): Promise<void> {
    if (this.enabled) return;
    const { host, port } = await listenAddress(this.listen);
    const listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) =>
      this.#accept(client),
    );
    // A listener on no particular host takes IPv4 and IPv6, as it also does for 0.0.0.0.
    const anywhere = host === '' || host === '0.0.0.0';
    listener.listen(anywhere ? { port, backlog } : { host, port, backlog });
    await once(listener, 'listening').catch((error: unknown) => {
      throw cannotBind(formatAddress({ host, port }), error);
    });
    // Later errors are of one connection that could not be accepted; the listener goes on.
    listener.on('error', ({ message }) => this.#shared.onTrouble({ ...filesTrouble(message), proxy: this.name }));
    this.listen = boundAddress(listener.address());
    this.#listener = listener;
  }

  async #stop(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    const connections = [...this.#connections];
    for (const connection of connections) connection.cut();
    await this.#endHanging();
    await Promise.all(connections.map(({ closed }) => closed));
  }

  async #endHanging(): Promise<void> {
    const hanging = this.#hanging;
    this.#hanging = undefined;
    await hanging?.release();
  }

  #accept(client: Socket): void {
    this.accepted += 1;
    const number = this.accepted;
    const { dice, onTrouble, openFiles } = this.#shared;
    const { name: proxy, upstream, toxics, traffic } = this;
    const connection = new ProxiedConnection(client, {
      upstream,
      toxics,
      traffic,
      randomOf: ({ direction, name: toxic }) =>
        dice({ proxy, connection: number, direction, toxic, addition: this.#additions.get(toxic) ?? 0 }),
      onUnreachable: (error) => onTrouble(dialTrouble(proxy, upstream, error)),
    });
    this.#connections.add(connection);
    if (!openFiles.take()) onTrouble({ ...filesTrouble(), proxy });
    void connection.closed.then(() => {
      this.#connections.delete(connection);
      openFiles.free();
    });
  }
}

async function listenAddress(text: string): Promise<Address> {
  try {
    return await resolveAddress(parseAddress(text));
  } catch (error) {
    throw new Error(`listen tcp: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const bindErrors: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
};

/** A bind that failed, in the words that a Toxiproxy uses. */
function cannotBind(address: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = bindErrors[code] ?? (error instanceof Error ? error.message : String(error));
  return new Error(`listen tcp ${address}: bind: ${why}`, { cause: error });
}
