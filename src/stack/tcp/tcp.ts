// The service tcp(): any dependency that runs already, behind a fault proxy.
// Begin with tcp() below. Never imports postgres, redis, app or runtimes.

import { formatAddress, parseAddress } from '../../proxy/address.ts';
import type { FaultProxy, Service, ServiceDefinition, ServiceServer, Sighting, Transfer } from '../service.ts';
import { checkSight, sightByConnect, sightByExchange, type TcpAddress, type TcpExchange } from './tcp-sight.ts';
import { measure } from './tcp-transfer.ts';

export type { TcpAddress, TcpExchange } from './tcp-sight.ts';

/** What {@link tcp} takes. */
export interface TcpOptions {
  /** `host:port` of the dependency that runs already, or a function that says so when the stack starts. */
  readonly upstream: string | (() => string | Promise<string>);
  /** What it is, in reports and errors: `kafka`. Default `tcp`. */
  readonly kind?: string;
  /** With it `url` and `directUrl` are URLs: `http` makes `http://127.0.0.1:20123`. Default: they are `host:port`. */
  readonly scheme?: string;
  /**
   * The smallest question that shows whether it answers: bytes, or a function that resolves when it got its answer
   * (false: it is not ready) and rejects when it did not. Without it a fault that shows only in answers is refused.
   */
  readonly sight?: TcpExchange | ((address: TcpAddress, signal: AbortSignal) => Promise<unknown>);
  /**
   * Fetches at least so many bytes from it; resolves when they came, rejects when they can't. Faults that only show in
   * bigger answers need it.
   */
  readonly fetch?: (address: TcpAddress, bytes: number, signal: AbortSignal) => Promise<unknown>;
  /** Hosts beyond this machine that it may be on, by name: faults are done to what goes there. */
  readonly allowHosts?: readonly string[];
}

/** A dependency that the stack does not run: behind the fault proxy, and with nothing of its contents touched. */
export interface TcpService extends Service {
  /** Its own address, around the proxy. */
  readonly upstream: TcpAddress;
}

/**
 * Any other dependency: a payment API, Kafka, MySQL, a container of yours. It runs already and goes on running; between
 * two tests only the proxy in front of it is reset.
 * @throws TypeError when an option is of no use; Error when the upstream is on another host that is not allowed by name
 */
export function tcp(options: TcpOptions): ServiceDefinition<TcpService> {
  const { upstream, kind = 'tcp', scheme, sight, fetch, allowHosts = [] } = options ?? {};
  if (typeof upstream !== 'function') addressOf(upstream, allowHosts);
  if (!/^[a-z][\w-]*$/i.test(kind) || ['postgres', 'redis', 'app'].includes(kind)) {
    throw new TypeError(
      `tcp({ kind }) must be a word such as kafka, not postgres, redis or app; got ${describe(kind)}`,
    );
  }
  if (scheme !== undefined && !/^[a-z][a-z\d+.-]*$/i.test(scheme)) {
    throw new TypeError(`tcp({ scheme }) must be that of a URL, such as http; got ${describe(scheme)}`);
  }
  if (fetch !== undefined && typeof fetch !== 'function') {
    throw new TypeError(
      `tcp({ fetch }) must be a function of an address and a number of bytes; got ${describe(fetch)}`,
    );
  }
  const look =
    sight === undefined ? sightByConnect : typeof sight === 'function' ? checkSight(sight) : sightByExchange(sight);
  return {
    kind,
    async start(name, host) {
      const address = addressOf(typeof upstream === 'function' ? await upstream() : upstream, allowHosts);
      const proxy = await host.proxy(name, formatAddress(address));
      return new TcpServer(
        new Dependency({ name, kind, proxy, upstream: address, look, answers: sight !== undefined, scheme, fetch }),
      );
    },
  };
}

/** Milliseconds in which a dependency that runs has to answer between two tests. */
const healthyWithin = 5_000;

class TcpServer implements ServiceServer<TcpService> {
  readonly #service: Dependency;

  constructor(service: Dependency) {
    this.#service = service;
  }

  async fresh(): Promise<TcpService> {
    const { proxy, upstream } = this.#service;
    await proxy.reset();
    const seen = await this.#service.sight('direct', healthyWithin);
    if (seen.kind === 'answered' && seen.ready) return this.#service;
    throw new Error(
      `nothing at ${formatAddress(upstream)} passes its sight (it was ${seen.kind}${seen.kind === 'answered' ? ', not ready' : ''}); start it before the tests, or correct tcp({ upstream, sight })`,
    );
  }

  /** It is not ours to end. */
  async stop(): Promise<void> {}
}

interface DependencyParts {
  readonly name: string;
  readonly kind: string;
  readonly proxy: FaultProxy;
  readonly upstream: TcpAddress;
  readonly look: (address: TcpAddress, timeout: number) => Promise<Sighting>;
  readonly answers: boolean;
  readonly scheme: string | undefined;
  readonly fetch: TcpOptions['fetch'] | undefined;
}

class Dependency implements TcpService {
  readonly name: string;
  readonly kind: string;
  readonly proxy: FaultProxy;
  readonly upstream: TcpAddress;
  readonly answers: boolean;
  readonly url: string;
  readonly directUrl: string;
  readonly transfer?: (bytes: number, timeout: number) => Promise<Transfer>;
  readonly #look: DependencyParts['look'];

  constructor({ name, kind, proxy, upstream, look, answers, scheme, fetch }: DependencyParts) {
    this.name = name;
    this.kind = kind;
    this.proxy = proxy;
    this.upstream = upstream;
    this.answers = answers;
    this.#look = look;
    const writeAddress = (address: TcpAddress) =>
      `${scheme === undefined ? '' : `${scheme}://`}${formatAddress(address)}`;
    this.url = writeAddress(proxy);
    this.directUrl = writeAddress(upstream);
    if (fetch) {
      this.transfer = (bytes, timeout) => measure((signal) => fetch(addressAt(proxy), bytes, signal), timeout);
    }
  }

  sight(via: 'proxy' | 'direct', timeout = 500): Promise<Sighting> {
    return this.#look(addressAt(via === 'proxy' ? this.proxy : this.upstream), timeout);
  }

  /** By the proxy, for the dependency itself can't be asked: 0 where it does not know. */
  async connections(): Promise<number> {
    return (await this.proxy.traffic())?.open ?? 0;
  }
}

/** Nothing of a proxy but where it is. */
function addressAt({ host, port }: TcpAddress): TcpAddress {
  return { host, port };
}

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** @throws TypeError when the text is no address; Error when it is on another host that is not allowed */
function addressOf(text: string, allowed: readonly string[]): TcpAddress {
  const address = read(text);
  if (loopback.test(address.host) || allowed.includes(address.host)) return address;
  throw new Error(
    `tcp({ upstream }) puts faults only before what runs on this machine (127.0.0.0/8, ::1, localhost), and ${address.host} is another host; if it is yours to disturb, give allowHosts: [${describe(address.host)}]`,
  );
}

function read(text: string): TcpAddress {
  try {
    const address = parseAddress(text);
    if (address.host !== '' && !address.host.includes('/') && address.port > 0) return address;
  } catch {
    // Said below, with an example.
  }
  throw new TypeError(`tcp({ upstream }) must be host:port, such as 127.0.0.1:9092; got ${describe(text)}`);
}

function describe(value: unknown): string {
  return typeof value === 'function' ? `function ${value.name}` : (JSON.stringify(value) ?? String(value));
}
