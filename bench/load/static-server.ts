import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned } from './pinned.ts';

const script = fileURLToPath(new URL('./server.ts', import.meta.url));

/** The server that all tools are measured on, in a process of its own on a core of its own. */
export class StaticServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}/`;
  }

  /** Starts one on that core. @throws Error when it ends before it listens */
  static async start(core: number): Promise<StaticServer> {
    const [program, ...args] = pinned(core, [process.execPath, script]);
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [port] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('the static server ended before it listened');
      }),
    ])) as [number];
    return new StaticServer(child, port);
  }

  /** Requests so far. */
  count(): Promise<number> {
    return this.#ask('count');
  }

  /** By how much the requests from one count to another came later than evenly spaced ones, p99 in milliseconds. */
  lateness(rate: number, from: number, to: number): Promise<number> {
    return this.#ask({ rate, from, to });
  }

  async #ask(question: 'count' | { rate: number; from: number; to: number }): Promise<number> {
    const answer = once(this.#child, 'message');
    this.#child.send(question);
    const [number] = (await answer) as [number];
    return number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}
