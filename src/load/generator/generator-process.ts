import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endProcess } from '../../child/end-process.ts';
import type { Feed } from '../requests/feed.ts';
import type { GeneratorMessage, TestMessage } from './protocol.ts';

/** What one generator process is to do. */
export interface GeneratorPart {
  /** Plain data for the module. */
  readonly data: unknown;
  /** The requests that it is fed, by the number of their sequence. */
  readonly feeds: readonly Feed[];
}

/**
 * Requests that are handed over in one message: to take one in keeps a generator from sending for a fifth of a
 * millisecond.
 */
const batch = 100;

/** The test's end of a generator: a process of its own, which ends with this one whatever happens. */
export class GeneratorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #feeds: readonly Feed[];
  #over = false;

  /**
   * @param module what Node loads there
   * @param heard called with each message but the wants, which are fed
   * @param broke called when the process ends by itself, cannot be started, or a request function throws
   */
  constructor(
    module: URL,
    part: GeneratorPart,
    heard: (message: GeneratorMessage) => void,
    broke: (error: unknown) => void,
  ) {
    this.#feeds = part.feeds;
    this.#child = fork(fileURLToPath(module), [], {
      serialization: 'advanced',
      // Vitest's own flags must not reach it, and neither must what is typed.
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('error', broke);
    this.#child.on('exit', (code, signal) =>
      broke(
        new Error(
          `the load generator's process ${this.#child.pid} was ended from outside: ${signal ?? `exit code ${code}`}`,
        ),
      ),
    );
    this.#child.on('message', (message: GeneratorMessage) => {
      // What it asked for while a request function ran for ever is no longer wanted by anybody.
      if (this.#over) return;
      try {
        if (message.kind === 'want') this.#feed(message.sequence, message.until);
        else if (message.kind === 'failed') broke(message.error);
        else heard(message);
      } catch (error) {
        this.#over = true;
        broke(error);
      }
    });
    this.tell({ kind: 'start', data: part.data });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  tell(message: TestMessage): void {
    // A message that cannot be delivered means that the process has ended, which 'exit' tells.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Ends the process, and waits until it is gone; also one that is stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await endProcess(this.#child, 0);
  }

  #feed(sequence: number, until: number): void {
    const requests = this.#feeds[sequence]?.ahead(until) ?? [];
    for (let from = 0; from < requests.length; from += batch) {
      this.tell({ kind: 'requests', sequence, requests: requests.slice(from, from + batch) });
    }
  }
}
