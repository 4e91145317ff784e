import { now } from '../recording/clock.ts';
import { Alarm } from './alarm.ts';
import { ArrivalQueue } from './arrival-queue.ts';
import { classify, type Ending } from './classify.ts';
import { peakOf } from './curve.ts';
import { Deadlines } from './deadlines.ts';
import { generatorProcess } from './generator-port.ts';
import { HealthMonitor } from './health.ts';
import { Inbox } from './inbox.ts';
import { openPool } from './open-pool.ts';
import type { PreparedRequest } from './prepare.ts';
import { type Port, type TestMessage, tellAll } from './protocol.ts';
import { Pulse } from './pulse.ts';
import { rehearse } from './rehearsal.ts';
import type { RequestPool } from './request-pool.ts';
import { Rows } from './rows.ts';
import { atOnce, type Schedule } from './schedule.ts';
import { type Part, shareOf } from './share.ts';
import type { Transport } from './transport.ts';
import type { WarmUpPlan } from './warm-up.ts';
import { WarmUpLog } from './warm-up-log.ts';

/** What one process of the open loop is told; times in milliseconds. */
export interface ArrivalsData {
  readonly transport: Transport;
  readonly schedule: Schedule;
  readonly part: Part;
  readonly duration: number;
  readonly warmUp: WarmUpPlan;
  readonly timeout: number;
  /** Of this process. */
  readonly maxInFlight: number;
}

/** Milliseconds of requests that are made ahead. */
const ahead = 1_000;
/** Requests that are taken in at a time, about: to take in more would keep this process from sending for a millisecond. */
const fewRequests = 100;
/** Longest sleep: stalls and deadlines are noticed this often, in milliseconds. */
const longestSleep = 10;

const saturated: Ending = { kind: 'saturated' };
const unsent: Ending = { kind: 'unsent' };

/** The open loop, in its own process: sends what is due at every wake-up and records each arrival exactly once. */
class ArrivalsGenerator {
  readonly #port: Port;
  readonly #data: ArrivalsData;
  readonly #inboxes: readonly Inbox[];
  /** What is due before zero, and from zero on. */
  readonly #warming: ArrivalQueue;
  readonly #main: ArrivalQueue;
  readonly #pool: RequestPool;
  readonly #deadlines: Deadlines;
  readonly #rows = new Rows({ tell: (rows) => this.#port.tell({ kind: 'rows', rows }) });
  readonly #health = new HealthMonitor();
  readonly #alarm = new Alarm(() => this.#tick());
  readonly #timers: NodeJS.Timeout[] = [];
  #log: WarmUpLog | undefined;
  #pulse = new Pulse(0);
  #inFlight = 0;
  #starvedFrom = Number.NaN;
  #deadlinesSeenAt = 0;
  #isReady = false;
  #sending = false;
  /** What a stall made due all at once may fill the cap by itself: until there is room again, that is nothing the app did. */
  #catchingUp = false;
  #full = false;

  constructor(port: Port, data: ArrivalsData) {
    const { schedule, part } = data;
    this.#port = port;
    this.#data = data;
    const [warming, main] = [new Inbox(port, 0), new Inbox(port, 1)];
    this.#inboxes = [warming, main];
    this.#warming = new ArrivalQueue(schedule, shareOf(schedule.first, 0, part), warming);
    this.#main = new ArrivalQueue(schedule, shareOf(0, schedule.count, part), main);
    this.#pool = openPool(data.transport, data.timeout);
    this.#deadlines = new Deadlines(data.timeout);
    port.listen((message) => this.#take(message));
  }

  async start(): Promise<void> {
    await rehearse(this.#data.transport.http);
    this.#warming.want(ahead - this.#data.warmUp.length);
    this.#main.want(ahead);
    this.#becomeReady();
  }

  #take(message: TestMessage): void {
    if (message.kind === 'requests') {
      this.#inboxes[message.sequence]?.put(message.requests);
      if (this.#isReady) this.#fire(now());
      else this.#becomeReady();
    } else if (message.kind === 'warm up') this.#begin(message.end);
    else if (message.kind === 'zero') this.#setZero(message.zero);
  }

  #becomeReady(): void {
    if (this.#inboxes.some(({ missing }) => missing > 0)) return;
    this.#isReady = true;
    this.#port.tell({ kind: 'ready' });
  }

  #begin(end: number): void {
    const { length, window } = this.#data.warmUp;
    this.#warming.zero = end;
    if (window !== undefined) this.#log = new WarmUpLog(this.#port, this.#warming, end - length, window);
    this.#pulse = new Pulse(now());
    this.#timers.push(
      setInterval(() => this.#port.tell({ kind: 'progress', progress: this.#rows.progress }), 500),
      setInterval(() => this.#lookAhead(), this.#feedingEvery),
    );
    this.#tick();
  }

  /** Milliseconds between two looks at the look-ahead: so that no more than some hundred requests are taken in at a time. */
  get #feedingEvery(): number {
    const { schedule, part } = this.#data;
    return Math.min(100, Math.max(5, (fewRequests * part.of * 1_000) / peakOf(schedule.curve)));
  }

  #setZero(zero: number): void {
    this.#warming.endAt(zero);
    this.#main.zero = zero;
    // The instant itself is not waited for with care: what is measured is how busy this process is from about there on.
    setTimeout(() => this.#health.start(), Math.max(1, zero - now()));
  }

  #lookAhead(): void {
    for (const queue of [this.#warming, this.#main]) {
      if (!Number.isNaN(queue.zero)) queue.want(now() - queue.zero + ahead);
    }
  }

  /** The queue that the next arrival comes from. */
  get #queue(): ArrivalQueue {
    return this.#warming.isEmpty ? this.#main : this.#warming;
  }

  #tick(): void {
    const at = now();
    this.#fire(at);
    this.#log?.tellUntil(at);
    if (at - this.#deadlinesSeenAt >= longestSleep) {
      this.#deadlinesSeenAt = at;
      // What came in while we could not read is read before a deadline is looked at: immediates run after I/O.
      setImmediate(() => this.#deadlines.expire(this.#pulse.running(now())));
    }
    if (this.#finished(at)) this.#finish();
    else this.#alarm.set(Math.min(this.#queue.nextAt, at + longestSleep), this.#inFlight > 0);
  }

  #finished(at: number): boolean {
    if (this.#inFlight > 0) return false;
    if (this.#warming.isEmpty && this.#main.isEmpty) return !Number.isNaN(this.#main.zero);
    return this.#pulse.running(at) > this.#main.zero + this.#data.duration + this.#data.timeout;
  }

  /** Sends all that is due at `at`, as far as its requests are here. */
  #fire(at: number): void {
    // An answer may arrive while we send, and end in here again.
    if (this.#sending) return;
    this.#sending = true;
    this.#full = false;
    if (this.#pulse.beat(at)) this.#catchingUp = true;
    for (let queue = this.#queue; queue.nextAt <= at + atOnce; queue = this.#queue) {
      const request = queue.take();
      this.#starving(request === undefined, at);
      if (!request) break;
      this.#send(queue, request);
    }
    this.#sending = false;
    if (!this.#full) this.#catchingUp = false;
  }

  #send(queue: ArrivalQueue, request: PreparedRequest): void {
    const { n, due, zero } = queue;
    queue.advance();
    if (this.#inFlight >= this.#data.maxInFlight) {
      this.#full = true;
      const row = this.#rows.add(n, due, Number.NaN);
      this.#rows.end(row, Number.NaN, classify(this.#catchingUp ? unsent : saturated, request.method, request.okWhen));
      return;
    }
    const startedAt = now();
    const row = this.#rows.add(n, due, startedAt - zero);
    const log = queue === this.#warming ? this.#log : undefined;
    log?.sent();
    this.#inFlight++;
    const exchange = this.#pool.send(request, (ending) => {
      this.#inFlight--;
      const at = now();
      this.#rows.end(row, at - zero, classify(ending, request.method, request.okWhen));
      log?.ended(at - zero - due);
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
    for (const timer of this.#timers) clearInterval(timer);
    const health = this.#health.stop();
    // Never sent, since their requests never came: rows that are not ended say so.
    for (const queue of [this.#warming, this.#main]) {
      for (; !queue.isEmpty; queue.advance()) this.#rows.add(queue.n, queue.due, Number.NaN);
    }
    const { zero } = this.#main;
    const stalls = this.#pulse.spans.map(([from, to]) => [from - zero, to - zero] as const);
    tellAll(this.#port, this.#rows.columns(), { kind: 'done', stalls, end: now() - zero, health });
    this.#pool.close();
  }
}

generatorProcess<ArrivalsData>((port, data) => new ArrivalsGenerator(port, data).start());
