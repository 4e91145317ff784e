import { randomUUID } from 'node:crypto';
import {
  type ContainerRuntimeClient,
  GenericContainer,
  getContainerRuntimeClient,
  getReaper,
  ImageName,
  type WaitStrategy,
} from 'testcontainers';
import { messageOf } from '../../errors.ts';
import { containerLabel, ownerLabel } from '../../machine/container-leftovers.ts';
import type { EngineAddress } from '../../machine/engine.ts';
import { within } from '../within.ts';
import { imageFor, imageKinds, imageVariable } from './images.ts';

/** A container, as dockerode drives it. */
export type EngineContainer = ReturnType<ContainerRuntimeClient['container']['getById']>;

/** What hears of the containers of the runtime, so that they end with the stack. */
export interface ContainerWatch {
  /** The engine whose containers with the stack's label are to be removed. */
  engine(address: EngineAddress): void;
  /** A container of that name is about to be made. */
  creating(name: string): void;
  /** It is there, or will never be. */
  settled(name: string): void;
}

/** What the containers of one stack have in common. */
export interface ContainersOptions {
  readonly marker: string;
  readonly watch: ContainerWatch;
  /** Whether an image that is missing is to be pulled. */
  readonly mayPull: boolean;
  /** The stack outlives its process: nothing but its own reaper may remove it. */
  readonly kept: boolean;
}

/** A container as it is to be made. */
export interface Making {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Where the server listens inside, when the port is published. */
  readonly inside: number;
}

/** Maximum time (ms) for the engine to make and start a container whose image is there. */
const startsWithin = 60_000;

/** Does not wait: the servers themselves are asked whether they are ready. */
const atOnce: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => atOnce,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => startsWithin,
};

/** Makes the containers of one stack. */
export class ContainerMaker {
  /** Whether containers use this machine's own network; else their ports are published. */
  readonly hostNetwork: boolean;
  /** What a report should say, as sentences. */
  readonly notes: readonly string[];
  readonly #options: ContainersOptions;
  readonly #client: ContainerRuntimeClient;
  readonly #ryuk: boolean;

  private constructor(
    options: ContainersOptions,
    client: ContainerRuntimeClient,
    hostNetwork: boolean,
    ryuk: true | string | undefined,
  ) {
    this.#options = options;
    this.#client = client;
    this.hostNetwork = hostNetwork;
    this.#ryuk = ryuk === true;
    this.notes = typeof ryuk === 'string' ? [ryuk] : [];
  }

  /** @throws Error when the engine does not answer */
  static async open(options: ContainersOptions): Promise<ContainerMaker> {
    const client = await within(startsWithin, getContainerRuntimeClient()).catch((error: unknown) => {
      throw new Error(`Testcontainers cannot use the container engine: ${messageOf(error)}`, { cause: error });
    });
    const { modem } = client.container.dockerode as { modem: { socketPath?: string; host?: string; port?: number } };
    const { socketPath, host = '127.0.0.1', port = 2375 } = modem;
    options.watch.engine(socketPath ? { socketPath } : { host, port: Number(port) });
    return new ContainerMaker(options, client, await sharesNetwork(client), await startRyuk(client, options));
  }

  /** Why there is no such image, after an attempt to pull it where that is wanted; undefined when it is there. */
  async lacks(image: string): Promise<string | undefined> {
    const name = ImageName.fromString(image);
    try {
      if (await this.#client.image.exists(name)) return undefined;
      if (!this.#options.mayPull) {
        return `the image ${image} is not there, and nothing is pulled unless BREAKING_POINT_RUNTIME=containers asks for containers`;
      }
      await this.#client.image.pull(name);
      return undefined;
    } catch (error) {
      const kind = imageKinds.find((one) => imageFor(one) === image);
      const other = kind ? `name another in ${imageVariable(kind)}` : 'name another';
      return `the image ${image} is not there and could not be pulled (${messageOf(error)}); pull it yourself (docker pull ${image}), ${other}, or set BREAKING_POINT_RUNTIME=embedded`;
    }
  }

  /**
   * Makes a container and starts it.
   * @param made called as soon as the container is there, before it runs
   * @throws Error when there is no image, or the engine does not start it; the container stays if there is one
   */
  async make(
    name: string,
    { image, command, environment, port, inside }: Making,
    made: (container: EngineContainer) => void,
  ): Promise<void> {
    const lack = await this.lacks(image);
    if (lack !== undefined) throw new Error(lack);
    const { marker, watch } = this.#options;
    const title = `breaking-point-${name}-${randomUUID()}`;
    const container = new LoopbackContainer(image, (id) => {
      watch.settled(title);
      made(this.#client.container.getById(id));
    })
      .withName(title)
      .withLabels({ [containerLabel]: marker, [ownerLabel]: String(process.pid) })
      .withEnvironment(environment)
      .withCommand([...command])
      .withWaitStrategy(atOnce)
      .withAutoCleanup(this.#ryuk);
    if (this.hostNetwork) container.withNetworkMode('host');
    else container.withExposedPorts({ container: inside, host: port });
    watch.creating(title);
    try {
      await within(startsWithin, container.start());
      watch.settled(title);
    } catch (error) {
      // Not settled: the engine may still be at it.
      throw new Error(`the container engine did not start it from ${image}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Testcontainers publishes ports to the whole network; these are for this machine. */
class LoopbackContainer extends GenericContainer {
  readonly #made: (id: string) => void;

  constructor(image: string, made: (id: string) => void) {
    super(image);
    this.#made = made;
  }

  protected override async beforeContainerCreated(): Promise<void> {
    for (const bindings of Object.values(this.hostConfig.PortBindings ?? {})) {
      for (const binding of bindings as { HostIp?: string }[]) binding.HostIp = '127.0.0.1';
    }
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.#made(id);
  }
}

/**
 * Whether a container can use this machine's own network: not with an engine in a virtual machine or in a namespace of
 * its own.
 */
async function sharesNetwork(client: ContainerRuntimeClient): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { OperatingSystem, SecurityOptions } = (await client.container.dockerode.info()) as {
    OperatingSystem?: string;
    SecurityOptions?: readonly string[];
  };
  return !/Docker Desktop/.test(OperatingSystem ?? '') && !SecurityOptions?.some((option) => /rootless/.test(option));
}

/**
 * Starts Testcontainers' own reaper, unless it is not wanted. Whether it runs, or a sentence that says why it does not.
 */
async function startRyuk(
  client: ContainerRuntimeClient,
  { mayPull, kept }: ContainersOptions,
): Promise<true | string | undefined> {
  if (kept || process.env.TESTCONTAINERS_RYUK_DISABLED === 'true') return undefined;
  try {
    const reference = [process.env.RYUK_CONTAINER_IMAGE ?? 'testcontainers/ryuk'];
    const there = mayPull || (await client.container.dockerode.listImages({ filters: { reference } })).length > 0;
    if (!there) return undefined;
    await getReaper(client);
    return true;
  } catch (error) {
    return `Ryuk does not run (${messageOf(error)}): containers are removed by the stack's own reaper alone`;
  }
}
