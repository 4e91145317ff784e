import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { now } from '../../recording/clock.ts';
import type { Owe } from '../debt.ts';
import { type Belongings, endProcesses, holdProcesses, processesOf } from '../machine/leftovers.ts';
import { readProcessEntry, signalAll, waitUntilGone } from '../machine/processes.ts';
import type { AppEnd, AppHost, AppState } from './app.ts';
import { AppLog } from './app-log.ts';
import { waitUntilReady } from './app-readiness.ts';
import type { AppDefinition } from './command.ts';
import { MemoryWatch } from './memory-watch.ts';
import { assertFree, awaitSpawnFailure, spawnApp } from './spawn-app.ts';

/**
 * Number of last lines of output that are kept of an app that ended. An uncaught error of `pg` takes 45, with its stack
 * and its fields; with the client that a pool adds to it, 280.
 */
const lastWords = 400;

/** Maximum time (ms) for an app to end after SIGTERM. */
const grace = 5_000;

/** One start of an app: a process with all that it starts itself. */
export class AppProcess {
  readonly pid: number;
  readonly probeFile: string | undefined;
  /** App and command, for messages. */
  readonly #said: string;
  readonly #definition: AppDefinition;
  readonly #url: string;
  readonly #child: ChildProcess;
  readonly #log: AppLog;
  readonly #belongings: Belongings;
  readonly #listeners = new Set<(end: AppEnd) => void>();
  readonly #memory: MemoryWatch | undefined;
  readonly #settle: (() => void) | undefined;
  /** Settles when the exit was reported; only then does `stop` resolve. */
  readonly #told = Promise.withResolvers<void>();
  #end: AppEnd | undefined;
  #stopping: Promise<void> | undefined;
  #paused: readonly number[] = [];
  /** Why we killed it on our own, such as its memory limit. */
  #why: string | undefined;

  private constructor(started: Started) {
    const { definition, said, url, child, pid, log, marker, probeFile, owe } = started;
    this.pid = pid;
    this.probeFile = probeFile;
    this.#said = said;
    this.#definition = definition;
    this.#url = url;
    this.#child = child;
    this.#log = log;
    // The output goes to a file, and the reaper is on watch: the app need not hold its starter's process open.
    child.unref();
    const entry = readProcessEntry(pid);
    this.#belongings = { folder: undefined, marker, tracked: entry ? [entry] : [], spared: [process.pid] };
    this.#settle = owe?.(describeDebt(said), { end: { marker, ...(entry && { process: entry }) } });
    const { memoryLimit } = definition;
    this.#memory =
      memoryLimit === undefined ? undefined : new MemoryWatch(pid, memoryLimit, (why) => this.#killFor(why));
    child.once('exit', (code, signal) => {
      this.#memory?.stop();
      const asked = this.#stopping !== undefined;
      const why = this.#why === undefined ? {} : { why: this.#why };
      this.#end = { at: now(), code, signal, output: this.#log.tail(lastWords), asked, ...why };
      this.#told.resolve();
      for (const listener of this.#listeners) listener(this.#end);
    });
  }

  /**
   * Starts an app; resolves when its process runs.
   * @param name its output goes to `<name>.log` in the host's folder, after what an earlier start printed
   * @throws Error when it cannot be started, or the port is in use
   */
  static async start(definition: AppDefinition, host: AppHost, name: string, port: number): Promise<AppProcess> {
    const said = `${name} \`${definition.argv.join(' ')}\``;
    if (!existsSync(definition.cwd)) {
      throw new Error(`${said} cannot be started: its cwd ${definition.cwd} does not exist; correct the option cwd`);
    }
    await assertFree(port, said);
    const log = new AppLog(join(host.folder, `${name}.log`));
    const marker = `${host.marker}/${randomUUID()}`;
    const probeFile = definition.probe ? join(host.folder, `${name}.probe`) : undefined;
    // Noted before there is a process to name, because we may end at any time.
    const settle = host.owe?.(describeDebt(said), { end: { marker } });
    try {
      const child = log.withFile((file) => spawnApp(definition, port, marker, file, probeFile));
      const pid = child.pid ?? (await awaitSpawnFailure(child, said));
      host.track(pid);
      const url = `${definition.protocol}://127.0.0.1:${port}`;
      return new AppProcess({ definition, said, url, child, pid, log, marker, probeFile, owe: host.owe });
    } finally {
      settle?.();
    }
  }

  /** How it ended; undefined while it runs. */
  get end(): AppEnd | undefined {
    return this.#end;
  }

  get state(): AppState {
    if (this.#end) return 'gone';
    const states = [this.pid, ...this.#paused].flatMap((pid) => readProcessEntry(pid)?.state ?? []);
    return states.length > 0 && states.every((state) => 'TtZX'.includes(state)) ? 'paused' : 'runs';
  }

  onExit(listener: (end: AppEnd) => void): () => void {
    if (this.#end) listener(this.#end);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** All that this start printed, at most the last mebibyte. */
  text(): string {
    return this.#log.text();
  }

  /** The last 40 lines that this start printed. */
  output(): string {
    return this.#log.tail();
  }

  /**
   * Waits until it is ready, for the time that its definition gives it.
   * @returns undefined, or why it did not get ready, with its last lines
   */
  async waitUntilReady(): Promise<string | undefined> {
    const why = await waitUntilReady(this, this.#definition, this.#url);
    if (why === undefined) return undefined;
    const lines = this.output();
    return `${this.#said} ${why}; ${lines ? `its last lines:\n${lines}` : 'it printed nothing'}`;
  }

  /** SIGTERM; after 5 s SIGKILL. Resolves when it and all that it started are gone. May be called twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** SIGKILL to all of it; resolves when all are gone. */
  async kill(): Promise<void> {
    this.#stopping ??= this.#kill(this.#belongings);
    await this.#stopping;
  }

  /** SIGSTOP to all of it; resolves when all stand still. */
  async pause(): Promise<void> {
    if (this.#end || this.#stopping) return;
    this.#paused = await holdProcesses(this.#belongings);
  }

  /** SIGCONT to all that was paused. */
  resume(): void {
    signalAll(this.#paused, 'SIGCONT');
    this.#paused = [];
  }

  async #stop(): Promise<void> {
    const deadline = performance.now() + grace;
    // Noted while they have their parent: otherwise one that shed its environment could not be known as ours.
    const family = processesOf(this.#belongings).flatMap((pid) => readProcessEntry(pid) ?? []);
    const belongings = { ...this.#belongings, tracked: family };
    // The app's own process first: an orderly app ends its children itself. Then those that are left.
    if (!this.#end) await this.#terminate([this.pid], deadline);
    await this.#terminate(processesOf(belongings), deadline);
    await this.#kill(belongings);
  }

  async #kill(belongings: Belongings): Promise<void> {
    // Without this, a process with nothing else to do would end before it hears of the exit.
    this.#child.ref();
    await endProcesses(belongings);
    this.#settle?.();
    await this.#told.promise;
  }

  #killFor(why: string): void {
    if (this.#end || this.#stopping) return;
    this.#why = why;
    // What remains of it is ended with the app at the latest.
    endProcesses(this.#belongings).catch(() => undefined);
  }

  async #terminate(pids: readonly number[], deadline: number): Promise<void> {
    signalAll(pids, 'SIGTERM');
    // A paused process would never see the signal.
    this.resume();
    try {
      await waitUntilGone(pids, Math.max(0, deadline - performance.now()));
    } catch {
      // It did not end in time: it is killed next.
    }
  }
}

/** What is owed for an app. */
function describeDebt(said: string): string {
  return `${said} was left running`;
}

interface Started {
  readonly definition: AppDefinition;
  readonly said: string;
  readonly url: string;
  readonly child: ChildProcess;
  readonly pid: number;
  readonly log: AppLog;
  readonly marker: string;
  readonly probeFile: string | undefined;
  readonly owe: Owe | undefined;
}
