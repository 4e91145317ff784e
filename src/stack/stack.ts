// The stack: real servers behind fault proxies, the apps, and the reaper that ends them. Contracts lie in this folder
// (server.ts, service.ts). Begin with openStack() below. Imports proxy and wire; never load, fault, observe or judging.

import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppHost } from './app/app.ts';
import { checkServices } from './check-services.ts';
import type { Owe } from './debt.ts';
import { reasonsOf, throwAll } from './errors.ts';
import { choosePrivatePath } from './reaper/private-folder.ts';
import { Reaper } from './reaper/reaper.ts';
import { type Choice, chooseRuntime } from './runtimes/choose.ts';
import { embedded } from './runtimes/embedded/embedded.ts';
import type { RunningProxy, Runtime, RuntimeName } from './server.ts';
import type { Service, ServiceDefinition } from './service.ts';
import { ServiceSlot } from './service-slot.ts';

/** Service definitions by the user's names for them. */
export type ServiceDefinitions = Readonly<Record<string, ServiceDefinition>>;

/** The services of one test, by the user's names for them. */
export type ServicesOf<D extends ServiceDefinitions> = {
  readonly [K in keyof D]: D[K] extends ServiceDefinition<infer S> ? S : never;
};

/** Servers that run, with the proxy in front of them. Apps are launched on it: `launch(definition, stack)`. */
export interface Stack<D extends ServiceDefinitions = ServiceDefinitions> extends AppHost {
  /** Where the servers run. */
  readonly runtime: RuntimeName;
  /** Where the servers run and why, and what else a report should say of it, as sentences. */
  readonly said: readonly string[];
  /** What a report should say of the stack since `fresh` was called last, such as `redis: rebuilt, since ...`. */
  readonly events: readonly string[];
  /**
   * A clean service of each name, for the next test. A server that cannot give one is stopped and started anew. The
   * apps of the test before must have ended; their logs are removed.
   * @throws Error naming the service, when that does not help
   */
  fresh(): Promise<ServicesOf<D>>;
  /**
   * The services that `fresh` gave last, clean again at the same addresses, in the middle of a test. The apps must have
   * ended.
   * @throws Error naming the service that cannot be reset
   */
  renew(): Promise<void>;
  /** Processes that the stack started: servers, proxy, apps, reaper, those that have ended included. */
  readonly pids: readonly number[];
  /** The process of the fault proxy, where it runs as one on this machine. */
  readonly proxyPid: number | undefined;
  /** Log files that there are now: of the apps since `fresh` was called last (`app.log`), and of the servers. */
  logs(): readonly string[];
  /**
   * Ends all; resolves when no process, shared memory or folder is left. With BREAKING_POINT_KEEP=1 it leaves all up
   * and prints how to reach and how to end it. May be called twice.
   * @throws Error when something would not end in order, after everything was ended
   */
  close(): Promise<void>;
}

/** Options of `openStack`. */
export interface StackOptions<D extends ServiceDefinitions> {
  readonly services: D;
  /** Where BREAKING_POINT_KEEP prints to. Default: console.log. */
  readonly print?: (text: string) => void;
}

/**
 * Starts the proxy and all services; resolves when all run.
 * @throws RangeError when BREAKING_POINT_RUNTIME has no meaning; Error when it asks for containers and no engine
 *   answers
 * @throws TypeError when the services are not a record of service definitions with identifiers as names
 * @throws Error naming the services that did not start; nothing is left then
 */
export async function openStack<D extends ServiceDefinitions>(options: StackOptions<D>): Promise<Stack<D>> {
  checkServices(options.services);
  const choice = await chooseRuntime(Object.values(options.services));
  const folder = await choosePrivatePath();
  const marker = randomUUID();
  const reaper = await Reaper.start(folder, marker);
  const stack = new RunningStack(options, choice, folder, marker, reaper);
  try {
    await stack.start();
  } catch (error) {
    throwAll([error, ...reasonsOf(await Promise.allSettled([stack.end()]))]);
  }
  return stack;
}

class RunningStack<D extends ServiceDefinitions> implements Stack<D> {
  readonly folder: string;
  readonly marker: string;
  readonly events: string[] = [];
  readonly pids: number[];
  readonly #options: StackOptions<D>;
  readonly #choice: Choice;
  readonly #reaper: Reaper;
  #runtime: Runtime | undefined;
  #proxyServer: RunningProxy | undefined;
  #slots: readonly ServiceSlot[] = [];
  #services: readonly Service[] = [];
  #closing: Promise<void> | undefined;
  #kept = false;

  constructor(options: StackOptions<D>, choice: Choice, folder: string, marker: string, reaper: Reaper) {
    this.#options = options;
    this.#choice = choice;
    this.folder = folder;
    this.marker = marker;
    this.#reaper = reaper;
    this.pids = [reaper.pid];
  }

  get runtime(): RuntimeName {
    return this.#choice.name;
  }

  get proxyPid(): number | undefined {
    return this.#proxyServer?.pid;
  }

  get said(): readonly string[] {
    const { name, because } = this.#choice;
    return [
      `the servers run ${name === 'containers' ? 'in containers' : 'embedded'}, since ${because}`,
      ...(this.#runtime?.notes ?? []),
    ];
  }

  /** Ends a process that is not part of the stack with this one, even if it is stopped. */
  watchOver(pid: number): void {
    this.#reaper.track(pid);
  }

  track(pid: number): void {
    this.pids.push(pid);
    this.#reaper.track(pid);
  }

  readonly owe: Owe = (what, remedy) => this.#reaper.owe(what, remedy);

  async start(): Promise<void> {
    const track = (pid: number) => this.track(pid);
    const runtime = await this.#openRuntime();
    this.#runtime = runtime;
    this.#proxyServer = await runtime.startProxy({ folder: this.folder, track, owe: this.owe });
    const { url: proxyUrl } = this.#proxyServer;
    const host = {
      folder: this.folder,
      runtime,
      proxyUrl,
      track,
      owe: this.owe,
      say: (event: string) => void this.events.push(event),
    };
    this.#slots = Object.entries(this.#options.services).map(
      ([name, definition]) => new ServiceSlot(name, definition, host),
    );
    // All come to rest before anything is undone: a server in the middle of its start cannot be stopped in order.
    throwAll(reasonsOf(await Promise.allSettled(this.#slots.map((slot) => slot.start()))));
  }

  async fresh(): Promise<ServicesOf<D>> {
    if (this.#closing) throw new Error('the stack is closed and has no fresh services; open another');
    this.events.length = 0;
    await Promise.all(listLogs(this.folder, 0).map((log) => rm(log)));
    const results = await Promise.allSettled(this.#slots.map(async (slot) => [slot.name, await slot.fresh()] as const));
    throwAll(reasonsOf(results));
    const services = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    this.#services = services.map(([, service]) => service);
    if (isKept()) this.#promiseToKeep();
    return Object.fromEntries(services) as ServicesOf<D>;
  }

  async renew(): Promise<void> {
    throwAll(reasonsOf(await Promise.allSettled(this.#slots.map((slot) => slot.renew()))));
  }

  logs(): readonly string[] {
    return listLogs(this.folder, 2);
  }

  close(): Promise<void> {
    this.#closing ??= isKept() ? this.#keep() : this.end();
    return this.#closing;
  }

  /** Services first, then the proxy. The reaper comes last, and ends what would not end otherwise. */
  async end(): Promise<void> {
    const services = await Promise.allSettled(this.#slots.map((slot) => slot.stop()));
    const proxy = await Promise.allSettled([this.#proxyServer?.stop()]);
    const reaper = await Promise.allSettled([this.#reaper.close()]);
    throwAll(reasonsOf([...services, ...proxy, ...reaper]));
  }

  async #openRuntime(): Promise<Runtime> {
    if (this.#choice.name === 'embedded') return embedded(isKept());
    // Only now: loading what drives the engine takes longer than starting a server without it.
    const { openContainers } = await import('./runtimes/containers/containers.ts');
    const { mayPull = false } = this.#choice;
    return openContainers({ marker: this.marker, watch: this.#reaper, mayPull, kept: isKept() });
  }

  /** The stack stays up even if we are killed. So how to end it is printed at once. */
  #promiseToKeep(): void {
    if (this.#kept) return;
    this.#kept = true;
    this.#reaper.keep();
    console.error(
      `BREAKING_POINT_KEEP: the stack in ${this.folder} will stay up, however its tests end; to end it: kill ${this.#reaper.pid}`,
    );
  }

  async #keep(): Promise<void> {
    this.#reaper.keep();
    const print = this.#options.print ?? console.log;
    const addresses = this.#services.map(
      ({ name, url, directUrl }) => `  ${name}: ${url} through the proxy, ${directUrl} around it`,
    );
    print(
      [
        `BREAKING_POINT_KEEP: the stack stays up in ${this.folder}`,
        ...addresses,
        `  to end it: kill ${this.#reaper.pid}`,
      ].join('\n'),
    );
  }
}

/** Whether the stack should stay up after its tests. */
function isKept(): boolean {
  return process.env.BREAKING_POINT_KEEP === '1';
}

function listLogs(folder: string, depth: number): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return depth > 0 ? listLogs(path, depth - 1) : [];
    return entry.name.endsWith('.log') ? [path] : [];
  });
}
