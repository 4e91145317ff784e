import autocannon from 'autocannon';
import { now } from '../../recording/clock.ts';
import { HealthMonitor } from '../generator/health.ts';
import { Inbox } from '../generator/inbox.ts';
import { generatorProcess, type Port, tellAll } from '../generator/protocol.ts';
import { Pulse } from '../generator/pulse.ts';
import { asksForBody, judgeAnswer, KeptAnswer } from '../http/answer.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import { Rows } from '../rows/rows.ts';
import { type Begun, ClosedLoopConnection, type Loop } from './autocannon-connection.ts';
import { wireFormat } from './wire-format.ts';

/** What the closed-loop generator is told; times in milliseconds. */
export interface AutocannonData {
  readonly origin: string;
  readonly connections: number;
  readonly duration: number;
  readonly warmUp: number;
  readonly timeout: number;
}

/** Between two looks at the look-ahead, in milliseconds. */
const feedingEvery = 50;
/** Least look-ahead, in requests. */
const leastAhead = 2_000;
/** Between two looks at stalls, in milliseconds. */
const heartbeat = 10;

/** The closed loop, in its own process: autocannon sends and reads, and each request is recorded here. */
class ClosedLoop implements Loop {
  readonly #port: Port;
  readonly #data: AutocannonData;
  readonly #host: string;
  /** The requests from zero on. */
  readonly #main: Inbox;
  readonly #warming: Inbox;
  readonly #rows = new Rows({ tell: (rows) => this.#port.tell({ kind: 'rows', rows }) });
  readonly #health = new HealthMonitor();
  readonly #open = new Set<ClosedLoopConnection>();
  readonly #waiting = new Set<ClosedLoopConnection>();
  readonly #timers: NodeJS.Timeout[] = [];
  #pulse = new Pulse(0);
  #zero = Number.NaN;
  #starvedFrom = Number.NaN;
  #takenBefore = 0;
  /** Most requests that were taken in a second, by the busiest 50 ms. */
  #peak = 0;
  #tracker: autocannon.Instance | undefined;
  /** The last request that was sent, and its bytes. */
  #request: PreparedRequest | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  over = false;

  constructor(port: Port, data: AutocannonData) {
    this.#port = port;
    this.#data = data;
    this.#host = new URL(data.origin).host;
    this.#main = new Inbox(port, 0);
    this.#warming = new Inbox(port, 1);
    port.listen((message) => {
      if (message.kind !== 'requests') return;
      const { sequence, requests } = message;
      (sequence === 0 ? this.#main : this.#warming).put(requests);
      if (!Number.isNaN(this.#zero)) this.#fed();
      else if (this.#main.ready > 0 && (data.warmUp === 0 || this.#warming.ready > 0)) this.#begin();
    });
  }

  async start(): Promise<void> {
    this.#main.want(leastAhead);
    if (this.#data.warmUp > 0) this.#warming.want(leastAhead);
  }

  begin(connection: ClosedLoopConnection): Begun | undefined {
    const at = this.#now();
    const inbox = at < 0 ? this.#warming : this.#main;
    const n = at < 0 ? -1 - inbox.taken : inbox.taken;
    const request = inbox.take();
    if (request) return this.#begun(n, request, at);
    this.#waiting.add(connection);
    if (Number.isNaN(this.#starvedFrom)) this.#starvedFrom = at;
    return undefined;
  }

  #begun(n: number, request: PreparedRequest, at: number): Begun {
    const bytes = this.#bytesOf(request);
    const row = this.#rows.add(n, at, at);
    const reader = asksForBody(request) ? new KeptAnswer() : undefined;
    return {
      bytes,
      reader,
      end: (ending) => {
        const { verdict, read, measured } = judgeAnswer(ending, request, reader);
        this.#rows.read(row, read);
        this.#rows.end(row, this.#now(), verdict, measured);
      },
    };
  }

  /** Of a request that is the same as the last one, which is the same object, the bytes are there. */
  #bytesOf(request: PreparedRequest): Buffer {
    if (request !== this.#request) {
      this.#request = request;
      this.#bytes = wireFormat(request, this.#host);
    }
    return this.#bytes;
  }

  closed(connection: ClosedLoopConnection): void {
    this.#open.delete(connection);
    if (this.#open.size > 0) return;
    for (const timer of this.#timers) clearInterval(timer);
    this.#tracker?.stop();
    const done = { stalls: this.#pulse.spans, end: this.#now(), health: this.#health.stop() };
    tellAll(this.#port, this.#rows, { kind: 'done', ...done });
  }

  #begin(): void {
    const { origin, connections, duration, warmUp, timeout } = this.#data;
    this.#zero = now() + warmUp;
    this.#port.tell({ kind: 'zero', zero: this.#zero });
    this.#pulse = new Pulse(this.#now());
    this.#timers.push(
      setInterval(() => this.#pulse.beat(this.#now()), heartbeat),
      setInterval(() => this.#lookAhead(), feedingEvery),
      setInterval(() => this.#port.tell({ kind: 'progress', progress: this.#rows.progress }), 500),
      setTimeout(() => this.#health.start(), warmUp),
      setTimeout(() => this.#stop(), warmUp + duration),
    );
    this.#tracker = autocannon(
      {
        url: origin,
        connections,
        timeout: timeout / 1_000,
        // Its own end would cut what is in flight; ours comes first.
        duration: Math.ceil((warmUp + duration + timeout) / 1_000) + 60,
        setupClient: (client) => this.#open.add(new ClosedLoopConnection(client, this)),
      },
      // Its result is not used: everything is rebuilt from the events of its connections.
      () => {},
    );
  }

  /** Milliseconds since zero. */
  #now(): number {
    return now() - this.#zero;
  }

  /** Keeps a second of requests ahead, by the highest speed seen; those from zero on in time for it. */
  #lookAhead(): void {
    const taken = this.#main.taken + this.#warming.taken;
    this.#peak = Math.max(this.#peak, ((taken - this.#takenBefore) * 1_000) / feedingEvery);
    this.#takenBefore = taken;
    const ahead = Math.max(leastAhead, Math.ceil(this.#peak));
    this.#main.want(this.#main.taken + ahead);
    if (this.#now() < 0) this.#warming.want(this.#warming.taken + ahead);
  }

  /** Requests came: those that waited for them go on. */
  #fed(): void {
    if (this.#waiting.size === 0) return;
    this.#pulse.starved(this.#starvedFrom, this.#now());
    this.#starvedFrom = Number.NaN;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const connection of waiting) connection.resume();
  }

  #stop(): void {
    this.over = true;
    for (const connection of [...this.#open]) connection.closeIfIdle();
  }
}

generatorProcess<AutocannonData>((port, data) => new ClosedLoop(port, data).start());
