/** Longest gap between two beats that is not yet a stall, in milliseconds. */
const tolerance = 50;

/** Notes when a thread could not run: it beats often, and a gap between two beats is time that the thread did not have. */
export class Pulse {
  readonly #spans: [from: number, to: number][] = [];
  #last: number;
  #stalled = 0;

  /** @param start instant of the first beat, milliseconds */
  constructor(start: number) {
    this.#last = start;
  }

  /** To be called every few milliseconds with the present instant. @returns whether a stall has just ended */
  beat(at: number): boolean {
    const gap = at - this.#last;
    const stalled = gap > tolerance;
    if (stalled) {
      this.#spans.push([this.#last, at]);
      this.#stalled += gap;
    }
    this.#last = at;
    return stalled;
  }

  /** Adds a span in which the thread ran but had nothing that it could send. Short ones are not worth a word. */
  starved(from: number, to: number): void {
    if (to - from > tolerance) this.#spans.push([from, to]);
  }

  /** `at` on a clock that stands still during stalls: what deadlines are measured by. */
  running(at: number): number {
    return at - this.#stalled;
  }

  /** The stalls so far, in the order of their beginnings. */
  get spans(): readonly (readonly [from: number, to: number])[] {
    return this.#spans.toSorted((a, b) => a[0] - b[0]);
  }
}
