// The service redis(): its server, emptied for each test, what is known of it while it runs.
// Begin with redis() below; redis-program.ts says how the server runs. Never imports postgres, tcp or app.

import { mustKnow } from '../../known-options.ts';
import { type StatementWire, startStatementWire } from '../../wire/start.ts';
import { Hosted } from '../clients/hosted.ts';
import { RedisConnection } from '../clients/redis-connection.ts';
import { type Conversation, ownName, sight } from '../clients/sighting.ts';
import { transferFromRedis } from '../clients/transfer.ts';
import type { Owe } from '../debt.ts';
import type { Observable, Reading } from '../observable.ts';
import { imageFor } from '../runtimes/containers/images.ts';
import type { Server } from '../server.ts';
import type {
  FaultProxy,
  Killable,
  Pausable,
  Service,
  ServiceDefinition,
  ServiceServer,
  Sighting,
  Transfer,
} from '../service.ts';
import { readConfiguration } from './redis-configuration.ts';
import { RedisFacts } from './redis-facts.ts';
import { redisProgram } from './redis-program.ts';

/** A relay that delays chosen commands, of which there is one in front of a Redis that was asked for it. */
export type CommandWire = Pick<StatementWire, 'port' | 'runs' | 'slow' | 'stop'>;

/** A Redis or Valkey server, emptied for each test. */
export interface RedisService extends Service, Killable, Pausable, Observable {
  /**
   * Where chosen commands can be delayed on their way to the server; undefined unless the service was made with
   * `commands: true`.
   */
  readonly wire: CommandWire | undefined;
  /**
   * The reply to a command, around the proxy: `command('llen', 'queue')`.
   * @throws Error of ioredis when Redis refuses it, or no answer came within a minute
   */
  command(...args: readonly (string | number | Buffer)[]): Promise<unknown>;
  /**
   * Resolves when PING around the proxy answers PONG, so not while Redis loads its data.
   * @param timeout milliseconds
   * @throws Error with the end of the server's log when it ended, or the time is over
   */
  readyToServe(timeout: number): Promise<void>;
  /**
   * Notes, before a change of the server is made that would outlive this process, the commands that undo it: sent one
   * by one, should this process end with the server still up. They must do no harm when there is nothing to undo.
   * @param what for messages: `outOfMemory(cache)`
   * @returns settles it, once it has been undone
   */
  owe(what: string, commands: readonly (readonly string[])[]): () => void;
}

/** What {@link redis} takes. */
export interface RedisOptions {
  /**
   * Keeps an append-only file, so that what Redis acknowledged is there again after SIGKILL of the server. By default
   * nothing is kept.
   */
  readonly appendOnly?: boolean;
  /** As in `redis.conf`; they win over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What runs in containers. Default `BREAKING_POINT_REDIS_IMAGE`, else the official image. */
  readonly image?: string;
  /**
   * Puts a relay that reads the protocol between the fault proxy and the server, for `slowCommands`, which needs to
   * tell one command from another. It takes a process, and a fraction of a millisecond for each command. Default false.
   */
  readonly commands?: boolean;
}

/**
 * Written before it is acknowledged. `everysec` may postpone the write by two seconds while the disk is busy, and
 * acknowledges meanwhile; `no` never postpones it, and leaves only the sync to the system: a killed server loses
 * nothing, a crashed machine would.
 */
const appending: Readonly<Record<string, string>> = { appendonly: 'yes', appendfsync: 'no' };

/** Milliseconds in which a server that runs has to answer between two tests. */
const healthyWithin = 5_000;

/** A real Redis or Valkey server for a test file, emptied and reconfigured as at its start for each test. */
export function redis(options: RedisOptions = {}): ServiceDefinition<RedisService> {
  mustKnow(options, 'redis', { appendOnly: true, settings: true, image: true, commands: true });
  const { appendOnly = false, settings = {}, image = imageFor('redis'), commands = false } = options;
  return {
    kind: 'redis',
    image,
    program: redisProgram,
    async start(name, host) {
      const all = { ...(appendOnly ? appending : {}), ...settings };
      const server = await host.runtime.start(redisProgram, { name, host, settings: all, image });
      let wire: CommandWire | undefined;
      try {
        const outlive = process.env.BREAKING_POINT_KEEP === '1';
        const asked = { outlive, protocol: 'redis', ownName } as const;
        if (commands) wire = await startStatementWire(server.port, (pid) => host.track(pid), asked);
        const proxy = await host.proxy(name, `127.0.0.1:${wire?.port ?? server.port}`);
        return await RedisServer.of(new RedisDatabase({ name, server, proxy, debts: host.owe, wire }), server);
      } catch (error) {
        await wire?.stop();
        await server.end();
        throw error;
      }
    },
  };
}

class RedisServer implements ServiceServer<RedisService> {
  readonly #service: RedisDatabase;
  readonly #server: Server;
  readonly #configuration: ReadonlyMap<string, string>;

  private constructor(service: RedisDatabase, server: Server, configuration: ReadonlyMap<string, string>) {
    this.#service = service;
    this.#server = server;
    this.#configuration = configuration;
  }

  static async of(service: RedisDatabase, server: Server): Promise<RedisServer> {
    return new RedisServer(service, server, await readConfiguration(service));
  }

  async fresh(): Promise<RedisService> {
    const service = this.#service;
    await service.proxy.reset();
    // Then another server is needed, and the stack is to say so.
    if (!(await this.#server.runs())) throw new Error('its server was left ended');
    if (service.wire?.runs === false) throw new Error('its command relay has ended');
    await service.readyToServe(healthyWithin);
    for (const [name, value] of await readConfiguration(service)) {
      const first = this.#configuration.get(name);
      if (first !== undefined && first !== value) await service.command('config', 'set', name, first);
    }
    await service.command('client', 'kill', 'type', 'normal', 'skipme', 'yes');
    await service.command('client', 'kill', 'type', 'pubsub', 'skipme', 'yes');
    await service.command('script', 'flush');
    await service.command('flushall');
    await service.command('config', 'resetstat');
    return service;
  }

  async stop(): Promise<void> {
    this.#service.close();
    await this.#server.end();
    await this.#service.wire?.stop();
  }
}

interface RedisParts {
  readonly name: string;
  readonly server: Server;
  readonly proxy: FaultProxy;
  readonly debts: Owe;
  readonly wire: CommandWire | undefined;
}

class RedisDatabase extends Hosted implements RedisService {
  readonly name: string;
  readonly kind = 'redis';
  readonly proxy: FaultProxy;
  readonly wire: CommandWire | undefined;
  readonly #connection: RedisConnection;
  readonly #facts: RedisFacts;

  constructor({ name, server, proxy, debts, wire }: RedisParts) {
    super(server, debts);
    this.name = name;
    this.proxy = proxy;
    this.wire = wire;
    this.#connection = new RedisConnection(server.port);
    this.#facts = new RedisFacts(server.port);
  }

  get url(): string {
    return `redis://${this.proxy.host}:${this.proxy.port}`;
  }

  get directUrl(): string {
    return `redis://127.0.0.1:${this.server.port}`;
  }

  sight(via: 'proxy' | 'direct', timeout = 500): Promise<Sighting> {
    const address = via === 'proxy' ? this.proxy : { host: '127.0.0.1', port: this.server.port };
    return sight(address, startPing(), timeout);
  }

  transfer(bytes: number, timeout: number): Promise<Transfer> {
    return transferFromRedis(this.proxy, bytes, timeout);
  }

  async connections(): Promise<number> {
    const clients = String(await this.command('client', 'list'))
      .trim()
      .split('\n');
    return clients.filter((client) => !client.includes(` name=${ownName} `)).length;
  }

  command(...args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return this.#connection.command(...args);
  }

  readyToServe(timeout: number): Promise<void> {
    return this.server.ready(() => mustAnswer(this.server.port), timeout);
  }

  facts(): Promise<Reading> {
    return this.#facts.facts();
  }

  owe(what: string, commands: readonly (readonly string[])[]): () => void {
    return this.debts(what, { redis: this.server.port, commands });
  }

  close(): void {
    this.#facts.close();
    this.#connection.close();
  }
}

/** Names the connection, which even a Redis that loads its data allows, then PING, which it does not. */
function startPing(): Conversation {
  return {
    opening: Buffer.from(`CLIENT SETNAME ${ownName}\r\nPING\r\n`),
    hear(heard) {
      const [, answer, rest] = heard.toString('latin1').split('\r\n');
      return rest === undefined ? undefined : answer === '+PONG';
    },
  };
}

async function mustAnswer(port: number): Promise<void> {
  const seen = await sight({ host: '127.0.0.1', port }, startPing(), 2_000);
  if (seen.kind !== 'answered' || !seen.ready) throw new Error(`Redis on port ${port}: ${seen.kind}, not ready`);
}
