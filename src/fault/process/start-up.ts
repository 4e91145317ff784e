import { setTimeout as sleep } from 'node:timers/promises';
import { type Duration, milliseconds, readable } from '../../duration.ts';

/** Option of `crash` and `restart`. */
export interface StartUp {
  /**
   * Time by which the start-up takes longer, as while a machine boots, an image is pulled or a volume is attached. From
   * the fault's end on nothing runs for this time, and connections are refused. Then the process is started, and takes
   * its own time. Default 0.
   */
  readonly startUp?: Duration;
}

/** A start-up that was checked. */
export interface Hold {
  /** For the fault's name: `, start-up + 5.0 s`; empty without a hold. */
  readonly said: string;
  /** The option as it was given, for the fault's code. */
  readonly given: StartUp;
  /** Waits before the start, or until the run is over. */
  before(signal: AbortSignal): Promise<void>;
}

/** Reads the option. @throws TypeError when the time is not a duration */
export function readHold({ startUp = 0 }: StartUp, what: string): Hold {
  const ms = milliseconds(startUp, `${what} startUp`);
  return {
    given: ms > 0 ? { startUp } : {},
    said: ms > 0 ? `, start-up + ${readable(ms)}` : '',
    async before(signal) {
      if (ms === 0) return;
      await sleep(ms, undefined, { signal }).catch((error: unknown) => {
        // The run is over: the start follows at once.
        if (!signal.aborted) throw error;
      });
    },
  };
}
