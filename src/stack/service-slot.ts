import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ProxyClient } from '../proxy/client.ts';
import type { Owe } from './debt.ts';
import { messageOf } from './errors.ts';
import { IndebtedProxy } from './indebted-proxy.ts';
import type { Runtime, ServerHost } from './server.ts';
import type { Service, ServiceDefinition, ServiceServer, StackHost } from './service.ts';

/** What a slot needs of the stack. */
export interface SlotHost extends ServerHost {
  readonly runtime: Runtime;
  /** Where the proxy server's API answers. */
  readonly proxyUrl: string;
  /** Tells an event of the stack. */
  say(event: string): void;
}

/** The place of one service in a stack: its server now, and the next one when this one cannot be made fresh. */
export class ServiceSlot {
  readonly name: string;
  readonly #definition: ServiceDefinition;
  readonly #host: SlotHost;
  #client: ProxyClient;
  #server: ServiceServer | undefined;
  /** What the server gave last. */
  #service: Service | undefined;
  #starts = 0;
  /** Settles what is owed for the server that there is. */
  readonly #owed = new Set<() => void>();

  constructor(name: string, definition: ServiceDefinition, host: SlotHost) {
    this.name = name;
    this.#definition = definition;
    this.#host = host;
    this.#client = new ProxyClient(host.proxyUrl);
  }

  /** @throws Error naming the service */
  async start(): Promise<void> {
    try {
      this.#server = await this.#definition.start(this.name, await this.#nextHost());
    } catch (error) {
      throw new Error(`service ${this.name} did not start: ${messageOf(error)}`, { cause: error });
    }
  }

  /**
   * A clean service for the next test, from a new server if need be.
   * @throws Error naming the service when that does not help
   */
  async fresh(): Promise<Service> {
    try {
      return await this.#fresh();
    } catch (error) {
      this.#host.say(`${this.name}: rebuilt, since it could not be made fresh: ${messageOf(error)}`);
    }
    await this.#abandon();
    await this.start();
    try {
      return await this.#fresh();
    } catch (error) {
      const why = `service ${this.name} cannot be made fresh, not even after a new start: ${messageOf(error)}`;
      throw new Error(why, { cause: error });
    }
  }

  /**
   * The service that `fresh` gave last, clean again, at the same addresses: the test has read them.
   * @throws Error naming the service when that cannot be; a new server would have other addresses
   */
  async renew(): Promise<void> {
    try {
      if (!this.#server) throw new Error('its server does not run');
      if (this.#server.renew) return await this.#server.renew();
      const { url } = this.#service ?? {};
      this.#service = await this.#server.fresh();
      if (this.#service.url !== url) throw new Error('fresh() gave it another url, and it has no renew()');
    } catch (error) {
      const why = `service ${this.name} cannot be reset in the middle of a test: ${messageOf(error)}`;
      throw new Error(why, { cause: error });
    }
  }

  /** @throws Error naming the service */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    try {
      await server?.stop();
    } catch (error) {
      throw new Error(`service ${this.name} did not stop in order: ${messageOf(error)}`, { cause: error });
    }
  }

  async #fresh(): Promise<Service> {
    if (!this.#server) throw new Error('its server does not run');
    this.#service = await this.#server.fresh();
    return this.#service;
  }

  /**
   * What will not go in order is only told: the next server has its own folder and ports, and the reaper ends this one.
   */
  async #abandon(): Promise<void> {
    const results = await Promise.allSettled([this.stop(), this.#client.close()]);
    for (const result of results) {
      if (result.status === 'rejected') this.#host.say(`${this.name}: ${messageOf(result.reason)}`);
    }
    // Or it would be done to the next one, whose proxy has the same name.
    for (const settle of this.#owed) settle();
    this.#client = new ProxyClient(this.#host.proxyUrl);
  }

  async #nextHost(): Promise<StackHost> {
    this.#starts++;
    let { folder } = this.#host;
    if (this.#starts > 1) {
      folder = join(folder, `${this.name}-${this.#starts}`);
      // To be passed through by the user that root's Postgres runs as.
      await mkdir(folder, { mode: 0o711 });
    }
    return {
      folder,
      runtime: this.#host.runtime,
      track: (pid) => this.#host.track(pid),
      owe: this.#owe,
      proxy: async (name, upstream) => {
        const url = `${this.#host.proxyUrl}/proxies/${name}`;
        return new IndebtedProxy(await this.#client.create(name, upstream), name, { url, upstream }, this.#owe);
      },
    };
  }

  readonly #owe: Owe = (what, remedy) => {
    const settleIt = this.#host.owe(what, remedy);
    const settle = (): void => {
      if (this.#owed.delete(settle)) settleIt();
    };
    this.#owed.add(settle);
    return settle;
  };
}
