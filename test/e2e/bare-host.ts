import { randomUUID } from 'node:crypto';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Reaper } from '../../dist/stack/reaper/reaper.js';
import { isAlive } from '../../src/stack/machine/processes.ts';
import { embedded } from '../../src/stack/runtimes/embedded/embedded.ts';
import type { FaultProxy, Service, ServiceDefinition, ServiceServer, StackHost } from '../../src/stack/service.ts';

const nothing = async (): Promise<void> => {};

/** A stack of servers without a proxy in front of them: `url` leads straight to the server. */
export class BareHost implements StackHost, AsyncDisposable {
  readonly folder: string;
  readonly runtime = embedded(false);
  readonly tracked: number[] = [];
  readonly #servers: ServiceServer[] = [];
  readonly #reaper: Reaper;

  private constructor(folder: string, reaper: Reaper) {
    this.folder = folder;
    this.#reaper = reaper;
  }

  static async open(): Promise<BareHost> {
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'breaking-point-bare-'));
    return new BareHost(folder, await Reaper.start(folder, randomUUID()));
  }

  async proxy(_name: string, upstream: string): Promise<FaultProxy> {
    const [host = '', port] = upstream.split(':');
    return {
      host,
      port: Number(port),
      ours: false,
      disable: nothing,
      enable: nothing,
      addToxic: nothing,
      removeToxic: nothing,
      hang: nothing,
      release: nothing,
      redirect: nothing,
      restore: nothing,
      traffic: async () => undefined,
      reset: nothing,
    };
  }

  /** It never stays up, so that nothing has to be undone. */
  owe(): () => void {
    return () => undefined;
  }

  track(pid: number): void {
    this.tracked.push(pid);
    this.#reaper.track(pid);
  }

  async start<S extends Service>(name: string, definition: ServiceDefinition<S>): Promise<ServiceServer<S>> {
    const server = await definition.start(name, this);
    this.#servers.push(server);
    return server;
  }

  /** Processes that were started here and still run. */
  alive(): number[] {
    return this.tracked.filter(isAlive);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server.stop();
    await this.#reaper.close();
  }
}
