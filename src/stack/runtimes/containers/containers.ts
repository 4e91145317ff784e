// Servers in containers, by Testcontainers.
// Begin with openContainers() below. Knows no kind of server.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startProxyServer } from '../../../proxy/start.ts';
import type { RunningProxy, Runtime, Server, ServerHost, ServerOrder, ServerProgram } from '../../server.ts';
import { startSomewhere } from '../embedded/start-somewhere.ts';
import { refuseReserved } from '../reserved.ts';
import { ContainerMaker, type ContainersOptions, type Making } from './container-maker.ts';
import { ContainerServer } from './container-server.ts';
import { imageFor } from './images.ts';

/**
 * Prepares to run a stack's servers in containers, each with the engine's kill, pause and start.
 *
 * On Linux they use the machine's own network and listen on 127.0.0.1: no address moves with a restart, and nothing
 * stands between server, proxy and probe that would accept connections for a server that is dead. Elsewhere their ports
 * are published, on numbers that stay the same.
 * @throws Error when the engine does not answer
 */
export async function openContainers(options: ContainersOptions): Promise<Runtime> {
  return new ContainersRuntime(await ContainerMaker.open(options), options.kept);
}

class ContainersRuntime implements Runtime {
  readonly name = 'containers';
  readonly notes: string[];
  readonly #maker: ContainerMaker;
  readonly #kept: boolean;

  constructor(maker: ContainerMaker, kept: boolean) {
    this.#maker = maker;
    this.#kept = kept;
    this.notes = [...maker.notes];
  }

  async start(program: ServerProgram, order: ServerOrder): Promise<Server> {
    const { name, host, image } = order;
    refuseReserved(program, order.settings);
    const run = program.planContainer(order);
    return startSomewhere(
      (port) => {
        const [address, inside] = this.#maker.hostNetwork ? ['127.0.0.1', port] : ['*', run.usualPort];
        const { environment } = run;
        const making = { image, command: run.command(address, inside), environment, port, inside };
        return this.#server(name, host, run.graceful, making);
      },
      (port) => run.mustBeOurs(port),
    );
  }

  /**
   * Toxiproxy, where its ports can be the machine's own: behind a published port a refused or reset connection looks
   * like one that was accepted and closed.
   */
  async startProxy(host: ServerHost): Promise<RunningProxy> {
    const image = imageFor('toxiproxy');
    const why = this.#maker.hostNetwork
      ? await this.#maker.lacks(image)
      : 'the containers of this engine do not share the network of this machine, and a published port hides faults';
    if (why !== undefined) {
      this.notes.push(`the embedded fault proxy stands in front of the containers: ${why}`);
      return startProxyServer((pid) => host.track(pid), { outlive: this.#kept });
    }
    const server = await startSomewhere(
      (port) => {
        const command = ['-host=127.0.0.1', `-port=${port}`];
        // No service can have this name: a service's is an identifier.
        return this.#server('fault-proxy', host, 'SIGTERM', { image, command, environment: {}, port, inside: port });
      },
      async (port) => {
        const answer = await fetch(`http://127.0.0.1:${port}/proxies`, { signal: AbortSignal.timeout(2_000) });
        if (Object.keys((await answer.json()) as object).length > 0)
          throw new Error(`port ${port} serves other proxies`);
      },
    );
    return { url: `http://127.0.0.1:${server.port}`, stop: () => server.end() };
  }

  #server(name: string, host: ServerHost, graceful: NodeJS.Signals, making: Making): ContainerServer {
    const folder = join(host.folder, name);
    mkdirSync(folder, { recursive: true });
    return new ContainerServer({
      title: `${name} (${making.image})`,
      port: making.port,
      logFile: join(folder, 'server.log'),
      graceful,
      track: (pid) => host.track(pid),
      owe: host.owe,
      create: (made) => this.#maker.make(name, making, made),
    });
  }
}
