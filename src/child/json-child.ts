import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { endProcess } from './end-process.ts';

/** A Node process to be started. */
export interface ChildPlan {
  /** What it is, for errors: `The fault proxy server`. */
  readonly name: string;
  /** The module that Node runs: a file of `dist`, since Node strips no types under node_modules. */
  readonly main: URL;
  readonly args?: readonly string[];
  /** Variables of our environment that it must not see. */
  readonly without?: readonly string[];
  /** It goes on when we are gone: writing to a stderr that nobody reads any more must not end it. Default false. */
  readonly silent?: boolean;
}

/** Most characters of the child's own output that an error quotes. */
const mostPrinted = 4_000;
/** Milliseconds from SIGTERM to SIGKILL. */
const endsWithin = 2_000;

/**
 * A process of ours that takes orders as lines of JSON on its stdin, and answers with lines of JSON on its stdout. It
 * runs in a session of its own, so that the terminal's Ctrl-C does not end it before those who use it. Its stdin is a
 * pipe that we hold: its end tells it that we are gone, however that came.
 */
export class JsonChild<Answer extends object> {
  /** NaN where it could not be started. */
  readonly pid: number;
  /** Resolves when it has ended and all that it said was heard, with an Error that says how. */
  readonly gone: Promise<Error>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable | null>;
  readonly #plan: ChildPlan;
  readonly #asked: ((answer: Answer) => void)[] = [];
  #hear: (answer: Answer) => void = () => {};
  #printed = '';
  #ended: Error | undefined;

  constructor(plan: ChildPlan) {
    const env = { ...process.env };
    // Options of the test's Node, such as a loader, are not meant for it.
    for (const name of ['NODE_OPTIONS', ...(plan.without ?? [])]) delete env[name];
    this.#plan = plan;
    const stderr = plan.silent ? 'ignore' : 'pipe';
    const args = [fileURLToPath(plan.main), ...(plan.args ?? [])];
    this.#child = spawn(process.execPath, args, {
      ...{ detached: true, env },
      stdio: ['pipe', 'pipe', stderr],
    }) as ChildProcessByStdio<Writable, Readable, Readable | null>;
    this.pid = this.#child.pid ?? Number.NaN;
    // Writing to a process that is gone breaks the pipe; its end is told by `gone`.
    this.#child.stdin.on('error', () => {});
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
    this.#child.stderr?.on('data', (data: Buffer) => this.#keep(data.toString()));
    this.gone = new Promise((resolve) => {
      const end = (how: string, cause?: unknown) => {
        this.#ended ??= this.#failure(how, cause);
        resolve(this.#ended);
      };
      this.#child.once('error', (error) => end(`could not be started: ${error.message}`, error));
      this.#child.once('close', (code, signal) => end(`ended with ${signal ?? `code ${code}`}`));
    });
  }

  /** Why it is gone; undefined while it runs. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  /** Writes an order. */
  tell(order: object): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  /** From now on `hear` is called with each line that nobody waits for by {@link answer}. */
  listen(hear: (answer: Answer) => void): void {
    this.#hear = hear;
  }

  /**
   * The next line.
   * @param within milliseconds. Default: as long as it runs
   * @throws Error with what it printed, when it ends or is late
   */
  async answer(within?: number): Promise<Answer> {
    if (this.#ended) throw this.#ended;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#asked.push(resolve);
    void this.gone.then(reject);
    const late = () =>
      reject(this.#failure(`said nothing within ${Number(within) / 1_000} s; look for an overloaded machine`));
    const timer = within === undefined ? undefined : setTimeout(late, within);
    return await promise.finally(() => clearTimeout(timer));
  }

  /** Whether it keeps this process from ending. */
  hold(held: boolean): void {
    // The pipes are sockets, though their types do not say so.
    const { stdin, stdout, stderr } = this.#child;
    const pipes = [stdin, stdout, ...(stderr ? [stderr] : [])] as unknown as Socket[];
    for (const handle of [this.#child, ...pipes]) {
      if (held) handle.ref();
      else handle.unref();
    }
  }

  /** Ends it, by SIGKILL if it does not end within 2 s. Resolves when it is gone. */
  async stop(): Promise<void> {
    await endProcess(this.#child, endsWithin);
  }

  #take(line: string): void {
    let answer: Answer;
    try {
      answer = JSON.parse(line) as Answer;
    } catch {
      this.#keep(`${line}\n`);
      return;
    }
    (this.#asked.shift() ?? this.#hear)(answer);
  }

  #keep(text: string): void {
    this.#printed = (this.#printed + text).slice(-mostPrinted);
  }

  #failure(how: string, cause?: unknown): Error {
    const printed = this.#printed.trim();
    const said = printed === '' ? 'It printed nothing.' : `It printed:\n${printed}`;
    return new Error(`${this.#plan.name} (node ${fileURLToPath(this.#plan.main)}) ${how}. ${said}`, { cause });
  }
}
