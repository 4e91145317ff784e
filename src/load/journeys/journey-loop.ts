import { now } from '../../recording/clock.ts';
import { CatchUp } from '../generator/catch-up.ts';
import type { TimeSpans } from '../generator/protocol.ts';
import { Pulse } from '../generator/pulse.ts';
import { type Classification, classify, nothingSent } from '../http/classify.ts';
import { DeadlineQueue, type Expiring } from '../http/deadline-queue.ts';
import type { RequestPool } from '../http/request-pool.ts';
import { dueAt, dueCount, type Schedule } from '../plan/schedule.ts';
import type { JourneyContext } from './journey.ts';
import { defectOf, isRecorded } from './journey-errors.ts';
import { JourneyLog } from './journey-log.ts';
import { JourneySession, type SessionHost } from './journey-session.ts';
import type { Users } from './journey-users.ts';

/** What a loop of journeys is to do; times in milliseconds. */
export interface JourneyPlan {
  /** Of the journey: what is not sent goes by this name. */
  readonly name: string;
  readonly schedule: Schedule;
  readonly warmUp: number;
  /** Of a single operation. */
  readonly timeout: number;
  /** Of a journey. */
  readonly timeLimit: number;
  readonly seed: number;
  readonly data: unknown;
}

/** What a loop of journeys works with. */
export interface JourneyMeans {
  readonly users: Users;
  /** Goes on a journey. */
  readonly go: (context: JourneyContext) => unknown;
  readonly send: RequestPool['send'] | undefined;
  readonly onProgress: (progress: { readonly operations: number; readonly errors: number }) => void;
}

/** What a loop of journeys leaves behind. */
export interface JourneysDone {
  readonly log: JourneyLog;
  readonly stalls: TimeSpans;
  readonly catchingUp: TimeSpans;
  /** Milliseconds from zero to the end of the last operation. */
  readonly end: number;
}

/** Longest sleep: stalls and deadlines are noticed this often, in milliseconds. */
const longestSleep = 10;

const unsent: Classification = classify({ kind: 'unsent' }, 'GET', null);
const saturated: Classification = classify({ kind: 'saturated' }, 'GET', null);

/**
 * An open loop of async functions: at every wake-up a journey begins for each arrival that is due. Runs in whatever
 * thread it is made in, and notes when that could not run.
 */
export class JourneyLoop implements SessionHost {
  readonly seed: number;
  readonly data: unknown;
  readonly log = new JourneyLog();
  readonly send: RequestPool['send'] | undefined;
  readonly #plan: JourneyPlan;
  readonly #means: JourneyMeans;
  readonly #total: number;
  readonly #under = new Set<JourneySession>();
  readonly #operationDeadlines: DeadlineQueue;
  readonly #journeyDeadlines: DeadlineQueue;
  readonly #done = Promise.withResolvers<JourneysDone>();
  readonly #catchUp = new CatchUp();
  #pulse = new Pulse(0);
  #zero = Number.NaN;
  /** Arrivals that began or were given up, counted from the first of the warm-up. */
  #fired = 0;
  #operations = 0;
  #stopped = false;

  constructor(plan: JourneyPlan, means: JourneyMeans) {
    this.#plan = plan;
    this.#means = means;
    this.seed = plan.seed;
    this.data = plan.data;
    this.send = means.send;
    this.#total = plan.schedule.count - plan.schedule.first;
    this.#operationDeadlines = new DeadlineQueue(plan.timeout);
    this.#journeyDeadlines = new DeadlineQueue(plan.timeLimit);
  }

  /**
   * Runs from the warm-up to the end of the last journey.
   * @param zero on the clock of recording/clock.ts
   * @throws what a journey throws that is no failed step; what {@link fail} was given
   */
  run(zero: number): Promise<JourneysDone> {
    this.#zero = zero;
    this.#pulse = new Pulse(this.now());
    const reports = setInterval(() => this.#means.onProgress(this.log.progress), 500);
    this.#tick();
    return this.#done.promise.finally(() => clearInterval(reports));
  }

  /** Ends the loop: nothing more begins, and what is under way is told to stop. */
  fail(error: unknown): void {
    this.#stopped = true;
    for (const session of this.#under) session.finish();
    this.#done.reject(error);
  }

  now(): number {
    return now() - this.#zero;
  }

  running(): number {
    return this.#pulse.running(this.now());
  }

  watch(item: Expiring): void {
    this.#operationDeadlines.start(item, this.running());
  }

  operations(change: 1 | -1): void {
    this.#operations += change;
  }

  #tick(): void {
    if (this.#stopped) return;
    const at = this.now();
    this.#fire(at);
    // What came in while we could not read is read before a deadline is looked at: immediates run after I/O.
    setImmediate(() => this.#expire());
    if (this.#fired === this.#total && this.#under.size === 0 && this.#operations === 0) {
      this.#stopped = true;
      const [stalls, catchingUp] = [this.#pulse.spans, this.#catchUp.spans];
      this.#done.resolve({ log: this.log, stalls, catchingUp, end: this.now() });
      return;
    }
    const next = dueAt(this.#plan.schedule, this.#fired + this.#plan.schedule.first) - this.now();
    const sleep = this.#fired < this.#total ? Math.floor(next) : longestSleep;
    setTimeout(() => this.#tick(), Math.max(1, Math.min(sleep, longestSleep)));
  }

  #beat(at: number): void {
    this.#catchUp.begin(at, this.#pulse.beat(at), this.#under.size);
    this.#pulse.held = this.#catchUp.active;
  }

  #expire(): void {
    // Whatever ran since the tick may have kept the thread for long: no deadline passes meanwhile.
    this.#beat(this.now());
    const at = this.running();
    this.#operationDeadlines.expire(at);
    this.#journeyDeadlines.expire(at);
  }

  /** Begins all that is due at `at`. */
  #fire(at: number): void {
    this.#beat(at);
    const { schedule } = this.#plan;
    const due = dueCount(schedule, at);
    let whose: Classification | undefined;
    while (this.#fired < due && !this.#stopped) {
      const n = schedule.first + this.#fired++;
      const user = this.#means.users.take(n);
      if (user) {
        void this.#go(new JourneySession(this, this.#plan.name, n, dueAt(schedule, n), user));
        continue;
      }
      // What a stall made due all at once may need more users than there are: that is nothing the app did.
      whose ??= this.#catchUp.active ? unsent : this.#whoKeepsThemBusy();
      this.#notSent(n, whose);
    }
    this.#catchUp.look(at, false, this.#under.size);
    this.#pulse.held = this.#catchUp.active;
  }

  async #go(session: JourneySession): Promise<void> {
    this.#under.add(session);
    const deadline = { ended: false, expire: () => this.#giveUp(session) };
    this.#journeyDeadlines.start(deadline, this.running());
    const { go } = this.#means;
    try {
      await go(session.context);
    } catch (error) {
      // After its time it was told to stop, and may say so in words of its own.
      if (session.over) session.isCut();
      else if (!isRecorded(error)) this.fail(defectOf(error, this.#plan.name, session.n));
    }
    deadline.ended = true;
    this.#over(session, session.cut);
  }

  /** Its time is over. A running operation still gets its own, and the journey a moment to end by itself. */
  #giveUp(session: JourneySession): void {
    session.finish();
    const look = () => {
      if (!this.#under.has(session)) return;
      if (session.waiting) setTimeout(look, longestSleep);
      else setImmediate(() => this.#over(session, true));
    };
    setImmediate(look);
  }

  #over(session: JourneySession, cut: boolean): void {
    if (!this.#under.delete(session)) return;
    if (cut) this.#notSent(session.n, session.mostlyWaiting ? saturated : unsent);
    session.finish();
    this.#means.users.give(session.user);
  }

  /** An arrival, or the rest of one, that came to nothing: one operation that was never sent. */
  #notSent(n: number, whose: Classification): void {
    const labels = { key: undefined, value: undefined, name: this.#plan.name };
    const row = this.log.begin(n, dueAt(this.#plan.schedule, n), Number.NaN, labels);
    this.log.end(row, Number.NaN, whose, nothingSent);
  }

  /** The app's doing, if most of those who are under way have mostly waited for it. */
  #whoKeepsThemBusy(): Classification {
    let waiting = 0;
    for (const session of this.#under) if (session.mostlyWaiting) waiting++;
    return waiting * 2 > this.#under.size ? saturated : unsent;
  }
}
