import { setTimeout as sleep } from 'node:timers/promises';
import type { Duration } from '../../duration.ts';
import { randomFor } from '../../random.ts';
import type { Measurements } from '../../recording/columns.ts';
import { judgeAnswer, KeptAnswer } from '../http/answer.ts';
import { accept, classifyError, classifyResult } from '../http/call-outcome.ts';
import type { Classification, Ending } from '../http/classify.ts';
import type { Expiring } from '../http/deadline-queue.ts';
import type { RequestPool } from '../http/request-pool.ts';
import type { About, JourneyResponse, Request } from '../load.ts';
import { prepare, type RequestLabels } from '../requests/prepare.ts';
import type { JourneyContext, JourneyUser, StepContext } from './journey.ts';
import { mustBeStep, mustBeTexts, pauseOf } from './journey-checks.ts';
import { JourneyOver, StepFailed } from './journey-errors.ts';
import type { JourneyLog } from './journey-log.ts';

/** Milliseconds until a journey that goes on after its end is told that it is over. */
const grace = 10;
/** Keeps the lengths of pauses apart from what the journey draws itself. */
const forThinking = 0x3c6ef372;
const timedOut: Classification = { outcome: 'unknown', category: 'timeout' };

/** What a journey needs of the loop that it runs in. */
export interface SessionHost {
  readonly seed: number;
  readonly data: unknown;
  readonly log: JourneyLog;
  /** Milliseconds since zero. */
  now(): number;
  /** The same on a clock that stands still while the generator does. */
  running(): number;
  /** Sends a request; undefined where there is nothing to send to. */
  readonly send: RequestPool['send'] | undefined;
  /** Something has `timeout` from now. */
  watch(item: Expiring): void;
  /** An operation began or ended. */
  operations(change: 1 | -1): void;
  /** The test itself is wrong: the run must end. */
  fail(error: unknown): void;
}

/** One journey under way: its calls become operations. */
export class JourneySession {
  readonly n: number;
  readonly due: number;
  readonly user: JourneyUser;
  readonly context: JourneyContext;
  readonly #host: SessionHost;
  readonly #name: string;
  readonly #begun: number;
  readonly #randomPause: () => number;
  #controller: AbortController | undefined;
  /** When the first operation is due: the arrival's due, until something else takes its place. */
  #firstDue: number | undefined;
  #pending = 0;
  #pendingSince = 0;
  #waited = 0;
  #over = false;
  #cut = false;

  /** @param name of the journey, for errors */
  constructor(host: SessionHost, name: string, n: number, due: number, user: JourneyUser) {
    this.#host = host;
    this.#name = name;
    this.n = n;
    this.due = due;
    this.user = user;
    this.#firstDue = due;
    this.#begun = host.running();
    this.#randomPause = randomFor(host.seed ^ forThinking, n);
    const signal = () => this.#signal;
    this.context = {
      n,
      user,
      data: host.data,
      random: randomFor(host.seed, n),
      get signal() {
        return signal();
      },
      http: (request) => settleAlone(this.#http(request)),
      step: (name, work, about) => settleAlone(this.#step(name, work, about)),
      think: (time) => settleAlone(this.#think(time)),
    };
  }

  /** Whether its time is over. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether it went without something that it wanted, because its time was over. */
  get cut(): boolean {
    return this.#cut;
  }

  /** It ended otherwise than it wanted, because its time was over. */
  isCut(): void {
    this.#cut = true;
  }

  get waiting(): boolean {
    return this.#pending > 0;
  }

  /** Whether it has spent the greater part of its time waiting for answers. */
  get mostlyWaiting(): boolean {
    const at = this.#host.running();
    const waited = this.#waited + (this.#pending > 0 ? at - this.#pendingSince : 0);
    return waited * 2 > at - this.#begun;
  }

  /** Its time is over: nothing more is done for it. An operation that runs goes on to its own end. */
  finish(): void {
    this.#over = true;
    this.#controller?.abort(new JourneyOver());
  }

  get #signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#over) this.#controller.abort(new JourneyOver());
    return this.#controller.signal;
  }

  async #http(request: Request): Promise<JourneyResponse> {
    const { send } = this.#host;
    if (!send) throw this.#defect(new TypeError('there is no app to send to here'));
    if (this.#over) throw await this.#cutOff();
    const { request: prepared, labels } = this.#checked(() =>
      prepare(request, `${this.#name}, n ${this.n}: http(...)`),
    );
    const row = this.#begin(labels);
    const answer = new KeptAnswer();
    const verdict = await new Promise<Classification>((resolve) => {
      const ended = (ending: Ending) => {
        const { verdict: classified, read, measured } = judgeAnswer(ending, prepared, answer);
        if (read !== undefined) this.#host.log.about(row, { value: read });
        this.#end(row, classified, measured);
        resolve(classified);
      };
      this.#host.watch(send(prepared, ended, answer));
    });
    const response = answer.response((about) => this.#about(row, about));
    if (verdict.outcome === 'ok' && response) {
      accept(response);
      return response;
    }
    throw new StepFailed(labels.name, verdict, response);
  }

  async #step<T>(name: string, work: (context: StepContext) => T | Promise<T>, about: About = {}): Promise<T> {
    if (this.#over) throw await this.#cutOff();
    this.#checked(() => mustBeStep(name, work));
    const row = this.#begin({ key: undefined, value: undefined, name });
    this.#about(row, about);
    const controller = new AbortController();
    const given = Promise.withResolvers<never>();
    const item = {
      ended: false,
      expire: () => {
        item.ended = true;
        this.#end(row, timedOut);
        const failure = new StepFailed(name, timedOut);
        given.reject(failure);
        controller.abort(failure);
      },
    };
    this.#host.watch(item);
    const end = (verdict: Classification) => {
      if (item.ended) return;
      item.ended = true;
      this.#end(row, verdict);
    };
    const doing = (async () => {
      try {
        const value = await work({ signal: controller.signal, about: (news) => this.#about(row, news) });
        end(classifyResult(value));
        return value;
      } catch (cause) {
        const verdict = classifyError(cause);
        end(verdict);
        throw new StepFailed(name, verdict, undefined, cause);
      }
    })();
    return await Promise.race([doing, given.promise]);
  }

  async #think(time: Duration | { readonly from: Duration; readonly to: Duration }): Promise<void> {
    const length = this.#checked(() => pauseOf(time, this.#randomPause));
    this.#firstDue = undefined;
    try {
      await sleep(length, undefined, { signal: this.#signal });
    } catch {
      // Nothing else can end a pause than that the time of the journey is over.
      throw await this.#cutOff();
    }
  }

  #begin(labels: RequestLabels): number {
    const at = this.#host.now();
    const row = this.#host.log.begin(this.n, this.#firstDue ?? at, at, labels);
    this.#firstDue = undefined;
    if (this.#pending++ === 0) this.#pendingSince = this.#host.running();
    this.#host.operations(1);
    return row;
  }

  #end(row: number, verdict: Classification, measured?: Measurements): void {
    this.#host.log.end(row, this.#host.now(), verdict, measured);
    if (--this.#pending === 0) this.#waited += this.#host.running() - this.#pendingSince;
    this.#host.operations(-1);
  }

  #about(row: number, about: About): void {
    this.#checked(() => mustBeTexts(about));
    this.#host.log.about(row, about);
  }

  /** Not at once: a journey that catches this and asks again must not keep the thread to itself. */
  async #cutOff(): Promise<JourneyOver> {
    this.isCut();
    await sleep(grace);
    return new JourneyOver();
  }

  /** What the journey asks for wrongly ends the run, even if it catches the error. */
  #checked<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      throw this.#defect(error);
    }
  }

  #defect(error: unknown): unknown {
    this.#host.fail(error);
    return error;
  }
}

/**
 * A promise that a journey need not wait for: what became of the operation is recorded, and its failure no error of the
 * process.
 */
function settleAlone<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
