import { setTimeout as sleep } from 'node:timers/promises';
import { type Duration, milliseconds, readable } from '../../duration.ts';

/** What `crash` and `restart` may be told. */
export interface StartUp {
  /**
   * Makes the start-up take that much longer: from the fault's end on nothing runs for this time, and connections are
   * refused, as while a machine boots, an image is pulled or a volume is attached. Then the process is started, and
   * takes its own time. Default 0.
   */
  readonly startUp?: Duration;
}

/** A start-up that was checked. */
export interface Hold {
  /** For the fault's name: `, start-up + 5.0 s`; empty without a hold. */
  readonly said: string;
  /** What it was given, for the fault's code. */
  readonly given: StartUp;
  /** Waits before the start; no longer when the run is over. */
  before(signal: AbortSignal): Promise<void>;
}

/** @throws TypeError when the time is no duration */
export function readHold({ startUp = 0 }: StartUp, what: string): Hold {
  const ms = milliseconds(startUp, `${what} startUp`);
  return {
    given: ms > 0 ? { startUp } : {},
    said: ms > 0 ? `, start-up + ${readable(ms)}` : '',
    async before(signal) {
      if (ms === 0) return;
      await sleep(ms, undefined, { signal }).catch((error: unknown) => {
        // What is down is started all the same, and at once.
        if (!signal.aborted) throw error;
      });
    },
  };
}
