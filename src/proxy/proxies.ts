import { ApiError } from './api/api-error.ts';
import type { ProxyFields } from './api/proxy-requests.ts';
import { Turns } from './link/turns.ts';
import { makeUsualShared, type ProxyShared, TcpProxy } from './proxy.ts';
import type { Toxic } from './toxics/toxic.ts';

/** A proxy as a request asks for it; without `enabled` it is enabled. */
export interface ProxyOrder extends ProxyFields {
  readonly name: string;
  readonly upstream: string;
}

/**
 * The proxies of a server, by name. Changes of the list itself are made one at a time, in the order they were asked
 * for.
 */
export class Proxies {
  readonly #proxies = new Map<string, TcpProxy>();
  readonly #shared: ProxyShared;
  readonly #turns = new Turns();

  constructor(shared: ProxyShared = makeUsualShared()) {
    this.#shared = shared;
  }

  /** In order of creation. */
  all(): TcpProxy[] {
    return [...this.#proxies.values()];
  }

  /** @throws ApiError 404 */
  find(name: string): TcpProxy {
    const proxy = this.#proxies.get(name);
    if (!proxy) throw new ApiError(404, 'proxy not found');
    return proxy;
  }

  /** Makes a proxy, its toxics on it before it listens. @throws ApiError 409; Error when it can't listen */
  create(order: ProxyOrder, toxics: readonly Toxic[] = []): Promise<TcpProxy> {
    return this.#turns.take(() => {
      if (this.#proxies.has(order.name)) throw new ApiError(409, 'proxy already exists');
      return this.#add(order, toxics);
    });
  }

  /**
   * Makes a proxy, or leaves the one of that name untouched if it listens and forwards alike, or puts a new one in its
   * place.
   * @throws Error when it can't listen; the former one is disabled then
   */
  createOrReplace(order: ProxyOrder): Promise<TcpProxy> {
    return this.#turns.take(async () => {
      const former = this.#proxies.get(order.name);
      if (former) {
        if (!(await former.differs(order.listen ?? '', order.upstream))) return former;
        await former.disable();
      }
      return this.#add(order);
    });
  }

  /** Cuts its connections and forgets it. @throws ApiError 404 */
  remove(name: string): Promise<void> {
    return this.#turns.take(async () => {
      await this.find(name).disable();
      this.#proxies.delete(name);
    });
  }

  /**
   * Enables every proxy, lets no connect hang and removes all toxics.
   * @throws Error when one can't listen; that one keeps its toxics
   */
  async reset(): Promise<void> {
    for (const proxy of this.all()) {
      await proxy.release();
      await proxy.enable();
      await proxy.toxicTurns.take(() => proxy.removeToxics());
    }
  }

  /** Removes all proxies. */
  async close(): Promise<void> {
    for (const proxy of this.all()) await this.remove(proxy.name);
  }

  async #add(
    { name, listen = '', upstream, enabled = true }: ProxyOrder,
    toxics: readonly Toxic[] = [],
  ): Promise<TcpProxy> {
    const proxy = new TcpProxy(name, listen, upstream, this.#shared);
    for (const toxic of toxics) await proxy.addToxic(toxic);
    if (enabled) await proxy.enable();
    this.#proxies.set(name, proxy);
    return proxy;
  }
}
