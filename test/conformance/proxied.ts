import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { client, type Peer, type Upstream, upstream } from '../e2e/fixtures/tcp.ts';
import { api, asked } from './api.ts';

/** A proxy as the API shows it. */
export interface ProxyJson {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly ToxicJson[];
}

/** A toxic as the API shows it. */
export interface ToxicJson {
  readonly name: string;
  readonly type: string;
  readonly stream: string;
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, number>>;
}

/** A name that no other proxy has; the proxy of that name is deleted when the test ends. */
export function freshName(prefix = 'conformance'): string {
  const name = `${prefix}-${randomBytes(6).toString('hex')}`;
  onTestFinished(async () => {
    await api('DELETE', `/proxies/${encodeURIComponent(name)}`);
  });
  return name;
}

/** The port of an address. */
export function portOf(address: string): number {
  return Number(/\d+$/.exec(address)?.[0]);
}

/** A proxy to an address, enabled, on a free port of 127.0.0.1 unless `listen` says otherwise. */
export async function proxyTo(upstream: string, fields: object = {}): Promise<Proxied> {
  const name = freshName();
  const made = await asked<ProxyJson>(201, 'POST', '/proxies', { name, upstream, listen: '127.0.0.1:0', ...fields });
  return new Proxied(made);
}

/** Drives one proxy. */
export class Proxied {
  readonly name: string;
  readonly path: string;
  readonly listen: string;
  readonly port: number;

  constructor({ name, listen }: ProxyJson) {
    this.name = name;
    this.path = `/proxies/${name}`;
    this.listen = listen;
    this.port = portOf(listen);
  }

  show(): Promise<ProxyJson> {
    return asked(200, 'GET', this.path);
  }

  change(fields: object): Promise<ProxyJson> {
    return asked(200, 'PATCH', this.path, fields);
  }

  /** Adds a toxic; its name is its stream's unless given. */
  add(stream: string, type: string, attributes: object = {}, fields: object = {}): Promise<ToxicJson> {
    return asked(200, 'POST', `${this.path}/toxics`, { name: stream, stream, type, attributes, ...fields });
  }

  update(toxic: string, fields: object): Promise<ToxicJson> {
    return asked(200, 'PATCH', `${this.path}/toxics/${toxic}`, fields);
  }

  remove(toxic: string): Promise<void> {
    return asked(204, 'DELETE', `${this.path}/toxics/${toxic}`);
  }

  /** A client's connection, and the upstream's end of it. */
  async connect(to: Upstream): Promise<Pair> {
    const index = to.peers.length;
    const near = await client(this.port);
    const far = await to.peer(index);
    return { near, far };
  }
}

/** Both ends of a connection through a proxy. */
export interface Pair {
  readonly near: Peer;
  readonly far: Peer;
}

/** A pair as seen from one stream: `from` sends what that stream carries to `to`. */
export interface Flow {
  readonly from: Peer;
  readonly to: Peer;
}

/** The ends of a stream. */
export function flow(stream: string, { near, far }: Pair): Flow {
  return stream === 'upstream' ? { from: near, to: far } : { from: far, to: near };
}

/** Both streams, for tests of each. */
export const streams = ['upstream', 'downstream'] as const;

/** A proxy to a silent server, and a connection through it. */
export async function connected(): Promise<{ proxy: Proxied; to: Upstream; pair: Pair }> {
  const to = await upstream();
  const proxy = await proxyTo(to.address);
  return { proxy, to, pair: await proxy.connect(to) };
}

/** Milliseconds that something takes; a lower bound needs a function, so that its beginning is within. */
export async function timed(work: Promise<unknown> | (() => Promise<unknown>)): Promise<number> {
  const start = performance.now();
  await (typeof work === 'function' ? work() : work);
  return performance.now() - start;
}
