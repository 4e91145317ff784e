import { now } from '../../recording/clock.ts';
import { asksForBody, judgeAnswer, KeptAnswer } from '../http/answer.ts';
import { classify, type Ending, nothingSent } from '../http/classify.ts';
import { DeadlineQueue } from '../http/deadline-queue.ts';
import { openPool } from '../http/open-pool.ts';
import type { RequestPool } from '../http/request-pool.ts';
import { atOnce } from '../plan/schedule.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import { Rows } from '../rows/rows.ts';
import { Alarm } from './alarm.ts';
import type { ArrivalQueue } from './arrival-queue.ts';
import { CatchUp } from './catch-up.ts';
import { HealthMonitor } from './health.ts';
import { type ArrivalsData, LookAhead } from './look-ahead.ts';
import { generatorProcess, type Port, type TestMessage, type TimeSpans, tellAll } from './protocol.ts';
import { Pulse } from './pulse.ts';
import { rehearse } from './rehearsal.ts';
import { WarmUpLog } from './warm-up-log.ts';

/** Longest sleep: stalls and deadlines are noticed this often, in milliseconds. */
const longestSleep = 10;
/** Longest time for which requests are sent without a look at what came in, in milliseconds. */
const longestTurn = 5;
/**
 * Most operations that are given up without a look at what came in: to cut a connection takes a tenth of a millisecond.
 */
const mostExpired = 50;

/**
 * Milliseconds after the end of the schedule, and after zero for the warm-up, up to which what is late is still sent.
 */
const longestLate = { main: 5_000, warming: 1_000 };

const saturated: Ending = { kind: 'saturated', ...nothingSent };
const unsent: Ending = { kind: 'unsent', ...nothingSent };

/** The open loop, in its own process: sends what is due at every wake-up and records each arrival exactly once. */
class ArrivalsGenerator {
  readonly #port: Port;
  readonly #data: ArrivalsData;
  readonly #arrivals: LookAhead;
  readonly #pool: RequestPool;
  readonly #deadlines: DeadlineQueue;
  readonly #rows = new Rows({ tell: (rows) => this.#port.tell({ kind: 'rows', rows }) });
  readonly #health = new HealthMonitor();
  readonly #alarm = new Alarm(() => this.#tick());
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #catchUp = new CatchUp();
  #log: WarmUpLog | undefined;
  #pulse = new Pulse(0);
  #inFlight = 0;
  #starvedFrom = Number.NaN;
  #expiredAt = 0;
  #isReady = false;
  #sending = false;
  /** Much was sent in this turn of the event loop; the rest waits for the next one. */
  #turnIsOver = false;

  constructor(port: Port, data: ArrivalsData) {
    this.#port = port;
    this.#data = data;
    this.#arrivals = new LookAhead(port, data);
    this.#pool = openPool(data.transport, data.timeout);
    this.#deadlines = new DeadlineQueue(data.timeout);
    port.listen((message) => this.#take(message));
  }

  async start(): Promise<void> {
    await rehearse(this.#data.transport.http);
    this.#arrivals.begin();
    this.#becomeReady();
  }

  #take(message: TestMessage): void {
    if (message.kind === 'requests') {
      this.#arrivals.put(message);
      if (this.#isReady) this.#fire(now());
      else this.#becomeReady();
    } else if (message.kind === 'warm up') this.#begin(message.end);
    else if (message.kind === 'zero') this.#setZero(message.zero);
  }

  #becomeReady(): void {
    if (!this.#arrivals.isFull) return;
    this.#isReady = true;
    this.#port.tell({ kind: 'ready' });
  }

  #begin(end: number): void {
    const { warming } = this.#arrivals;
    const { length, window } = this.#data.warmUp;
    warming.zero = end;
    if (window !== undefined) this.#log = new WarmUpLog(this.#port, warming, end - length, window);
    this.#pulse = new Pulse(now());
    this.#timers.push(
      setInterval(() => this.#port.tell({ kind: 'progress', progress: this.#rows.progress }), 500),
      this.#arrivals.keepAsking(),
    );
    this.#tick();
  }

  #setZero(zero: number): void {
    this.#arrivals.warming.endAt(zero);
    this.#arrivals.main.zero = zero;
    // The instant itself is not waited for with care: what is measured is how busy this process is from about there on.
    setTimeout(() => this.#health.start(), Math.max(1, zero - now()));
  }

  #tick(): void {
    const at = now();
    this.#fire(at);
    this.#log?.tellUntil(at);
    if (at - this.#expiredAt >= longestSleep) this.#expireSoon(at);
    this.#leaveOut(at);
    if (this.#finished) this.#finish();
    else this.#alarm.set(Math.min(this.#arrivals.queue.nextAt, at + longestSleep), this.#inFlight > 0);
  }

  get #finished(): boolean {
    const { isEmpty, main } = this.#arrivals;
    return isEmpty && this.#inFlight === 0 && !Number.isNaN(main.zero);
  }

  /** What could not be sent in time never is, so that the run ends. */
  #leaveOut(at: number): void {
    const { warming, main } = this.#arrivals;
    const { duration, timeout } = this.#data;
    const since = this.#pulse.running(at) - main.zero;
    const late = [
      ...(at - main.zero > longestLate.warming ? [warming] : []),
      ...(since > duration + Math.min(timeout, longestLate.main) ? [main] : []),
    ];
    for (const queue of late) for (; !queue.isEmpty; queue.advance()) this.#notSent(queue.n, queue.due, unsent);
  }

  /** What came in while we could not read is read before a deadline is looked at: immediates run after I/O. */
  #expireSoon(at: number): void {
    this.#expiredAt = at;
    setImmediate(() => {
      const then = now();
      this.#beat(then);
      if (this.#deadlines.expire(this.#pulse.running(then), mostExpired)) this.#expireSoon(then);
    });
  }

  #beat(at: number): void {
    this.#catchUp.begin(at, this.#pulse.beat(at), this.#inFlight);
    this.#pulse.held = this.#catchUp.active;
  }

  /** Sends what is due at `at`, as far as its requests are here. */
  #fire(at: number): void {
    // An answer may arrive while we send, and end in here again.
    if (this.#sending) return;
    this.#beat(at);
    if (this.#turnIsOver) return;
    this.#sending = true;
    let { queue } = this.#arrivals;
    for (; queue.nextAt <= at + atOnce; queue = this.#arrivals.queue) {
      if (now() - at > longestTurn) {
        this.#goOnSoon();
        break;
      }
      const request = queue.take();
      this.#starving(request === undefined, at);
      if (!request) break;
      this.#send(queue, request);
    }
    this.#sending = false;
    this.#catchUp.look(at, queue.nextAt <= at + atOnce, this.#inFlight);
    this.#pulse.held = this.#catchUp.active;
  }

  #goOnSoon(): void {
    this.#turnIsOver = true;
    setImmediate(() => {
      this.#turnIsOver = false;
      this.#fire(now());
    });
  }

  #send(queue: ArrivalQueue, request: PreparedRequest): void {
    const { n, due, zero } = queue;
    queue.advance();
    if (this.#inFlight >= this.#data.maxInFlight) {
      // What a stall made due all at once may fill the cap by itself: that is nothing the app did.
      const ending = this.#catchUp.active ? unsent : saturated;
      this.#notSent(n, due, ending);
      return;
    }
    const startedAt = now();
    const row = this.#rows.add(n, due, startedAt - zero);
    const log = queue === this.#arrivals.warming ? this.#log : undefined;
    log?.sent();
    this.#inFlight++;
    const answer = asksForBody(request) ? new KeptAnswer() : undefined;
    const ended = (ending: Ending) => {
      this.#inFlight--;
      const at = now();
      const { verdict, read, measured } = judgeAnswer(ending, request, answer);
      this.#rows.read(row, read);
      this.#rows.end(row, at - zero, verdict, measured);
      log?.ended(at - zero - due);
      this.#fire(at);
    };
    const exchange = this.#pool.send(request, ended, answer);
    this.#deadlines.start(exchange, this.#pulse.running(startedAt));
  }

  #notSent(n: number, due: number, ending: Ending): void {
    const row = this.#rows.add(n, due, Number.NaN);
    this.#rows.end(row, Number.NaN, classify(ending, 'GET', null), ending);
  }

  #starving(empty: boolean, at: number): void {
    if (empty && Number.isNaN(this.#starvedFrom)) this.#starvedFrom = at;
    if (empty || Number.isNaN(this.#starvedFrom)) return;
    this.#catchUp.begin(at, this.#pulse.starved(this.#starvedFrom, at), this.#inFlight);
    this.#starvedFrom = Number.NaN;
  }

  #finish(): void {
    for (const timer of this.#timers) clearInterval(timer);
    const health = this.#health.stop();
    const { zero } = this.#arrivals.main;
    const sinceZero = (spans: TimeSpans): TimeSpans => spans.map(([from, to]) => [from - zero, to - zero]);
    const stalls = sinceZero(this.#pulse.spans);
    const catchingUp = sinceZero(this.#catchUp.spans);
    tellAll(this.#port, this.#rows, { kind: 'done', stalls, catchingUp, end: now() - zero, health });
    this.#pool.close();
  }
}

generatorProcess<ArrivalsData>((port, data) => new ArrivalsGenerator(port, data).start());
