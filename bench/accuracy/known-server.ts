import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Figures } from './figures.ts';

const script = fileURLToPath(new URL('./server.ts', import.meta.url));

/** A server with a known answer, in a process of its own. */
export class KnownServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts one. @throws Error when it ends before it listens */
  static async start(behaviour: string): Promise<KnownServer> {
    const child = spawn(process.execPath, [script, behaviour], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`the server "${behaviour}" ended before it listened`);
      }),
    ])) as [{ port: number }];
    return new KnownServer(child, `http://127.0.0.1:${message.port}/`);
  }

  /** What is true of the run so far, by the server's own log. @param open whether the tool offers a rate, whatever the server does */
  async truth(open: boolean): Promise<Figures> {
    const answer = once(this.#child, 'message');
    this.#child.send({ open });
    const [{ truth }] = (await answer) as [{ truth: Figures }];
    return truth;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}
