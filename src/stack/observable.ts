import type { Series, StatementRecord } from '../recording/recording.ts';

/** A quantity at this instant: connections, bytes in use. */
export interface Gauge {
  readonly name: string;
  readonly unit: Series['unit'];
  /** NaN when it is not known. */
  readonly value: number;
}

/** A number that a server counts up since its start. Its growth is recorded. */
export interface Counter {
  readonly name: string;
  readonly counted: number;
  /**
   * `/s` (default): how much it grows per second. `%`: it counts milliseconds, and their share of the time is recorded.
   */
  readonly unit?: '/s' | '%';
}

/**
 * Two counters, one of which is a part of the other: cache hits of all look-ups. The share is recorded, in per cent.
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
 * A service that can be asked how it is doing. It is asked about twice a second during a run, never before it has
 * answered the last question. The answers become series of the recording under the service's name.
 */
export interface Observable {
  /**
   * Asks the server, around the proxy. It must reject soon when the server cannot be asked, as during a crash. The run
   * goes on then, and NaN is recorded.
   */
  facts(): Promise<Reading>;
  /** Statements that it counted since it began to count. Undefined when it does not count statements. */
  statements?(): Promise<readonly StatementRecord[] | undefined>;
  /** Process id of the server on this machine; undefined when it has none, or none that can be seen. */
  readonly pid?: number | undefined;
}

/** Whether a service can be asked how it is doing. */
export function isObservable<T extends object>(service: T): service is T & Observable {
  return 'facts' in service && typeof service.facts === 'function';
}
