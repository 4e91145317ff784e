import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { type LastingFault, lasting, type RedisService } from 'breaking-point';

/** An address that leads new connections to one server or another, and leaves those that exist where they are. */
export class FloatingAddress {
  readonly #server: Server;
  #target: URL | undefined;

  private constructor() {
    this.#server = createServer((near) => {
      if (!this.#target) {
        near.destroy();
        return;
      }
      const far = connect(Number(this.#target.port), this.#target.hostname);
      near.pipe(far).pipe(near);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        // The error of one side is the end of both.
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
      }
    });
  }

  static async open(): Promise<FloatingAddress> {
    const address = new FloatingAddress();
    await new Promise<void>((listening) => address.#server.listen(0, '127.0.0.1', listening));
    return address;
  }

  /** As a Redis client takes it. */
  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where new connections go from now on. */
  leadTo(redis: RedisService): void {
    this.#target = new URL(redis.url);
  }

  /** The address is given up; resolves when its last connection has ended. */
  close(): Promise<void> {
    return new Promise((closed) => void this.#server.close(() => closed()));
  }
}

/**
 * The primary is demoted: it reads, and refuses to write. At the fault's end its replica is the primary, and the address leads there; whoever
 * is still connected to the old one stays so. Nothing makes it a primary again: the test file has to end with its servers.
 */
export function demote(primary: RedisService, replica: RedisService, address: FloatingAddress): LastingFault {
  const { hostname, port } = new URL(replica.directUrl);
  return lasting({
    name: `demote(${primary.name})`,
    kind: 'demote',
    subject: primary,
    holds: ['role'],
    patience: 100,
    async look() {
      const [role] = (await primary.command('role')) as [string];
      return { seen: role === 'slave', detail: `its role was ${role}` };
    },
    async inject() {
      await primary.command('replicaof', hostname, port);
      return {
        async [Symbol.asyncDispose]() {
          await replica.command('replicaof', 'no', 'one');
          address.leadTo(replica);
        },
      };
    },
  });
}

/** Makes one server the replica of another; resolves when it has its data. */
export async function replicate(primary: RedisService, replica: RedisService): Promise<void> {
  const { hostname, port } = new URL(primary.directUrl);
  await replica.command('replicaof', hostname, port);
  const deadline = performance.now() + 10_000;
  while (!String(await replica.command('info', 'replication')).includes('master_link_status:up')) {
    if (performance.now() > deadline) throw new Error(`${replica.name} did not follow ${primary.name} within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
