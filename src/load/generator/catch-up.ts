/**
 * Notes when a generator catches up: what fell due while it stalled is sent all at once, which no app was asked for by
 * the plan, so that how that was answered says little about the app. It begins where the stall ends. It is over when
 * everything that was due is sent and as few operations are in flight as before the stall. The app gets no more time
 * for that than the stall took, or one that hangs would excuse itself.
 */
export class CatchUp {
  readonly #spans: [from: number, to: number][] = [];
  #from = Number.NaN;
  #until = Number.NaN;
  #lookedAt = Number.NaN;
  #inFlight = 0;

  get active(): boolean {
    return !Number.isNaN(this.#from);
  }

  /**
   * A stall ended at `at`.
   * @param stall its length in milliseconds; 0 if there was none
   * @param inFlight operations in flight
   */
  begin(at: number, stall: number, inFlight: number): void {
    if (stall === 0) return;
    if (this.active && at >= this.#until) this.#end(this.#until);
    if (!this.active) {
      this.#from = at;
      this.#until = at;
      this.#inFlight = inFlight;
    }
    this.#until = Math.max(this.#until, at + stall);
    this.#lookedAt = at;
  }

  /**
   * To be called at every wake-up, when what can be sent was sent.
   * @param behind whether something that is due is still not sent, which the app has no part in
   */
  look(at: number, behind: boolean, inFlight: number): void {
    if (!this.active) return;
    if (behind) this.#until += at - this.#lookedAt;
    else if (at >= this.#until || inFlight <= this.#inFlight) this.#end(Math.min(at, this.#until));
    this.#lookedAt = at;
  }

  /** The spans that are over, in their order. */
  get spans(): readonly (readonly [from: number, to: number])[] {
    return this.#spans;
  }

  #end(at: number): void {
    this.#spans.push([this.#from, at]);
    this.#from = Number.NaN;
  }
}
