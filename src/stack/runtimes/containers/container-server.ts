import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Owe } from '../../debt.ts';
import { messageOf } from '../../errors.ts';
import type { Server } from '../../server.ts';
import { ServerDebt } from '../server-debt.ts';
import { waitUntilReady } from '../until-ready.ts';
import { within } from '../within.ts';
import type { EngineContainer } from './container-maker.ts';

/** How a server is run in a container, and how it is ended. */
export interface ContainerPlan {
  /** For messages: `redis (redis:8-alpine)`. */
  readonly title: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Its output is appended here. */
  readonly logFile: string;
  /** Signal by which an administrator ends it. */
  readonly graceful: NodeJS.Signals;
  /** Tells the reaper of a process: it is ended even when the engine does not answer any more. */
  track(pid: number): void;
  /** Notes what undoes a change that would outlive us. */
  readonly owe: Owe;
  /** Makes the container and starts it; calls back when it is made. */
  readonly create: (made: (container: EngineContainer) => void) => Promise<void>;
}

/** Maximum time (ms) of a graceful end. */
const gracefulWithin = 30_000;
/** Maximum time (ms) for the engine to do what it is told. */
const obeysWithin = 15_000;

/** A server in a container of its own, driven through the engine. */
export class ContainerServer implements Server {
  readonly #plan: ContainerPlan;
  #container: EngineContainer | undefined;
  #pid: number | undefined;
  /** The log's stream has ended, so the server has, or the engine. */
  #logEnded = true;
  #ended = false;
  /** When it was started last, as the engine says. */
  #startedAt = '';
  /** While it is down or stands still. */
  readonly #debt: ServerDebt;

  constructor(plan: ContainerPlan) {
    this.#plan = plan;
    this.#debt = new ServerDebt(plan.title, plan.owe);
  }

  get port(): number {
    return this.#plan.port;
  }

  /** Where the engine shares this machine's process table, as on Linux; the last one that was seen. */
  get pid(): number | undefined {
    return this.#pid;
  }

  async runs(): Promise<boolean> {
    return this.#container !== undefined && (await this.#state()).Running;
  }

  async start(): Promise<void> {
    const { title, create } = this.#plan;
    if (this.#ended) throw new Error(`${title} was ended with its stack and cannot be started again`);
    const container = this.#container;
    if (!container) {
      await create((made) => {
        this.#container = made;
      });
      await this.#follow(0);
    } else {
      if (await this.runs()) {
        throw new Error(`${title} runs already (container ${container.id.slice(0, 12)}); stop() or kill() it first`);
      }
      const since = Date.now() / 1_000;
      await this.#ask('start it', () => container.start());
      await this.#follow(since);
    }
    await this.#mustRun();
    this.#debt.settle();
  }

  ready(check: () => Promise<void>, timeout: number): Promise<void> {
    const { title } = this.#plan;
    const mustRun = async () => {
      // A container that is gone closes its log; asking the engine each time would cost more than the check.
      if (this.#logEnded) await this.#mustRun();
    };
    const ended = new Promise<never>(() => undefined);
    return waitUntilReady({ title, ended, mustRun, tail: () => this.tail() }, check, timeout);
  }

  /** The kernel kills all processes of a container with its first one, and the engine answers when they are gone. */
  async kill(): Promise<void> {
    this.#oweStart('SIGKILL');
    await this.#signal('SIGKILL');
    if (!(await this.#waitUntilGone(obeysWithin))) {
      throw new Error(
        `${this.#plan.title} was killed and still runs after ${obeysWithin} ms; look at it with \`docker ps\``,
      );
    }
  }

  async stop(): Promise<void> {
    const { title, graceful } = this.#plan;
    await this.resume();
    this.#oweStart(graceful);
    await this.#signal(graceful);
    if (await this.#waitUntilGone(gracefulWithin)) return;
    await this.kill();
    throw new Error(
      `${title} did not end within ${gracefulWithin} ms of ${graceful} and was killed; its log ends with:\n${this.tail()}`,
    );
  }

  async pause(): Promise<void> {
    const container = this.#mustHaveContainer();
    if (!(await this.runs())) throw new Error(`${this.#plan.title} does not run; start() it first`);
    this.#debt.owePause({ unpause: container.id });
    await this.#ask('pause it', () => container.pause());
  }

  async resume(): Promise<void> {
    const container = this.#container;
    if (!container) return;
    try {
      await this.#ask('resume it', () => container.unpause());
    } catch (error) {
      // It need not have been paused: what the engine says then differs with its version.
      if ((await this.#state()).Paused) throw error;
    }
    this.#debt.settlePause();
  }

  /** For good: the container and its data are removed. */
  async end(): Promise<void> {
    this.#ended = true;
    const container = this.#container;
    if (!container) return;
    await this.#order('remove it', () => container.remove({ force: true, v: true }), [404, 409]);
    this.#debt.settle();
  }

  /** The last lines of its log. */
  tail(lines = 15): string {
    const { logFile } = this.#plan;
    if (!existsSync(logFile)) return '';
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  #oweStart(by: NodeJS.Signals): void {
    this.#debt.oweEnd({ startContainer: { id: this.#mustHaveContainer().id, by, startedAt: this.#startedAt } });
  }

  #mustHaveContainer(): EngineContainer {
    if (this.#container) return this.#container;
    throw new Error(`${this.#plan.title} does not run; start() it first`);
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    const container = this.#mustHaveContainer();
    // 409: it does not run, which is fine.
    await this.#order(`send it ${signal}`, () => container.kill({ signal }), [409]);
  }

  async #waitUntilGone(within: number): Promise<boolean> {
    const deadline = performance.now() + within;
    while (await this.runs()) {
      if (performance.now() >= deadline) return false;
      await sleep(10);
    }
    return true;
  }

  /** Appends what it prints from now on to its log file. @param since seconds since the epoch */
  async #follow(since: number): Promise<void> {
    const container = this.#mustHaveContainer();
    const how = { follow: true, stdout: true, stderr: true, since } as const;
    const stream = await this.#ask('show its log', () => container.logs(how));
    const file = createWriteStream(this.#plan.logFile, { flags: 'a' });
    this.#logEnded = false;
    const over = (): void => {
      this.#logEnded = true;
      file.end();
    };
    stream.once('end', over);
    stream.once('error', over);
    // The folder may go before the last words come.
    file.on('error', () => undefined);
    // The log must not keep this process from ending.
    (stream as IncomingMessage).socket?.unref();
    container.modem.demuxStream(stream, file, file);
  }

  /** How it is, in the engine's words. */
  async #state() {
    const container = this.#mustHaveContainer();
    const { State } = await this.#ask('tell how it is', () => container.inspect());
    return State;
  }

  async #mustRun(): Promise<void> {
    const container = this.#mustHaveContainer();
    const { Running, StartedAt, Pid, ExitCode } = await this.#state();
    if (Running) {
      this.#startedAt = StartedAt;
      this.#pid = belongsTo(container.id, Pid) ? Pid : undefined;
      if (this.#pid !== undefined) this.#plan.track(this.#pid);
      return;
    }
    // Its last words are on their way.
    for (let look = 0; look < 50 && !this.#logEnded; look++) await sleep(10);
    await sleep(10);
    throw new Error(`${this.#plan.title} ended with code ${ExitCode}; its log ends with:\n${this.tail()}`);
  }

  /** @param fine statuses that mean that there was nothing to do */
  async #order(what: string, request: () => Promise<unknown>, fine: readonly number[]): Promise<void> {
    try {
      await this.#ask(what, request);
    } catch (error) {
      const { statusCode } = Object((error as Error).cause) as { statusCode?: number };
      if (statusCode === undefined || !fine.includes(statusCode)) throw error;
    }
  }

  async #ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await within(obeysWithin, request());
    } catch (error) {
      throw new Error(
        `${this.#plan.title}: the container engine did not ${what}: ${messageOf(error)}; look whether it runs (docker info)`,
        { cause: error },
      );
    }
  }
}

/**
 * Whether a pid that the engine names is one of ours: where the engine counts in a namespace of its own it may be
 * anybody's.
 */
function belongsTo(container: string, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'latin1').includes(container);
  } catch {
    // No such process here.
    return false;
  }
}
