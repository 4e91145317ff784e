import { Redis } from 'ioredis';
import { ownName } from './sighting.ts';

/** Where a connection goes, and how long it waits. */
export interface ConnectionOptions {
  /** Milliseconds. Default 5 s. */
  readonly connectTimeout?: number;
  /** Milliseconds. Default a minute. */
  readonly commandTimeout?: number;
  /** Number of the database, which it comes back to when it is made again. Default 0. */
  readonly db?: number;
}

/**
 * Our own connection to a Redis server, around the proxy: made when needed, and again after a restart. Commands are
 * never retried.
 */
export class RedisConnection {
  readonly #port: number;
  readonly #options: ConnectionOptions;
  #client: Redis | undefined;

  constructor(port: number, options: ConnectionOptions = {}) {
    this.#port = port;
    this.#options = options;
  }

  /** @throws Error of the server, of the connection, or when no answer came in time (within a minute by default) */
  async command(...args: readonly (string | number | Buffer)[]): Promise<unknown> {
    const [name = '', ...rest] = args;
    return this.#connect().call(String(name), ...rest);
  }

  close(): void {
    this.#client?.disconnect();
    this.#client = undefined;
  }

  #connect(): Redis {
    if (this.#client && this.#client.status !== 'close' && this.#client.status !== 'end') return this.#client;
    this.close();
    const client = new Redis({
      host: '127.0.0.1',
      port: this.#port,
      connectionName: ownName,
      ...{ connectTimeout: 5_000, commandTimeout: 60_000, ...this.#options },
      // Neither waits for a server that is down nor sends a command twice: the caller is to see what happened.
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableReadyCheck: false,
    });
    // Every command is rejected with its cause; the event would only print it.
    client.on('error', () => undefined);
    this.#client = client;
    return client;
  }
}
