import type { Series, StatementRecord } from '../recording/recording.ts';

/** What a quantity is at this instant: connections, bytes in use. */
export interface Gauge {
  readonly name: string;
  readonly unit: Series['unit'];
  /** NaN when it is not known. */
  readonly value: number;
}

/** What a server counts up since its start. Recorded is how fast it grows. */
export interface Counter {
  readonly name: string;
  readonly counted: number;
  /**
   * `/s` (default): how much it grows per second. `%`: it counts milliseconds, and their share of the time is recorded.
   */
  readonly unit?: '/s' | '%';
}

/**
 * Two counters, of which one counts a part of the other: cache hits of all look-ups. Recorded is the share, in per
 * cent.
 */
export interface Share {
  readonly name: string;
  readonly part: number;
  readonly of: number;
}

/** One thing that is known of a subject at an instant. */
export type Fact = Gauge | Counter | Share;

/** All that is known of a subject at an instant. */
export interface Reading {
  readonly facts: readonly Fact[];
  /** Changes whenever the counters have begun anew at zero, as after a crash: a start time, a run's id. */
  readonly since?: string | undefined;
}

/**
 * A service that can be asked how it is doing. It is asked about twice a second while a run lasts, never again before
 * it has answered, and becomes series of the recording under the service's name.
 */
export interface Observable {
  /**
   * Asks the server, around the proxy. While it cannot be asked, in the middle of a crash, it rejects soon; the run
   * goes on then, and NaN is recorded.
   */
  facts(): Promise<Reading>;
  /** What ran on it by its own count, since it began to count. Undefined when it does not count statements. */
  statements?(): Promise<readonly StatementRecord[] | undefined>;
  /** Its main process in the process table of this machine; undefined where there is none, or none that can be seen. */
  readonly pid?: number | undefined;
}

/** Whether a service can be asked how it is doing. */
export function isObservable<T extends object>(service: T): service is T & Observable {
  return 'facts' in service && typeof service.facts === 'function';
}
