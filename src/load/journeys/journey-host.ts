import type { Expiring } from '../http/deadline-queue.ts';
import type { RequestPool } from '../http/request-pool.ts';
import type { JourneyLog } from './journey-log.ts';

/** What a journey needs of the loop that it runs in. */
export interface SessionHost {
  readonly seed: number;
  readonly data: unknown;
  readonly log: JourneyLog;
  /** Milliseconds since zero. */
  now(): number;
  /** The same on a clock that stands still while the generator does. */
  running(): number;
  /** Sends a request; undefined where there is nothing to send to. */
  readonly send: RequestPool['send'] | undefined;
  /** Something has `timeout` from now. */
  watch(item: Expiring): void;
  /** An operation began or ended. */
  operations(change: 1 | -1): void;
  /** The test itself is wrong: the run must end. */
  fail(error: unknown): void;
}
