import { atOnce, dueAt, dueCount, type Schedule } from '../plan/schedule.ts';
import { countBelow, type Sequence } from '../plan/share.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import type { Inbox } from './inbox.ts';

/** Arrivals of a schedule that one process sends, in the order in which they become due, with the requests for them. */
export class ArrivalQueue {
  readonly #schedule: Schedule;
  readonly #share: Sequence;
  readonly #inbox: Inbox;
  #count: number;
  #sent = 0;
  #zero = Number.NaN;
  #due = Number.NaN;
  #nextAt = Number.POSITIVE_INFINITY;

  constructor(schedule: Schedule, share: Sequence, inbox: Inbox) {
    this.#schedule = schedule;
    this.#share = share;
    this.#inbox = inbox;
    this.#count = share.count;
  }

  /** The instant that its arrivals count from; NaN before it is known. */
  get zero(): number {
    return this.#zero;
  }

  set zero(instant: number) {
    this.#zero = instant;
    this.#look();
  }

  /** Number of the next arrival. */
  get n(): number {
    return this.#share.first + this.#sent * this.#share.step;
  }

  /** When the next arrival is due, in milliseconds since its zero. */
  get due(): number {
    return this.#due;
  }

  /** The instant at which the next arrival is due; Infinity when none is left, or zero is not known. */
  get nextAt(): number {
    return this.#nextAt;
  }

  get isEmpty(): boolean {
    return this.#sent >= this.#count;
  }

  /** The request for the next arrival; undefined when it has not come yet. */
  take(): PreparedRequest | undefined {
    return this.#inbox.take();
  }

  /** Goes on to the arrival after the next. */
  advance(): void {
    this.#sent++;
    this.#look();
  }

  /** Leaves out the arrivals that are due at `instant` or later. */
  endAt(instant: number): void {
    this.#count = Math.max(this.#sent, this.dueBy(instant - 2 * atOnce));
    this.#look();
  }

  /** How many of its arrivals are due at or before `instant`. */
  dueBy(instant: number): number {
    return this.#dueBy(instant - this.#zero);
  }

  /** Asks for the requests of the arrivals that are due at or before `time`, in milliseconds since its zero. */
  want(time: number): void {
    // One more: it may be due a moment later.
    this.#inbox.want(Math.min(this.#count, this.#dueBy(time) + 1));
  }

  #dueBy(time: number): number {
    return countBelow(this.#share, this.#schedule.first + dueCount(this.#schedule, time));
  }

  #look(): void {
    this.#due = this.isEmpty ? Number.NaN : dueAt(this.#schedule, this.n);
    const at = this.#zero + this.#due;
    this.#nextAt = Number.isNaN(at) ? Number.POSITIVE_INFINITY : at;
  }
}
