import { formatAddress } from '../proxy/address.ts';
import type { FaultProxy, ProxyTraffic, ToxicOrder } from '../proxy/fault-proxy.ts';
import type { Owe, ProxyRequest } from './debt.ts';

/** A fault proxy that notes each change as a debt until it is taken back. */
export class IndebtedProxy implements FaultProxy {
  readonly host: string;
  readonly port: number;
  readonly ours: boolean;
  readonly #proxy: FaultProxy;
  readonly #what: string;
  /** Address of the proxy in the server's API. */
  readonly #url: string;
  readonly #upstream: string;
  readonly #owe: Owe;
  /** What settles each debt, by the part that was changed. */
  readonly #owed = new Map<string, () => void>();

  /** @param url address of the proxy in its server's API @param upstream where it leads */
  constructor(proxy: FaultProxy, name: string, { url, upstream }: Record<'url' | 'upstream', string>, owe: Owe) {
    this.host = proxy.host;
    this.port = proxy.port;
    this.ours = proxy.ours;
    this.#proxy = proxy;
    this.#what = `what was done to the wire of ${name}`;
    this.#url = url;
    this.#upstream = upstream;
    this.#owe = owe;
  }

  async disable(): Promise<void> {
    this.#borrow('way', this.#asItWas);
    await this.#proxy.disable();
  }

  async enable(): Promise<void> {
    await this.#proxy.enable();
    this.#settle('way');
  }

  async addToxic(toxic: ToxicOrder): Promise<void> {
    this.#borrow(`toxic ${toxic.name}`, { method: 'DELETE', url: `${this.#url}/toxics/${toxic.name}` });
    await this.#proxy.addToxic(toxic);
  }

  async removeToxic(name: string): Promise<void> {
    await this.#proxy.removeToxic(name);
    this.#settle(`toxic ${name}`);
  }

  async hang(): Promise<void> {
    this.#borrow('hang', { method: 'DELETE', url: `${this.#url}/hang` });
    await this.#proxy.hang();
  }

  async release(): Promise<void> {
    await this.#proxy.release();
    this.#settle('hang');
  }

  async redirect(upstream: string): Promise<void> {
    this.#borrow('way', this.#asItWas);
    await this.#proxy.redirect(upstream);
  }

  async restore(): Promise<void> {
    await this.#proxy.restore();
    this.#settle('way');
  }

  traffic(): Promise<ProxyTraffic | undefined> {
    return this.#proxy.traffic();
  }

  async reset(): Promise<void> {
    await this.#proxy.reset();
    for (const change of [...this.#owed.keys()]) this.#settle(change);
  }

  get #asItWas(): ProxyRequest {
    const body = { enabled: true, listen: formatAddress(this), upstream: this.#upstream };
    return { method: 'POST', url: this.#url, body };
  }

  #borrow(change: string, request: ProxyRequest): void {
    if (!this.#owed.has(change)) this.#owed.set(change, this.#owe(this.#what, { request }));
  }

  #settle(change: string): void {
    this.#owed.get(change)?.();
    this.#owed.delete(change);
  }
}
