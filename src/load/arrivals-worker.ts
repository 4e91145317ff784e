import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { now } from '../recording/clock.ts';
import { classify, type Ending } from './classify.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Deadlines } from './deadlines.ts';
import { Inbox } from './inbox.ts';
import type { PreparedRequest } from './prepare.ts';
import { type RequestsMessage, tell } from './protocol.ts';
import { Pulse } from './pulse.ts';
import { rehearse } from './rehearsal.ts';
import { Rows } from './rows.ts';
import { dueAt, dueCount, type Schedule } from './schedule.ts';

/** What the open-loop generator is told; times in milliseconds. */
export interface ArrivalsData {
  readonly origin: string;
  readonly schedule: Schedule;
  readonly duration: number;
  readonly warmUp: number;
  readonly timeout: number;
  readonly maxInFlight: number;
}

/** Milliseconds of requests that are made ahead. */
const ahead = 1_000;
/** Between the choice of zero and the first arrival, so that it is not late. */
const lead = 20;
/** Longest sleep: stalls and deadlines are noticed this often, in milliseconds. */
const longestSleep = 10;

const saturated: Ending = { kind: 'saturated' };
const unsent: Ending = { kind: 'unsent' };

/** The open loop, in its own thread: sends what is due at every wake-up and records each arrival exactly once. */
class ArrivalsGenerator {
  readonly #port: MessagePort;
  readonly #data: ArrivalsData;
  readonly #total: number;
  readonly #inbox: Inbox;
  readonly #pool: ConnectionPool;
  readonly #deadlines: Deadlines;
  readonly #rows = new Rows();
  #pulse = new Pulse(0);
  #zero = Number.NaN;
  /** Arrivals that were sent or given up, counted from the first of the warm-up. */
  #fired = 0;
  #inFlight = 0;
  #starvedFrom = Number.NaN;
  #sending = false;
  /** What a stall made due all at once may fill the cap by itself: until there is room again, that is nothing the app did. */
  #catchingUp = false;
  #full = false;

  constructor(port: MessagePort, data: ArrivalsData) {
    this.#port = port;
    this.#data = data;
    this.#total = data.schedule.count - data.schedule.first;
    this.#inbox = new Inbox(port, 0);
    this.#pool = new ConnectionPool(data.origin, data.timeout);
    this.#deadlines = new Deadlines(data.timeout);
    port.on('message', ({ requests }: RequestsMessage) => {
      this.#inbox.put(requests);
      if (Number.isNaN(this.#zero)) this.#begin();
      else this.#fire(this.#now());
    });
  }

  async start(): Promise<void> {
    await rehearse();
    this.#wantUntil(ahead - this.#data.warmUp);
  }

  #begin(): void {
    this.#zero = now() + lead + this.#data.warmUp;
    tell(this.#port, { kind: 'zero', zero: this.#zero });
    this.#pulse = new Pulse(this.#now());
    const reports = setInterval(() => tell(this.#port, { kind: 'progress', progress: this.#rows.progress }), 500);
    const feeding = setInterval(() => this.#wantUntil(this.#now() + ahead), 100);
    const over = () => {
      clearInterval(reports);
      clearInterval(feeding);
    };
    this.#tick(over);
  }

  /** Milliseconds since zero. */
  #now(): number {
    return now() - this.#zero;
  }

  #wantUntil(instant: number): void {
    this.#inbox.want(dueCount(this.#data.schedule, instant) + 1);
  }

  #tick(over: () => void): void {
    const at = this.#now();
    this.#fire(at);
    // What came in while we could not read is read before a deadline is looked at: immediates run after I/O.
    setImmediate(() => this.#deadlines.expire(this.#pulse.running(this.#now())));
    if (this.#finished(at)) {
      over();
      this.#finish();
      return;
    }
    const next = dueAt(this.#data.schedule, this.#fired + this.#data.schedule.first) - this.#now();
    const sleep = this.#fired < this.#total ? Math.floor(next) : longestSleep;
    setTimeout(() => this.#tick(over), Math.max(1, Math.min(sleep, longestSleep)));
  }

  #finished(at: number): boolean {
    if (this.#inFlight > 0) return false;
    return this.#fired === this.#total || this.#pulse.running(at) > this.#data.duration + this.#data.timeout;
  }

  /** Sends all that is due at `at`, as far as its requests are here. */
  #fire(at: number): void {
    // An answer may arrive while we send, and end in here again.
    if (this.#sending) return;
    this.#sending = true;
    this.#full = false;
    if (this.#pulse.beat(at)) this.#catchingUp = true;
    const due = dueCount(this.#data.schedule, at);
    while (this.#fired < due) {
      const request = this.#inbox.take();
      this.#starving(request === undefined, at);
      if (!request) break;
      this.#send(request);
    }
    this.#sending = false;
    if (!this.#full) this.#catchingUp = false;
  }

  #send(request: PreparedRequest): void {
    const n = this.#data.schedule.first + this.#fired++;
    const due = dueAt(this.#data.schedule, n);
    const startedAt = this.#now();
    if (this.#inFlight >= this.#data.maxInFlight) {
      this.#full = true;
      const ending = this.#catchingUp ? unsent : saturated;
      const row = this.#rows.add(n, due, Number.NaN);
      this.#rows.end(row, Number.NaN, classify(ending, request.method, request.okWhen));
      return;
    }
    const row = this.#rows.add(n, due, startedAt);
    this.#inFlight++;
    const exchange = this.#pool.send(request, (ending) => {
      this.#inFlight--;
      const at = this.#now();
      this.#rows.end(row, at, classify(ending, request.method, request.okWhen));
      this.#fire(at);
    });
    this.#deadlines.start(exchange, this.#pulse.running(startedAt));
  }

  #starving(empty: boolean, at: number): void {
    if (empty && Number.isNaN(this.#starvedFrom)) this.#starvedFrom = at;
    if (empty || Number.isNaN(this.#starvedFrom)) return;
    this.#pulse.starved(this.#starvedFrom, at);
    this.#catchingUp = true;
    this.#starvedFrom = Number.NaN;
  }

  #finish(): void {
    const { first } = this.#data.schedule;
    // Never sent, since their requests never came: rows that are not ended say so.
    for (; this.#fired < this.#total; this.#fired++) {
      const n = first + this.#fired;
      this.#rows.add(n, dueAt(this.#data.schedule, n), Number.NaN);
    }
    const stalls = this.#pulse.spans;
    tell(this.#port, { kind: 'done', rows: this.#rows.columns(), stalls, end: this.#now() });
    this.#pool.close();
  }
}

if (parentPort) await new ArrivalsGenerator(parentPort, workerData as ArrivalsData).start();
