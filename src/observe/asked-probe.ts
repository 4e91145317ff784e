import { readable } from '../duration.ts';
import { now } from '../recording/clock.ts';
import { describeValue } from './describe-value.ts';

/** Argument of a probe. */
export interface ProbeContext {
  /** Aborts when the answer is not needed any more. Pass it on where you can: `fetch(url, { signal })`. */
  readonly signal: AbortSignal;
}

/**
 * Reads a number of your own, around the fault proxy: rows of an outbox, the length of a Redis list.
 */
export type Probe = (context: ProbeContext) => number | Promise<number>;

/** Times of a probe. */
export interface ProbeTimes {
  /** Interval (ms) between two questions; longer when an answer takes longer. */
  readonly every: number;
  /** Maximum time (ms) to wait for an answer. */
  readonly limit: number;
}

/** Answer to one question, and when it came or was given up, on the clock of `recording/clock.ts`. */
export interface ProbeAnswer {
  readonly at: number;
  /** NaN when the answer was not a number. */
  readonly value: number;
}

/** What is wrong with an answer. */
export interface ProbeTrouble {
  /** Reads on after the probe's name: `threw: connect ECONNREFUSED`. */
  readonly text: string;
  readonly cause: unknown;
}

/** Asks one probe again and again, one question at a time. It never throws. */
export class AskedProbe {
  readonly name: string;
  readonly samples: ProbeAnswer[] = [];
  readonly #probe: Probe;
  readonly #times: ProbeTimes;
  readonly #stopped = new AbortController();
  readonly #over: AbortSignal;
  #missed = 0;
  #why = '';

  /** @param signal ends it, as {@link stop} does */
  constructor(name: string, probe: Probe, signal: AbortSignal, times: ProbeTimes) {
    this.name = name;
    this.#probe = probe;
    this.#times = times;
    this.#over = AbortSignal.any([signal, this.#stopped.signal]);
  }

  /** Why samples are missing; undefined when all are there. */
  get note(): string | undefined {
    if (this.#missed === 0) return undefined;
    return `the probe ${this.name} gave no number ${this.#missed} of ${this.samples.length} times (NaN in its series): it ${this.#why}`;
  }

  /** Asks once and notes the answer. @returns what was wrong with it */
  async ask(): Promise<ProbeTrouble | undefined> {
    const answer = await this.#answer();
    if (this.#over.aborted) return undefined;
    const at = now();
    if (typeof answer === 'number') {
      this.samples.push({ at, value: answer });
      return undefined;
    }
    this.samples.push({ at, value: Number.NaN });
    this.#missed++;
    this.#why = answer.text;
    return answer;
  }

  /** Asks until it is stopped. Never keeps the process alive. */
  goOn(pause: number = this.#times.every): void {
    setTimeout(() => void this.#next(), pause).unref();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #next(): Promise<void> {
    if (this.#over.aborted) return;
    const asked = now();
    await this.ask();
    this.goOn(Math.max(0, this.#times.every - (now() - asked)));
  }

  /** Never rejects. What comes after the time limit is ignored, a rejection too. */
  async #answer(): Promise<number | ProbeTrouble> {
    const late = AbortSignal.timeout(this.#times.limit);
    const signal = AbortSignal.any([late, this.#over]);
    const givenUp = Promise.withResolvers<never>();
    const giveUp = () => givenUp.reject(signal.reason);
    signal.addEventListener('abort', giveUp);
    try {
      const value: unknown = await Promise.race([askAsync(this.#probe, signal), givenUp.promise]);
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      return { text: `gave ${describeValue(value)} and not a number`, cause: undefined };
    } catch (cause) {
      const text = cause instanceof Error ? cause.message || cause.name : String(cause);
      return { text: late.aborted ? `did not answer within ${readable(this.#times.limit)}` : `threw: ${text}`, cause };
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}

/** A probe that throws at once rejects like one that throws later. */
async function askAsync(probe: Probe, signal: AbortSignal): Promise<unknown> {
  return probe({ signal });
}
