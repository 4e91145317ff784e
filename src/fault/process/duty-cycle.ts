import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../../recording/clock.ts';
import type { Pausable } from '../../stack/service.ts';

/**
 * Milliseconds of one round of running and standing still. Where pausing takes the runtime long, a round is longer: what is kept is the
 * share.
 */
export const period = 100;

/** One time that something stands still. */
export interface Halt {
  /** Resolves just before it goes on. */
  readonly ends: Promise<void>;
}

/** Holds something still again and again, so that it runs for a share of the time only. Disposing it lets it go on. */
export class DutyCycle implements AsyncDisposable {
  readonly #subject: Pausable;
  readonly #share: number;
  readonly #over = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Those who wait for the next halt. */
  #waiting: ((halt: Halt | undefined) => void)[] = [];

  private constructor(subject: Pausable, share: number) {
    this.#subject = subject;
    this.#share = share;
  }

  /** Resolves when it stands still for the first time. @param share of the time that it runs, above 0 and below 1 */
  static async begin(subject: Pausable, share: number): Promise<DutyCycle> {
    const cycle = new DutyCycle(subject, share);
    await cycle.#pause();
    cycle.#running = cycle.#run().finally(() => {
      cycle.#over.abort();
      cycle.#tell(undefined);
    });
    // It is thrown where it is waited for.
    cycle.#running.catch(() => undefined);
    return cycle;
  }

  /** The next halt, as soon as it begins; undefined when there is none any more. */
  nextHalt(): Promise<Halt | undefined> {
    if (this.#over.signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    try {
      await this.#running;
    } finally {
      await this.#subject.resume();
    }
  }

  async #run(): Promise<void> {
    const share = this.#share;
    let ran = share * period;
    while (!this.#over.signal.aborted) {
      const { promise: ends, resolve: goOn } = Promise.withResolvers<void>();
      this.#tell({ ends });
      // A round in which it ran for too long, since we were late, is made up for; a stall of ours does not hold it for ever.
      await this.#wait(Math.min((ran * (1 - share)) / share, 2 * period));
      goOn();
      await this.#subject.resume();
      const freed = now();
      await this.#wait(share * period);
      if (this.#over.signal.aborted) return;
      await this.#pause();
      ran = now() - freed;
    }
  }

  #tell(halt: Halt | undefined): void {
    for (const resolve of this.#waiting.splice(0)) resolve(halt);
  }

  async #pause(): Promise<void> {
    try {
      await this.#subject.pause();
    } catch (error) {
      // Some of it may stand still already.
      await this.#subject.resume();
      throw error;
    }
  }

  async #wait(ms: number): Promise<void> {
    const { signal } = this.#over;
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      // Then it is over, which the loop sees.
      if (!signal.aborted) throw error;
    });
  }
}
