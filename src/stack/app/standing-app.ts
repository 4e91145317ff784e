import { freePort } from '../../proxy/port.ts';
import { now } from '../../recording/clock.ts';
import { messageOf } from '../errors.ts';
import type { App, AppEnd, AppHost, AppState, HealthPaths } from './app.ts';
import { AppProcess } from './app-process.ts';
import type { AppDefinition } from './command.ts';
import { fetchApp } from './fetch-app.ts';

/** Time (ms) from an exit to the new start by `restart: 'always'`: the first, and the longest after doublings. */
const backOff = { first: 100, most: 5_000 };
/** An app that has run this long (ms) begins again with the first back-off. */
const provenAfter = 10_000;

/**
 * Starts an app; resolves when it is ready.
 * @param host the stack
 * @param name the user's name for the app, where there are several; its output goes to `<name>.log` in the stack's
 *   folder
 * @throws Error when it cannot be started, dies, or is not ready in time, with its last lines; nothing of it is left
 *   then
 */
export async function launch(definition: AppDefinition, host: AppHost, name = 'app'): Promise<StandingApp> {
  const port = definition.port ?? (await freePort());
  const first = await AppProcess.start(definition, host, name, port);
  await mustBecomeReady(first);
  return new StandingApp(definition, host, name, port, first);
}

/**
 * An app that is started anew in the middle of a test: by a fault, by a reset, or by itself with `restart: 'always'`.
 */
export class StandingApp implements App {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly #definition: AppDefinition;
  readonly #host: AppHost;
  readonly #exitListeners = new Set<(end: AppEnd) => void>();
  readonly #readyListeners = new Set<(at: number) => void>();
  #process: AppProcess;
  #wanted: 'up' | 'down' | 'never again' = 'up';
  /** Settles when a start that is under way is over. */
  #starting: Promise<unknown> = Promise.resolve();
  #startedAt = now();
  #pause = backOff.first;
  #timer: NodeJS.Timeout | undefined;

  /** @param first its process, which is ready */
  constructor(definition: AppDefinition, host: AppHost, name: string, port: number, first: AppProcess) {
    this.name = name;
    this.url = `${definition.protocol}://127.0.0.1:${port}`;
    this.port = port;
    this.#definition = definition;
    this.#host = host;
    this.#process = first;
    this.#watch();
  }

  get pid(): number {
    return this.#process.pid;
  }

  get health(): HealthPaths {
    const { live, ready } = this.#definition;
    return { live, ready: typeof ready === 'string' ? ready : undefined };
  }

  get probeFile(): string | undefined {
    return this.#process.probeFile;
  }

  get state(): AppState {
    const { state } = this.#process;
    return state === 'gone' && this.#timer ? 'away' : state;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    const url = URL.parse(path, this.url);
    if (!path.startsWith('/') || url?.origin !== this.url) {
      return Promise.reject(
        new TypeError(`${this.name}.fetch: the path must begin with one '/', such as /health; got ${path}`),
      );
    }
    return fetchApp(url, init);
  }

  onExit(listener: (end: AppEnd) => void): () => void {
    const { end } = this.#process;
    if (end) listener(end);
    this.#exitListeners.add(listener);
    return () => void this.#exitListeners.delete(listener);
  }

  onReady(listener: (at: number) => void): () => void {
    this.#readyListeners.add(listener);
    return () => void this.#readyListeners.delete(listener);
  }

  output(): string {
    return this.#process.output();
  }

  async stop(): Promise<void> {
    await this.#endProcess();
    await this.#process.stop();
  }

  async kill(): Promise<void> {
    await this.#endProcess();
    await this.#process.kill();
  }

  /** Stops the app for good: a fault that is healed later does not start it again. */
  async end(): Promise<void> {
    this.#wanted = 'never again';
    await this.stop();
  }

  async start(): Promise<boolean> {
    const started = await this.#spawn();
    const failure = await started.waitUntilReady();
    if (failure === undefined) {
      const at = now();
      for (const listener of this.#readyListeners) listener(at);
      return true;
    }
    // Its exit was reported already.
    if (!started.end) this.#tell({ output: started.output(), why: firstLine(failure) });
    return false;
  }

  async pause(): Promise<void> {
    await this.#process.pause();
  }

  async resume(): Promise<void> {
    this.#process.resume();
  }

  /**
   * Ends the app if it still runs and starts it anew on its port; resolves when it is ready.
   * @param between is called while the app is down
   * @throws Error when it does not start again, with its last lines; it is ended then
   */
  async restart(between: () => Promise<void> = async () => undefined): Promise<void> {
    await this.stop();
    await between();
    await mustBecomeReady(await this.#spawn());
  }

  async #spawn(): Promise<AppProcess> {
    await this.#starting;
    if (this.#wanted === 'never again') {
      throw new Error(`${this.name} was ended with its test and cannot be started again`);
    }
    if (!this.#process.end)
      throw new Error(`${this.name} runs already (process ${this.pid}); stop() or kill() it first`);
    this.#wanted = 'up';
    const starting = this.#startProcess();
    // An end waits for the start, whether that succeeds or fails.
    this.#starting = starting.catch(() => undefined);
    return starting;
  }

  async #startProcess(): Promise<AppProcess> {
    // Processes that it left behind would hold its port.
    await this.#process.kill();
    this.#process = await AppProcess.start(this.#definition, this.#host, this.name, this.port);
    this.#startedAt = now();
    this.#watch();
    return this.#process;
  }

  async #endProcess(): Promise<void> {
    if (this.#wanted === 'up') this.#wanted = 'down';
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#starting;
  }

  #watch(): void {
    this.#process.onExit((end) => {
      for (const listener of this.#exitListeners) listener(end);
      if (!end.asked && this.#wanted === 'up' && this.#definition.restart === 'always') this.#startLater();
    });
  }

  #startLater(): void {
    if (now() - this.#startedAt >= provenAfter) this.#pause = backOff.first;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.start().catch((error: unknown) => {
        if (this.#wanted !== 'up') return;
        this.#tell({ output: '', why: messageOf(error) });
        this.#startLater();
      });
    }, this.#pause);
    this.#timer.unref();
    this.#pause = Math.min(2 * this.#pause, backOff.most);
  }

  #tell(end: Pick<AppEnd, 'output'> & { readonly why: string }): void {
    const told: AppEnd = { at: now(), code: null, signal: null, asked: false, ...end };
    for (const listener of this.#exitListeners) listener(told);
  }
}

/** Waits until the app is ready. @throws Error when it does not get ready; it is ended then */
async function mustBecomeReady(started: AppProcess): Promise<void> {
  const failure = await started.waitUntilReady();
  if (failure === undefined) return;
  await started.kill();
  throw new Error(failure);
}

/** Cuts off the last lines of the output, which are reported apart. */
function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/; (its last lines:|it printed nothing)$/, '');
}
