import { now } from '../recording/clock.ts';
import type { HealthPolls } from '../recording/recording.ts';
import type { App } from '../stack/app/app.ts';
import { requestHealth } from './health-request.ts';

/** Milliseconds from one poll to the next of its kind, while they are answered. */
const pollEvery = 200;

/**
 * Milliseconds after which a poll is given up, and the next one sent. A kubelet waits for one second unless told
 * otherwise. Liveness has twice that, so that a test may ask for any time up to there.
 */
const patience = { live: 2_000, ready: 1_000 } as const;

/** This process looks that often whether it was held up, in milliseconds. */
const beatEvery = 25;
/** Milliseconds without a beat that are a stall. */
const stalledAbove = 100;

/**
 * Asks an app through a run how it is, as an orchestrator does: each poll on a connection of its own, the next one of
 * its kind never before the one before has been answered or given up. Never throws, and never holds the process open.
 */
export class HealthPoller {
  readonly #app: string | undefined;
  readonly #lines: readonly PollLine[];
  readonly #stalls: [from: number, to: number][] = [];
  readonly #heart: NodeJS.Timeout | undefined;
  #beat = now();

  /** Begins to poll. */
  constructor(app: Pick<App, 'url' | 'health'> & Partial<Pick<App, 'name'>>) {
    this.#app = app.name;
    const { live, ready } = app.health ?? {};
    this.#lines = [
      ...(live === undefined ? [] : [new PollLine('live', live, app.url, 0)]),
      ...(ready === undefined ? [] : [new PollLine('ready', ready, app.url, pollEvery / 2)]),
    ];
    if (this.#lines.length > 0) this.#heart = setInterval(() => this.#beatOnce(), beatEvery).unref();
  }

  /** Polls no more. What has not been answered by now is recorded as `unfinished`. */
  stop(): void {
    clearInterval(this.#heart);
    if (this.#heart) this.#beatOnce();
    for (const line of this.#lines) line.stop();
  }

  /**
   * What was answered to the polls sent since an instant.
   * @param zero of the recording, on the clock of `recording/clock.ts`
   */
  since(zero: number): HealthPolls[] {
    const stalls = this.#stalls
      .filter(([, to]) => to > zero)
      .map(([from, to]): [number, number] => [from - zero, to - zero]);
    const app = this.#app === undefined ? {} : { app: this.#app };
    return this.#lines.map((line) => ({ ...app, ...line.since(zero), stalls }));
  }

  #beatOnce(): void {
    const at = now();
    if (at - this.#beat > stalledAbove) this.#stalls.push([this.#beat, at]);
    this.#beat = at;
  }
}

/** The polls of one path. */
class PollLine {
  readonly #kind: 'live' | 'ready';
  readonly #path: string;
  readonly #url: URL;
  readonly #polls: { readonly at: number; readonly took: number; readonly answer: number | string }[] = [];
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout;

  /** @param delay milliseconds before the first poll */
  constructor(kind: 'live' | 'ready', path: string, origin: string, delay: number) {
    this.#kind = kind;
    this.#path = path;
    this.#url = new URL(path, origin);
    this.#timer = this.#later(delay);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#over.abort();
  }

  since(zero: number): Omit<HealthPolls, 'stalls'> {
    const polls = this.#polls.filter(({ at }) => at >= zero);
    return {
      kind: this.#kind,
      path: this.#path,
      timeout: patience[this.#kind],
      at: polls.map(({ at }) => at - zero),
      took: polls.map(({ took }) => took),
      answers: polls.map(({ answer }) => answer),
    };
  }

  #later(delay: number): NodeJS.Timeout {
    // A timer that is not referenced holds no process open, and healthRequest never rejects.
    return setTimeout(() => void this.#poll(), delay).unref();
  }

  async #poll(): Promise<void> {
    const at = now();
    const answer = await requestHealth(this.#url, patience[this.#kind], this.#over.signal);
    const took = now() - at;
    this.#polls.push({ at, took, answer });
    if (this.#over.signal.aborted) return;
    this.#timer = this.#later(Math.max(0, pollEvery - took));
  }
}
