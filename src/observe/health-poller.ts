import { now } from '../recording/clock.ts';
import type { HealthPolls } from '../recording/recording.ts';
import type { App } from '../stack/app/app.ts';
import { requestHealth } from './health-request.ts';

/** Interval (ms) between two polls of a kind, while they are answered. */
const pollEvery = 200;

/**
 * Maximum time (ms) of a poll; then the next one is sent. A kubelet waits one second by default. Liveness has twice
 * that, so that a test may set a bound up to there.
 */
const patience = { live: 2_000, ready: 1_000 } as const;

/** Interval (ms) at which this process checks whether it was held up. */
const beatEvery = 25;
/** Longer than this (ms) without a beat is a stall. */
const stalledAbove = 100;

/**
 * Polls the health paths of an app through a run, as an orchestrator does. Each poll has a connection of its own, and
 * waits until the one before is answered or given up. It never throws, and never holds the process open.
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

  /** Stops polling. A poll without an answer is recorded as `unfinished`. */
  stop(): void {
    clearInterval(this.#heart);
    if (this.#heart) this.#beatOnce();
    for (const line of this.#lines) line.stop();
  }

  /**
   * The polls since an instant, and their answers.
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
    // A timer that is not referenced holds no process open, and requestHealth never rejects.
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
