import { type ToxicType, Toxiproxy, type Proxy as ToxiproxyProxy } from 'toxiproxy-node-client';
import { parseAddress } from './address.ts';
import { type AskedRequest, explain, statusOf } from './api/refusal.ts';
import type { Counters } from './counters.ts';
import type { FaultProxy, ProxyTraffic, ToxicOrder } from './fault-proxy.ts';
import { countConnectionsTo } from './link/established.ts';
import { freePort } from './port.ts';

export type { FaultProxy, ProxyTraffic, ToxicOrder } from './fault-proxy.ts';

const portTries = 20;

/** Drives a Toxiproxy server (ours or any other) through toxiproxy-node-client, with errors that say what to do. */
export class ProxyClient {
  readonly #toxiproxy: Toxiproxy;
  readonly #created: ToxiproxyProxy[] = [];

  /** @param url where the server's HTTP API answers, such as `http://127.0.0.1:8474` */
  constructor(url: string) {
    this.#toxiproxy = new Toxiproxy(url.replace(/\/+$/, ''));
  }

  /**
   * Makes an enabled proxy without toxics.
   * @param upstream `host:port` that it forwards to
   * @param listen `host:port` that it listens on; a free port of 127.0.0.1 unless given
   * @throws Error when the name or port is taken or the server does not answer
   */
  async create(name: string, upstream: string, listen?: string): Promise<FaultProxy> {
    if (!/^[^/?#%\\\s]+$/.test(name)) {
      throw new TypeError(
        `The name of a proxy must be a part of a path without / ? # % \\ or spaces; got ${JSON.stringify(name)}`,
      );
    }
    const url = `${this.#toxiproxy.host}/proxies`;
    for (let attempt = 1; ; attempt += 1) {
      const address = listen ?? `127.0.0.1:${await freePort()}`;
      const body = { name, upstream, listen: address };
      try {
        const proxy = await this.#toxiproxy.createProxy(body);
        this.#created.push(proxy);
        return new DrivenProxy(proxy, await isOurs(proxy));
      } catch (error) {
        // Someone else took the port between our look and the server's bind.
        if (listen === undefined && statusOf(error) === 500 && attempt < portTries) continue;
        throw await explain(error, {
          what: `Proxy "${name}" could not be created from ${address} to ${upstream}`,
          request: { method: 'POST', url, body },
          remedy: 'Choose another name or port, or delete the proxy that holds it.',
        });
      }
    }
  }

  /** Deletes the proxies that were created here; one that is gone already is no error. */
  async close(): Promise<void> {
    for (const proxy of this.#created.splice(0)) {
      await proxy.remove().catch(async (error: unknown) => {
        if (statusOf(error) === 404) return;
        throw await explain(error, {
          what: `Proxy "${proxy.name}" could not be deleted`,
          request: { method: 'DELETE', url: proxy.getPath() },
          remedy: 'End the proxy server.',
        });
      });
    }
  }
}

/** One proxy on the server. The client's own `Proxy` is a snapshot, so nothing but its address is read from it. */
class DrivenProxy implements FaultProxy {
  readonly host: string;
  readonly port: number;
  readonly ours: boolean;
  readonly #proxy: ToxiproxyProxy;
  /** Only what was asked for here is undone by `reset`: a Toxiproxy has nothing to release. */
  #hangs = false;
  /** Where it leads now. */
  #upstream: string;

  constructor(proxy: ToxiproxyProxy, ours: boolean) {
    this.#proxy = proxy;
    this.#upstream = proxy.upstream;
    this.ours = ours;
    const { host, port } = parseAddress(proxy.listen);
    this.host = host === '' || host === '::' ? '127.0.0.1' : host;
    this.port = port;
  }

  disable(): Promise<void> {
    return this.#setEnabled(false);
  }

  enable(): Promise<void> {
    return this.#setEnabled(true);
  }

  async addToxic({ name, type, stream, attributes, toxicity = 1 }: ToxicOrder): Promise<void> {
    // The server decides which types exist; the client's list of them is only a type.
    const body = { name, type: type as ToxicType, stream, toxicity, attributes };
    await this.#ask(() => this.#proxy.addToxic(body), {
      what: `Toxic "${name}" (${type}, ${stream}, ${JSON.stringify(attributes)}) could not be added to ${this.#subject}`,
      request: { method: 'POST', url: `${this.#proxy.getPath()}/toxics`, body },
      remedy: 'Remove the toxic of that name first, or correct its type and attributes.',
    });
  }

  async removeToxic(name: string): Promise<void> {
    const url = `${this.#proxy.getPath()}/toxics/${name}`;
    await this.#ask(async () => (await this.#proxy.getToxic(name)).remove(), {
      what: `Toxic "${name}" could not be removed from ${this.#subject}`,
      request: { method: 'GET', url },
      remedy: 'Remove only what was added, and once.',
    });
  }

  hang(): Promise<void> {
    return this.#setHanging('POST');
  }

  release(): Promise<void> {
    return this.#setHanging('DELETE');
  }

  async redirect(upstream: string): Promise<void> {
    const { listen } = this.#proxy;
    const body = { enabled: true, listen, upstream };
    await this.#ask(() => this.#proxy.update(body), {
      what: `${this.#subject} could not be led to ${upstream}`,
      request: { method: 'POST', url: this.#proxy.getPath(), body },
      remedy: 'Create the proxy again if it is gone.',
    });
    this.#upstream = upstream;
  }

  async restore(): Promise<void> {
    if (this.#upstream !== this.#proxy.upstream) await this.redirect(this.#proxy.upstream);
  }

  async traffic(): Promise<ProxyTraffic | undefined> {
    if (!this.ours) {
      const open = await countConnectionsTo(this.port);
      return open === undefined ? undefined : { open, accepted: undefined, bytes: undefined };
    }
    const url = `${this.#proxy.getPath()}/counters`;
    const { data } = await this.#ask(() => this.#proxy.api.get<Counters>(url), {
      what: `The counters of ${this.#subject} could not be read`,
      request: { method: 'GET', url },
      remedy: 'Create the proxy again.',
    });
    const { connections, upstream, downstream } = data;
    return { ...connections, bytes: upstream.received + downstream.received };
  }

  /** The client's own reset is of every proxy on the server. */
  async reset(): Promise<void> {
    const url = `${this.#proxy.getPath()}/toxics`;
    if (this.#hangs) await this.release();
    await this.restore();
    await this.enable();
    const { data } = await this.#ask(() => this.#proxy.api.get<{ readonly name: string }[]>(url), {
      what: `The toxics of ${this.#subject} could not be listed`,
      request: { method: 'GET', url },
      remedy: 'Create the proxy again.',
    });
    for (const { name } of data) await this.removeToxic(name);
  }

  async #setEnabled(enabled: boolean): Promise<void> {
    // The address as the server bound it: any other text would count as a new address.
    const { listen } = this.#proxy;
    const body = { enabled, listen, upstream: this.#upstream };
    await this.#ask(() => this.#proxy.update(body), {
      what: `${this.#subject} could not be ${enabled ? 'enabled' : 'disabled'}`,
      request: { method: 'POST', url: this.#proxy.getPath(), body },
      remedy: enabled
        ? `Look which process took port ${this.port} (ss -ltnp), or create the proxy again if it is gone.`
        : 'Create the proxy again if it is gone.',
    });
  }

  async #setHanging(method: 'POST' | 'DELETE'): Promise<void> {
    const url = `${this.#proxy.getPath()}/hang`;
    const what = `${this.#subject} could not ${method === 'POST' ? 'let connects hang' : 'accept connects again'}`;
    const request = { method, url };
    const response = await this.#ask(() => fetch(url, { method }), { what, request, remedy: '' });
    if (!response.ok) throw new Error(`${what}: ${refusalOf(await response.text(), response.status, url)}`);
    this.#hangs = method === 'POST';
  }

  async #ask<T>(request: () => Promise<T>, asked: AskedRequest): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw await explain(error, asked);
    }
  }

  get #subject(): string {
    return `proxy "${this.#proxy.name}" (${this.#proxy.listen} to ${this.#proxy.upstream})`;
  }
}

/** Whether the proxy's server is ours, which a standard client cannot tell: it has a route more. */
async function isOurs(proxy: ToxiproxyProxy): Promise<boolean> {
  try {
    const { ok, body } = await fetch(`${proxy.getPath()}/counters`);
    await body?.cancel();
    return ok;
  } catch {
    // A server that went away meanwhile is told of by the next call, with what to do.
    return false;
  }
}

/** Why a server refused to let connects hang, and what to do. */
function refusalOf(text: string, status: number, url: string): string {
  const { error } = readError(text);
  if (error === undefined && status === 404) {
    return `the server at ${new URL(url).origin} is a Toxiproxy, which has no such fault. Use the proxy of breaking-point: BREAKING_POINT_RUNTIME=embedded, or \`npx breaking-point proxy\`.`;
  }
  const remedy =
    status === 409
      ? 'Enable it first.'
      : 'Look who holds the port (ss -ltnp), or create the proxy again if it is gone.';
  return `${error ?? text.trim()} (${status}). ${remedy}`;
}

function readError(text: string): { readonly error?: string } {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === 'object' && said !== null && 'error' in said ? { error: String(said.error) } : {};
  } catch {
    // A plain text: the answer of a server that does not know the path.
    return {};
  }
}
