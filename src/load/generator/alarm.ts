import { now } from '../../recording/clock.ts';

/** A timer counts whole milliseconds and rings up to one late: the rest is slept by other means, in milliseconds. */
const timerSlack = 2;
/** Linux wakes a thread this much late, in milliseconds. */
const wakeSlack = 0.06;
/** Longest nap while answers may come: they are read, and their instants taken, this much late at most. */
const shortNap = 0.1;
/**
 * Shortest nap: what becomes due meanwhile is sent together. Without it a high rate would not leave the core at all.
 */
const leastNap = 0.05;

/**
 * Wakes the generator at an instant, within 0.1 ms. A timer alone is 0.6 ms late in the median; a loop that spins is
 * not, but takes the core from the app on a small machine. So what a timer cannot do is slept in naps, in which this
 * thread stands still, and between them it looks for what has come.
 */
export class Alarm {
  readonly #ring: () => void;
  readonly #bed = new Int32Array(new SharedArrayBuffer(4));

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /**
   * Rings once, a little before `instant` or after it: who set the alarm looks at the clock, and sets it again.
   * @param listening whether answers may come before
   */
  set(instant: number, listening: boolean): void {
    const left = instant - now();
    if (left > timerSlack) {
      setTimeout(this.#ring, Math.floor(left - 1));
      return;
    }
    if (left > 0) {
      const nap = Math.min(left - wakeSlack, listening ? shortNap : timerSlack);
      Atomics.wait(this.#bed, 0, 0, Math.max(leastNap, nap));
    }
    setImmediate(this.#ring);
  }
}
