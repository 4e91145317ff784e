/** Longest gap between two beats that is not yet a stall, in milliseconds. */
const tolerance = 50;
/**
 * Most time by which stalls put deadlines off, in milliseconds. A generator that has less CPU than it needs stalls for
 * as long as that lasts: without a limit none of its operations would ever run out of time, and the run would not end.
 */
const mostPutOff = 10_000;

/**
 * Notes when a thread could not run: it beats often, and a gap between two beats is time that the thread did not have.
 */
export class Pulse {
  readonly #spans: [from: number, to: number][] = [];
  #last: number;
  #putOff = 0;
  /** The clock of deadlines stands still although the thread runs. */
  held = false;

  /** @param start instant of the first beat, milliseconds */
  constructor(start: number) {
    this.#last = start;
  }

  /**
   * To be called every few milliseconds with the present instant. @returns how long a stall was that has just ended, or
   * 0
   */
  beat(at: number): number {
    const gap = at - this.#last;
    const stalled = gap > tolerance;
    if (stalled) this.#spans.push([this.#last, at]);
    if (stalled || this.held) this.#putOff += gap;
    this.#last = at;
    return stalled ? gap : 0;
  }

  /**
   * Adds a span in which the thread ran but had nothing that it could send. Short ones are not worth a word. @returns
   * its length, or 0
   */
  starved(from: number, to: number): number {
    if (to - from <= tolerance) return 0;
    this.#spans.push([from, to]);
    return to - from;
  }

  /** `at` on a clock that stands still during stalls, for ten seconds in all: what deadlines are measured by. */
  running(at: number): number {
    const held = this.held ? Math.max(0, at - this.#last) : 0;
    return at - Math.min(this.#putOff + held, mostPutOff);
  }

  /** The stalls so far, in the order of their beginnings. */
  get spans(): readonly (readonly [from: number, to: number])[] {
    return this.#spans.toSorted((a, b) => a[0] - b[0]);
  }
}
