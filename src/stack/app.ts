import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readable } from '../duration.ts';
import { freePort } from '../proxy/port.ts';
import { now } from '../recording/clock.ts';
import type { AppExit } from '../recording/recording.ts';
import { AppLog } from './app-log.ts';
import type { AppDefinition } from './command.ts';
import { type Belongings, endProcesses, processesOf } from './leftovers.ts';
import { processEntry, signalAll, whenGone } from './processes.ts';
import { readyProbe } from './ready.ts';
import { assertFree, spawnApp, spawnFailure } from './spawn-app.ts';

export { type AppDefinition, type CommandOptions, command } from './command.ts';
export type { Ready } from './ready.ts';

/** What an app needs of the stack around it; a stack is one. */
export interface AppHost {
  /** Where the app's output goes, as `<name>.log`. */
  readonly folder: string;
  /** The stack's marker, by which the reaper knows the app's processes. */
  readonly marker: string;
  track(pid: number): void;
}

/** An app ended. `at` is on the clock of `recording/clock.ts`. */
export interface AppEnd extends AppExit {
  /** Whether `stop` was called before. */
  readonly asked: boolean;
}

/** An app that runs. */
export interface App {
  readonly name: string;
  /** Origin: `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** A request to the app. @param path from `/` */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Calls back when the app's process ends; at once when it has ended. @returns takes the listener away */
  onExit(listener: (end: AppEnd) => void): () => void;
  /** The last 40 lines that it printed. */
  output(): string;
  /** SIGTERM; after 5 s SIGKILL. Resolves when the app and all that it started are gone. May be called twice. */
  stop(): Promise<void>;
}

/** How often a starting app is looked at, in milliseconds. */
const lookEvery = 25;
/** How long an app may take to end after SIGTERM, in milliseconds. */
const grace = 5_000;

/**
 * Starts an app; resolves when it is ready.
 * @param host the stack
 * @param name the user's name for the app, where there are several; its output goes to `<name>.log` in the stack's folder
 * @throws Error when it cannot be started, dies, or is not ready in time, with its last lines; nothing of it is left then
 */
export async function launch(definition: AppDefinition, host: AppHost, name = 'app'): Promise<App> {
  const said = `${name} \`${definition.argv.join(' ')}\``;
  if (!existsSync(definition.cwd)) {
    throw new Error(`${said} cannot be started: its cwd ${definition.cwd} does not exist; correct the option cwd`);
  }
  if (definition.port !== undefined) await assertFree(definition.port, said);
  const port = definition.port ?? (await freePort());
  const log = new AppLog(join(host.folder, `${name}.log`));
  const marker = `${host.marker}/${randomUUID()}`;
  const child = log.withFile((file) => spawnApp(definition, port, marker, file));
  const pid = child.pid ?? (await spawnFailure(child, said));
  host.track(pid);
  const app = new ChildApp(name, port, pid, marker, child, log);
  try {
    await becomesReady(app, definition, said);
    return app;
  } catch (error) {
    await app.kill();
    throw error;
  }
}

class ChildApp implements App {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #log: AppLog;
  readonly #belongings: Belongings;
  readonly #listeners = new Set<(end: AppEnd) => void>();
  /** The exit was noticed and told; only then does `stop` resolve. */
  readonly #told = Promise.withResolvers<void>();
  #end: AppEnd | undefined;
  #stopping: Promise<void> | undefined;

  constructor(name: string, port: number, pid: number, marker: string, child: ChildProcess, log: AppLog) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.port = port;
    this.pid = pid;
    this.#child = child;
    this.#log = log;
    // The output goes to a file, and the reaper is on watch: the app need not hold its starter's process open.
    child.unref();
    const entry = processEntry(pid);
    this.#belongings = { folder: undefined, marker, tracked: entry ? [entry] : [], spared: [process.pid] };
    child.once('exit', (code, signal) => {
      this.#end = { at: now(), code, signal, output: this.output(), asked: this.#stopping !== undefined };
      this.#told.resolve();
      for (const listener of this.#listeners) listener(this.#end);
    });
  }

  /** How it ended; undefined while it runs. */
  get end(): AppEnd | undefined {
    return this.#end;
  }

  /** All that it printed. */
  get log(): AppLog {
    return this.#log;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    const url = URL.parse(path, this.url);
    if (!path.startsWith('/') || url?.origin !== this.url) {
      return Promise.reject(
        new TypeError(`${this.name}.fetch: the path must begin with one '/', such as /health; got ${path}`),
      );
    }
    return fetch(url, init);
  }

  onExit(listener: (end: AppEnd) => void): () => void {
    if (this.#end) listener(this.#end);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  output(): string {
    return this.#log.tail();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** SIGKILL to all of it. */
  async kill(): Promise<void> {
    this.#stopping ??= this.#kill(this.#belongings);
    await this.#stopping;
  }

  async #stop(): Promise<void> {
    const deadline = performance.now() + grace;
    // Noted while they have their parent: without it, one that shed its environment could not be known as ours.
    const family = processesOf(this.#belongings).flatMap((pid) => processEntry(pid) ?? []);
    const belongings = { ...this.#belongings, tracked: family };
    // The app's own process first: an orderly app ends its children itself. Then those that it left.
    if (!this.#end) await this.#terminate([this.pid], deadline);
    await this.#terminate(processesOf(belongings), deadline);
    await this.#kill(belongings);
  }

  async #kill(belongings: Belongings): Promise<void> {
    // Without this, a process with nothing else to do would end before it hears of the exit.
    this.#child.ref();
    await endProcesses(belongings);
    await this.#told.promise;
  }

  async #terminate(pids: readonly number[], deadline: number): Promise<void> {
    signalAll(pids, 'SIGTERM');
    try {
      await whenGone(pids, Math.max(0, deadline - performance.now()));
    } catch {
      // It would not end in time: it is killed next.
    }
  }
}

async function becomesReady(app: ChildApp, definition: AppDefinition, said: string): Promise<void> {
  const deadline = performance.now() + definition.readyTimeout;
  const probe = readyProbe(definition.ready, app.url, () => app.log.text());
  let seen: string | undefined = 'nothing was seen yet';
  const ended = new Promise<void>((resolve) => app.onExit(() => resolve()));
  const late = new AbortController();
  // For a ready function that never settles.
  const timeUp = sleep(definition.readyTimeout, undefined, { signal: late.signal });
  const looking = async () => {
    while (!app.end && performance.now() < deadline) {
      seen = await probe.look();
      if (seen === undefined) return;
      await sleep(lookEvery);
    }
  };
  await Promise.race([ended, looking(), timeUp]);
  late.abort();
  if (seen === undefined && !app.end) return;
  const lines = app.output();
  const tail = lines ? `its last lines:\n${lines}` : 'it printed nothing';
  const end = app.end;
  if (!end) {
    throw new Error(
      `${said} was not ready within ${readable(definition.readyTimeout)}: waited for ${probe.awaited}; last: ${seen}; ${tail}`,
    );
  }
  const how = end.signal ? `by ${end.signal}` : `with exit code ${end.code}`;
  throw new Error(`${said} ended ${how} before it was ready: waited for ${probe.awaited}; ${tail}`);
}
