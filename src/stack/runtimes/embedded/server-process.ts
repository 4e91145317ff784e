import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Owe, ServerCommand } from '../../debt.ts';
import { descendantsOf, readProcessEntry, signalAll, waitUntilGone } from '../../machine/processes.ts';
import type { Server } from '../../server.ts';
import { ServerDebt } from '../server-debt.ts';
import { waitUntilReady } from '../until-ready.ts';
import { spawnServer } from './spawn-server.ts';

/** How a server is run, and how it is ended. */
export interface ServerPlan extends ServerCommand {
  /** For messages: `postgres (Postgres 18.4)`. */
  readonly title: string;
  /** Signal by which an administrator ends it. */
  readonly graceful: NodeJS.Signals;
  /** Signal that ends it at once, but lets it remove what it holds of the system. */
  readonly immediate: NodeJS.Signals;
  /** Tells the reaper. */
  track(pid: number): void;
  /** Notes what undoes a change that would outlive us. */
  readonly owe: Owe;
  /** Removes what a killed server may hold of the system, once it has ended for good. */
  clear(): void;
}

/** Maximum time (ms) of a graceful end. */
const gracefulWithin = 30_000;
/** Maximum time (ms) of an immediate end, or a SIGKILL. */
const immediateWithin = 5_000;
/** A server that cannot run (a wrong setting, a taken port) ends within this time (ms). */
const endsAtOnceWithin = 50;

/** A server as a child process in a session of its own, so that Ctrl-C at the terminal does not reach it. */
export class ServerProcess implements Server {
  readonly #plan: ServerPlan;
  #child: ChildProcess | undefined;
  #exit: Promise<unknown> = Promise.resolve();
  #ended = false;
  /** Held while it is down or paused. */
  readonly #debt: ServerDebt;

  constructor(plan: ServerPlan) {
    this.#plan = plan;
    this.#debt = new ServerDebt(plan.title, plan.owe);
  }

  get port(): number {
    return this.#plan.port;
  }

  /** Of the server's main process; undefined while it does not run. */
  get pid(): number | undefined {
    const child = this.#child;
    return child && child.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  async runs(): Promise<boolean> {
    return this.pid !== undefined;
  }

  /**
   * Starts the server. It runs then, and need not answer yet.
   * @throws Error when it runs already, cannot be run, or ends at once; with the end of its log
   */
  async start(): Promise<void> {
    const { title, command } = this.#plan;
    if (this.#ended) throw new Error(`${title} was ended with its stack and cannot be started again`);
    if (this.pid !== undefined)
      throw new Error(`${title} runs already (process ${this.pid}); stop() or kill() it first`);
    const child = spawnServer(this.#plan);
    this.#child = child;
    this.#exit = new Promise((resolve) => child.once('exit', resolve));
    if (child.pid !== undefined) this.#plan.track(child.pid);
    try {
      await once(child, 'spawn');
    } catch (error) {
      this.#child = undefined;
      throw new Error(`${title} could not be started: ${command}`, { cause: error });
    }
    child.unref();
    const timer = new AbortController();
    await Promise.race([this.#exit, sleep(endsAtOnceWithin, undefined, timer)]);
    timer.abort();
    this.#mustRun();
    this.#debt.settle();
  }

  /**
   * Asks again and again until `check` succeeds.
   * @param timeout milliseconds
   * @throws Error when the server ends meanwhile, or the time is over; with the end of its log
   */
  async ready(check: () => Promise<void>, timeout: number): Promise<void> {
    const { title } = this.#plan;
    const [mustRun, tail] = [() => this.#mustRun(), () => this.tail()];
    await waitUntilReady({ title, ended: this.#exit, mustRun, tail }, check, timeout);
  }

  /** Every process of the server, with SIGKILL. A server that does not run is fine. */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    this.#oweStart('SIGKILL');
    // Killing the main process alone leaves the others alive: one of Postgres was seen to commit and to answer its
    // client afterwards. A stopped main process forks no more, so what is listed then is everything.
    await stopAndWait(pid);
    for (let others = descendantsOf(pid); others.length > 0; others = descendantsOf(pid)) {
      signalAll(others, 'SIGKILL');
      await waitUntilGone(others, immediateWithin);
    }
    signalAll([pid], 'SIGKILL');
    await this.#waitUntilGone(immediateWithin);
  }

  /**
   * As an administrator would end it.
   * @throws Error when it was not over in 30 s; it is killed then
   */
  async stop(): Promise<void> {
    this.#oweStart(this.#plan.graceful);
    if (await this.#signal(this.#plan.graceful, gracefulWithin)) return;
    await this.kill();
    throw new Error(
      `${this.#plan.title} did not end within ${gracefulWithin} ms of ${this.#plan.graceful} and was killed; its log ends with:\n${this.tail()}`,
    );
  }

  /** For good: at once, but leaving nothing behind in the system. */
  async end(): Promise<void> {
    this.#ended = true;
    if (!(await this.#signal(this.#plan.immediate, immediateWithin))) await this.kill();
    this.#debt.settle();
    this.#plan.clear();
  }

  /** @throws Error when it does not run */
  async pause(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) throw new Error(`${this.#plan.title} does not run; start() it first`);
    const entry = readProcessEntry(pid);
    if (entry) this.#debt.owePause({ resume: entry });
    await stopAndWait(pid);
    signalAll(descendantsOf(pid), 'SIGSTOP');
  }

  async resume(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    signalAll([...descendantsOf(pid), pid], 'SIGCONT');
    this.#debt.settlePause();
  }

  /** The last lines of its log. */
  tail(lines = 15): string {
    return readFileSync(this.#plan.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  #oweStart(by: NodeJS.Signals): void {
    const { command, args, folder, logFile, port, user } = this.#plan;
    const process = this.pid === undefined ? undefined : readProcessEntry(this.pid);
    const start = { command, args, folder, logFile, port, user };
    this.#debt.oweEnd({ start, ...(process && { ending: { process, by } }) });
  }

  /** Whether all processes were gone in time. */
  async #signal(signal: NodeJS.Signals, within: number): Promise<boolean> {
    const { pid } = this;
    if (pid === undefined) return true;
    const others = descendantsOf(pid);
    signalAll([pid], signal);
    // One that was paused would never see it.
    signalAll([pid, ...others], 'SIGCONT');
    try {
      await this.#waitUntilGone(within);
      await waitUntilGone(others, within);
      return true;
    } catch {
      // Still there: the caller knows what to do.
      return false;
    }
  }

  /** Until Node has seen the end: while the process is a zombie, Postgres takes its lock file for a living server's. */
  async #waitUntilGone(within: number): Promise<void> {
    const deadline = performance.now() + within;
    while (this.pid !== undefined) {
      if (performance.now() >= deadline) {
        throw new Error(`${this.#plan.title}: process ${this.pid} must be gone within ${within} ms and is still there`);
      }
      await sleep(2);
    }
  }

  #mustRun(): void {
    if (this.pid !== undefined) return;
    const { title } = this.#plan;
    if (!this.#child) throw new Error(`${title} does not run; start() it first`);
    const how = this.#child.signalCode ? `by ${this.#child.signalCode}` : `with code ${this.#child.exitCode}`;
    throw new Error(`${title} ended ${how}; its log ends with:\n${this.tail()}`);
  }
}

/**
 * Stops a process and waits until it is: the signal is seen only when it next leaves the kernel, and it may be forking
 * there.
 */
async function stopAndWait(pid: number): Promise<void> {
  signalAll([pid], 'SIGSTOP');
  const deadline = performance.now() + immediateWithin;
  for (;;) {
    const state = readProcessEntry(pid)?.state;
    if (state === undefined || 'TtZX'.includes(state)) return;
    if (performance.now() >= deadline)
      throw new Error(`process ${pid} did not stop within ${immediateWithin} ms of SIGSTOP`);
    await sleep(1);
  }
}
