import type { Columns } from './columns.ts';

/** What the load generator has to say about itself. */
export interface GeneratorFacts {
  /** The load's name with its main numbers: `arrivals 200/s for 20 s`. */
  readonly load: string;
  /** `open`: sends when due, whatever the app does. `closed`: each connection waits for its answer. `race`: released together. */
  readonly loop: 'open' | 'closed' | 'race';
  /** Operations per second that the plan asked for; undefined in a closed loop, and where the rate changes. */
  readonly offeredRate: number | undefined;
  /** Spans in which the generator itself could not run, [from, to] in milliseconds: what it saw late then is its own doing. */
  readonly stalls: readonly (readonly [from: number, to: number])[];
  /** Connections or contenders, where the load has a fixed number of them. */
  readonly connections: number | undefined;
  /** How busy the generator itself was; undefined where that was not measured. */
  readonly health?: GeneratorHealth | undefined;
  /** How long the warm-up lasted; undefined for loads that leave it to themselves. */
  readonly warmUp?: WarmUpFacts | undefined;
}

/** What became of a warm-up. */
export interface WarmUpFacts {
  /** Milliseconds before zero. */
  readonly length: number;
  /** Where it was to last until the app was steady: whether it came to that. */
  readonly steady: boolean | undefined;
}

/** How busy a load generator was from zero to its end. Of several processes, the worst of each. */
export interface GeneratorHealth {
  /** Milliseconds by which its event loop was late. */
  readonly eventLoopDelay: { readonly p99: number; readonly max: number };
  /** Share of one core that it used, 0 to 1 and a little above. */
  readonly cpu: number;
  /** Processes or threads that it was spread over. */
  readonly processes: number;
}

/** A quantity that was sampled through the run: the app's memory, Redis' clients, Postgres' lock waits. */
export interface Series {
  /** What it is about: `app`, `generator`, `machine`, or the user's name for a service. */
  readonly subject: string;
  /** `cpu`, `memory`, `event-loop delay p99`, `lock waits`. */
  readonly name: string;
  /** Of `cpu`, 100 % is one core. `count` is a number of things at an instant; what a server counts up is given per second. */
  readonly unit: '%' | 'bytes' | 'ms' | 'count' | '/s';
  /** Milliseconds since zero, ascending. */
  readonly at: readonly number[];
  /** One for each instant; NaN where it could not be read. */
  readonly values: readonly number[];
}

/** A kind of statement that a database ran, by its own count. */
export interface StatementRecord {
  /** The user's name for the service. */
  readonly subject: string;
  /** With placeholders instead of constants. */
  readonly text: string;
  readonly calls: number;
  /** Milliseconds that all calls took together, on the server. */
  readonly total: number;
}

/** The life of one fault, in milliseconds since the recording's zero. NaN is an instant that never came. */
export interface FaultRecord {
  /** `refuse(redis)`. */
  readonly name: string;
  /** Name of the fault alone: `refuse`. */
  readonly kind: string;
  /** The user's name for the service that suffers it. */
  readonly service: string;
  /** Kind of that service: `postgres`, `redis`. */
  readonly serviceKind: string;
  readonly askedAt: number;
  readonly inEffectAt: number;
  readonly healAskedAt: number;
  readonly healedAt: number;
  /** Further instants that the fault names: a crash has `killed`, `start asked`, `listens`, `ready`. */
  readonly instants: Readonly<Record<string, number>>;
  /** Was the fault felt? A fault that did not bite proves nothing. */
  readonly bite: Bite;
}

/** What was seen of a fault at the dependency. */
export interface Bite {
  /** The app's connections to the service just before the fault. */
  readonly connectionsBefore: number;
  /** A probe of our own through the proxy saw the fault at its start. */
  readonly seenAtStart: boolean;
  /** ... and before its end. */
  readonly seenBeforeEnd: boolean;
  /** What the probes saw, for people. */
  readonly detail: string;
}

/** One durable fact: a key, with what it was made to be. The same key twice is a key applied twice. */
export interface StateRow {
  readonly key: string;
  readonly value: string | undefined;
}

/** The durable state read around the proxy, before the load and after everything came to rest. */
export interface FinalState {
  readonly before: readonly StateRow[];
  readonly after: readonly StateRow[];
  /** Two reads in a row agreed before the time to settle was over. */
  readonly settled: boolean;
  /** Milliseconds from the first read to the last. */
  readonly settleTime: number;
}

/** The app ended, in the middle of the experiment, or was started again and did not get ready. */
export interface AppExit {
  readonly at: number;
  /** Null when a signal ended it, and when it runs and is not ready. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines that it printed. */
  readonly output: string;
  /** A fault asked for it (`crash(app)`), so nobody is to blame. Absent when not. */
  readonly asked?: boolean;
  /** What neither code nor signal tells, as a clause: `it used 600 MB, more than its memory limit of 512 MB`. */
  readonly why?: string;
  /** Milliseconds since zero when it was ready again; absent when it was not by the end of the run. */
  readonly readyAt?: number;
}

/** Everything that a run left behind. All that is asserted is computed from it. */
export interface RecordingData {
  readonly columns: Columns;
  readonly generator: GeneratorFacts;
  /** Milliseconds from zero to the end of the load. */
  readonly duration: number;
  readonly faults: readonly FaultRecord[];
  readonly finalState: FinalState | undefined;
  readonly exits: readonly AppExit[];
  /** What was sampled beside the load. */
  readonly series: readonly Series[];
  /** Where the databases' time went, most time first. Absent or empty where they do not count it. */
  readonly statements?: readonly StatementRecord[] | undefined;
  /** What could not be observed, and why, as sentences. */
  readonly notes?: readonly string[] | undefined;
  /** Seed of everything that was drawn at random. */
  readonly seed: number;
  /** Wall-clock start, ISO 8601. */
  readonly startedAt: string;
}

/** A span of a recording, half-open in due time: an operation belongs to the window in which it was due. */
export interface Window {
  readonly recording: Recording;
  /** `the whole run`, `during refuse(redis)`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** The faults that the window is about: it can only be judged if they bit. */
  readonly faults: readonly FaultRecord[];
  /** The name of the operations that it holds; all of them if undefined. */
  readonly only?: string | undefined;
}

/** A window that can be narrowed down to one kind of operation. */
export interface Span extends Window {
  /**
   * The same span with only the operations of one name: `recording.during.named('order')`.
   * @throws Error when no operation of the run has that name
   */
  named(name: string): Window;
}

/** A finished run. */
export class Recording implements Span, RecordingData {
  readonly columns: Columns;
  readonly generator: GeneratorFacts;
  readonly duration: number;
  readonly faults: readonly FaultRecord[];
  readonly finalState: FinalState | undefined;
  readonly exits: readonly AppExit[];
  readonly series: readonly Series[];
  readonly statements: readonly StatementRecord[];
  readonly notes: readonly string[];
  readonly seed: number;
  readonly startedAt: string;
  readonly name = 'the whole run';
  readonly from = 0;

  constructor(data: RecordingData) {
    this.columns = data.columns;
    this.generator = data.generator;
    this.duration = data.duration;
    this.faults = data.faults;
    this.finalState = data.finalState;
    this.exits = data.exits;
    this.series = data.series;
    this.statements = data.statements ?? [];
    this.notes = data.notes ?? [];
    this.seed = data.seed;
    this.startedAt = data.startedAt;
  }

  get recording(): Recording {
    return this;
  }

  get to(): number {
    return this.duration;
  }

  /** From zero to the first fault's taking effect; the whole run without a fault. */
  get before(): Span {
    const to = Math.min(this.duration, ...this.faults.map((fault) => fault.inEffectAt));
    return this.#span({ name: 'before the fault', from: 0, to, faults: this.faults });
  }

  /** From the first fault's taking effect to the last one's healing. @throws Error when the run had no fault */
  get during(): Span {
    const from = Math.min(...this.#anyFaults('during').map((fault) => fault.inEffectAt));
    const to = Math.max(...this.faults.map((fault) => fault.healedAt));
    const name = `during ${this.faults.map((fault) => fault.name).join(' and ')}`;
    return this.#span({ name, from, to, faults: this.faults });
  }

  /** From the last fault's healing to the end of the load. @throws Error when the run had no fault */
  get after(): Span {
    const from = Math.max(...this.#anyFaults('after').map((fault) => fault.healedAt));
    const name = `after ${this.faults.map((fault) => fault.name).join(' and ')}`;
    return this.#span({ name, from, to: this.duration, faults: this.faults });
  }

  /**
   * From one fault's taking effect to its healing.
   * @param fault the fault as given to `run`, or its name, `refuse(redis)`
   * @throws Error when the run had no such fault
   */
  window(fault: { readonly name: string } | string): Span {
    const name = typeof fault === 'string' ? fault : fault.name;
    const record = this.faults.find((candidate) => candidate.name === name);
    if (!record) {
      const known = this.faults.map((candidate) => candidate.name).join(', ') || 'none';
      throw new Error(`recording.window: no fault ${name} in this run (its faults: ${known})`);
    }
    return this.#span({ name: `during ${name}`, from: record.inEffectAt, to: record.healedAt, faults: [record] });
  }

  /**
   * The whole run with only the operations of one name.
   * @throws Error when no operation of the run has that name
   */
  named(name: string): Window {
    return namedPart(this, name);
  }

  #span(part: Omit<Window, 'recording' | 'only'>): Span {
    const window: Window = { recording: this, ...part };
    return { ...window, named: (name) => namedPart(window, name) };
  }

  #anyFaults(property: string): readonly FaultRecord[] {
    if (this.faults.length === 0) {
      throw new Error(
        `recording.${property}: this run had no fault; assert on the recording itself, or pass faults to run()`,
      );
    }
    return this.faults;
  }
}

/** A window with only the operations of one name. @throws Error when the recording has no such name */
export function namedPart(window: Window, name: string): Window {
  const { recording, from, to, faults } = window;
  const { names } = recording.columns;
  if (!names.includes(name)) {
    const known = names.map((one) => `'${one}'`).join(', ') || 'none';
    throw new Error(
      `recording.named: no operation of this run is named '${name}' (its names: ${known}); a name is what the request says, \`name: 'order'\`, or its method and path`,
    );
  }
  return { recording, name: `${window.name}, ${name} only`, from, to, faults, only: name };
}
