import { now } from '../../recording/clock.ts';
import { peakOf } from '../plan/curve.ts';
import type { Schedule } from '../plan/schedule.ts';
import { type ProcessShare, shareOf } from '../plan/share.ts';
import type { Transport } from '../plan/transport.ts';
import type { WarmUpPlan } from '../plan/warm-up.ts';
import { ArrivalQueue } from './arrival-queue.ts';
import { Inbox } from './inbox.ts';
import type { Port, TestMessage } from './protocol.ts';

/** What one process of the open loop is told; times in milliseconds. */
export interface ArrivalsData {
  readonly transport: Transport;
  readonly schedule: Schedule;
  readonly part: ProcessShare;
  readonly duration: number;
  readonly warmUp: WarmUpPlan;
  readonly timeout: number;
  /** Of this process. */
  readonly maxInFlight: number;
}

/** Milliseconds of requests that are made ahead. */
const ahead = 1_000;
/**
 * Requests that are taken in at a time, about: to take in more would keep this process from sending for a millisecond.
 */
const fewRequests = 100;

/**
 * The arrivals that one process of the open loop sends, and the requests for them, which are here about a second ahead.
 */
export class LookAhead {
  readonly #data: ArrivalsData;
  readonly #inboxes: readonly Inbox[];
  /** What is due before zero. */
  readonly warming: ArrivalQueue;
  /** What is due from zero on. */
  readonly main: ArrivalQueue;

  constructor(port: Port, data: ArrivalsData) {
    const { schedule, part } = data;
    const [warming, main] = [new Inbox(port, 0), new Inbox(port, 1)];
    this.#data = data;
    this.#inboxes = [warming, main];
    this.warming = new ArrivalQueue(schedule, shareOf(schedule.first, 0, part), warming);
    this.main = new ArrivalQueue(schedule, shareOf(0, schedule.count, part), main);
  }

  /** The queue that the next arrival comes from. */
  get queue(): ArrivalQueue {
    return this.warming.isEmpty ? this.main : this.warming;
  }

  get isEmpty(): boolean {
    return this.warming.isEmpty && this.main.isEmpty;
  }

  /** Whether all that was asked for is here. */
  get isFull(): boolean {
    return this.#inboxes.every(({ missing }) => missing === 0);
  }

  /** Asks for the requests of the beginning. */
  begin(): void {
    this.warming.want(ahead - this.#data.warmUp.length);
    this.main.want(ahead);
  }

  put({ sequence, requests }: Extract<TestMessage, { kind: 'requests' }>): void {
    this.#inboxes[sequence]?.put(requests);
  }

  /** Goes on asking, so often that no more than some hundred requests are taken in at a time. @returns what ends it */
  keepAsking(): NodeJS.Timeout {
    const { schedule, part } = this.#data;
    const every = Math.min(100, Math.max(5, (fewRequests * part.of * 1_000) / peakOf(schedule.curve)));
    return setInterval(() => {
      for (const queue of [this.warming, this.main]) {
        if (!Number.isNaN(queue.zero)) queue.want(now() - queue.zero + ahead);
      }
    }, every);
  }
}
