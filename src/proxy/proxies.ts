import { ApiError, type Body, booleanField, textField } from './body.ts';
import { TcpProxy } from './proxy.ts';

/** The proxies of a server, by name. Its asynchronous calls must not overlap: the server makes one change at a time. */
export class Proxies {
  readonly #proxies = new Map<string, TcpProxy>();
  readonly #random: () => number;

  /** @param random a number in [0, 1), for all dice */
  constructor(random: () => number) {
    this.#random = random;
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

  /** Makes the proxy that a request describes. @throws ApiError 400, 409; Error when it can't listen */
  async create(body: Body): Promise<TcpProxy> {
    const name = textField(body, 'name');
    const listen = textField(body, 'listen') ?? '';
    const upstream = textField(body, 'upstream');
    const enabled = booleanField(body, 'enabled') ?? true;
    if (!name) throw new ApiError(400, 'missing required field: name');
    if (!upstream) throw new ApiError(400, 'missing required field: upstream');
    if (this.#proxies.has(name)) throw new ApiError(409, 'proxy already exists');

    const proxy = new TcpProxy(name, listen, upstream, this.#random);
    if (enabled) await proxy.enable();
    this.#proxies.set(name, proxy);
    return proxy;
  }

  /** @throws ApiError 400, 404; Error when it can't listen */
  async change(name: string, body: Body): Promise<TcpProxy> {
    const proxy = this.find(name);
    textField(body, 'name');
    await proxy.update({
      listen: textField(body, 'listen'),
      upstream: textField(body, 'upstream'),
      enabled: booleanField(body, 'enabled'),
    });
    return proxy;
  }

  /** Cuts its connections and forgets it. @throws ApiError 404 */
  async remove(name: string): Promise<void> {
    const proxy = this.find(name);
    await proxy.disable();
    this.#proxies.delete(name);
  }

  /** Enables every proxy and removes all toxics. @throws Error when one can't listen; that one keeps its toxics */
  async reset(): Promise<void> {
    for (const proxy of this.all()) {
      await proxy.enable();
      for (const toxic of [...proxy.toxics]) proxy.removeToxic(toxic);
    }
  }

  /** Removes all proxies. */
  async close(): Promise<void> {
    for (const proxy of this.all()) await this.remove(proxy.name);
  }
}
