import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { now } from '../../recording/clock.ts';
import { asksForBody, judgeAnswer, KeptAnswer } from '../http/answer.ts';
import type { Ending } from '../http/classify.ts';
import { HttpConnection } from '../http/connection.ts';
import { DeadlineQueue } from '../http/deadline-queue.ts';
import { dialerFor } from '../http/open-pool.ts';
import type { Transport } from '../plan/transport.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import { Rows } from '../rows/rows.ts';
import { HealthMonitor } from './health.ts';
import { generatorProcess, type Port, tellAll } from './protocol.ts';
import { Pulse } from './pulse.ts';
import { rehearse } from './rehearsal.ts';

/** What the generator of races is told; times in milliseconds. */
export interface RaceData {
  readonly transport: Transport;
  readonly contenders: number;
  readonly timeout: number;
  readonly warmUp: number;
  /** The harmless request that opens a connection. */
  readonly connect: PreparedRequest;
  /** Race by race, contender by contender. */
  readonly requests: readonly PreparedRequest[];
}

/** Between two looks at stalls and deadlines, in milliseconds. */
const heartbeat = 10;
/** Between two rounds of the warm-up, so that it is no load. */
const pause = 20;

/** Runs races one after the other, each contender on its own connection, in its own process. */
class RaceGenerator {
  readonly #port: Port;
  readonly #data: RaceData;
  readonly #connections: readonly HttpConnection[];
  readonly #deadlines: DeadlineQueue;
  readonly #rows = new Rows();
  readonly #health = new HealthMonitor();
  #pulse = new Pulse(0);
  #zero = 0;

  constructor(port: Port, data: RaceData) {
    this.#port = port;
    this.#data = data;
    const dialer = dialerFor(data.transport, data.timeout);
    this.#connections = Array.from({ length: data.contenders }, () => new HttpConnection(dialer));
    this.#deadlines = new DeadlineQueue(data.timeout);
  }

  async run(): Promise<void> {
    await rehearse();
    this.#zero = now();
    this.#pulse = new Pulse(0);
    const beats = setInterval(() => this.#beat(), heartbeat);
    await this.#warmUp();
    this.#startCounting();
    const reports = setInterval(() => this.#port.tell({ kind: 'progress', progress: this.#rows.progress }), 500);
    const { requests, contenders } = this.#data;
    for (let first = 0; first < requests.length; first += contenders) {
      await this.#openAll();
      await this.#race(first);
    }
    clearInterval(beats);
    clearInterval(reports);
    const done = { stalls: this.#pulse.spans, end: this.#now(), health: this.#health.stop() };
    tellAll(this.#port, this.#rows, { kind: 'done', ...done });
    for (const connection of this.#connections) connection.close();
  }

  #now(): number {
    return now() - this.#zero;
  }

  /** From here on instants count from a new zero; nothing is in flight. */
  #startCounting(): void {
    this.#zero = now();
    this.#pulse = new Pulse(0);
    this.#health.start();
    this.#port.tell({ kind: 'zero', zero: this.#zero });
  }

  #beat(): void {
    this.#pulse.beat(this.#now());
    // What came in while we could not read is read before a deadline is looked at: immediates run after I/O.
    setImmediate(() => this.#deadlines.expire(this.#pulse.running(this.#now())));
  }

  async #warmUp(): Promise<void> {
    const endings = await this.#openAll();
    const missed = endings.find(({ kind }) => kind !== 'answered');
    if (missed) {
      const { connect, transport } = this.#data;
      throw new Error(
        `race: the contenders' connections could not be opened: GET ${connect.path} at ${transport.origin} was not answered (${missed.kind}); name a path that answers by the option connect`,
      );
    }
    while (this.#now() < this.#data.warmUp) {
      await Promise.all(this.#connections.map((connection) => this.#ask(connection)));
      await sleep(pause);
    }
  }

  /**
   * Opens the connections that are not open. A closed one that cannot be opened stays so: its contender will say why.
   */
  async #openAll(): Promise<Ending[]> {
    const closed = this.#connections.filter((connection) => !connection.open);
    const endings = await Promise.all(closed.map((connection) => this.#ask(connection)));
    // undici takes a connection back a turn after its answer.
    await turn();
    await turn();
    return endings;
  }

  #ask(connection: HttpConnection): Promise<Ending> {
    return new Promise((resolve) => {
      const exchange = connection.send(this.#data.connect, { ended: resolve });
      this.#deadlines.start(exchange, this.#pulse.running(this.#now()));
    });
  }

  /** Releases all contenders of the race whose first attempt is `first`, and waits for the last of them. */
  async #race(first: number): Promise<void> {
    const release = this.#now();
    await Promise.all(
      this.#connections.map((connection, contender) => this.#attempt(connection, first + contender, release)),
    );
  }

  #attempt(connection: HttpConnection, n: number, release: number): Promise<void> {
    const request = this.#data.requests[n] as PreparedRequest;
    const row = this.#rows.add(n, release, release);
    const reader = asksForBody(request) ? new KeptAnswer() : undefined;
    return new Promise((resolve) => {
      const exchange = connection.send(request, {
        reader,
        started: () => this.#rows.start(row, this.#now()),
        ended: (ending) => {
          const { verdict, measured } = judgeAnswer(ending, request, reader);
          this.#rows.end(row, this.#now(), verdict, measured);
          resolve();
        },
      });
      this.#deadlines.start(exchange, this.#pulse.running(release));
    });
  }
}

generatorProcess<RaceData>((port, data) => new RaceGenerator(port, data).run());
