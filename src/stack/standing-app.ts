import { type App, type AppDefinition, type AppEnd, type AppHost, launch } from './app.ts';

/** An app that can be started anew in the middle of a test: it keeps its name and address, so that whoever knows it reaches the new one. */
export class StandingApp implements App {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly #definition: AppDefinition;
  readonly #host: AppHost;
  readonly #listeners = new Set<(end: AppEnd) => void>();
  #running: App;

  private constructor(definition: AppDefinition, host: AppHost, app: App) {
    this.name = app.name;
    this.url = app.url;
    this.port = app.port;
    this.#definition = { ...definition, port: app.port };
    this.#host = host;
    this.#running = app;
    this.#watch();
  }

  /** Starts an app; resolves when it is ready. @throws Error as {@link launch} does */
  static async launch(definition: AppDefinition, host: AppHost, name = 'app'): Promise<StandingApp> {
    return new StandingApp(definition, host, await launch(definition, host, name));
  }

  get pid(): number {
    return this.#running.pid;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return this.#running.fetch(path, init);
  }

  onExit(listener: (end: AppEnd) => void): () => void {
    // Only one that has ended already calls back at once; the others are told by us.
    this.#running.onExit(listener)();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  output(): string {
    return this.#running.output();
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }

  /**
   * Ends the app if it still runs and starts it anew on its port; resolves when it is ready.
   * @param between called while it is away
   * @throws Error when it does not start again
   */
  async restart(between: () => Promise<void> = async () => undefined): Promise<void> {
    await this.#running.stop();
    await between();
    this.#running = await launch(this.#definition, this.#host, this.name);
    this.#watch();
  }

  #watch(): void {
    this.#running.onExit((end) => {
      for (const listener of this.#listeners) listener(end);
    });
  }
}
