/** What the load generator has to say about itself. */
export interface GeneratorFacts {
  /** The load's name with its main numbers: `arrivals 200/s for 20 s`. */
  readonly load: string;
  /**
   * `open`: sends when due, whatever the app does. `closed`: each connection waits for its answer. `race`: released
   * together.
   */
  readonly loop: 'open' | 'closed' | 'race';
  /** Operations per second that the plan asked for; undefined in a closed loop, and where the rate changes. */
  readonly offeredRate: number | undefined;
  /**
   * Spans in which the generator itself could not run, [from, to] in milliseconds: what it saw late then is its own
   * doing.
   */
  readonly stalls: readonly (readonly [from: number, to: number])[];
  /**
   * Spans after stalls, [from, to] in milliseconds, in which what had fallen due meanwhile was sent all at once, until
   * it was dealt with; none goes on longer, once all is sent, than the stall was. How the app answered that burst says
   * little about it. Absent when there were none.
   */
  readonly catchingUp?: readonly (readonly [from: number, to: number])[];
  /**
   * The answers that tell a contender of a race that it lost, as categories. Absent where the load names none: then
   * 409.
   */
  readonly lossIs?: readonly string[] | undefined;
  /** Of loads side by side, a key that two of them wrote, and which; absent where each has keys of its own. */
  readonly sharedKey?: { readonly key: string; readonly loads: readonly [first: string, second: string] } | undefined;
  /** Connections or contenders, where the load has a fixed number of them. */
  readonly connections: number | undefined;
  /**
   * Which operations a closed loop sent, where another load ran beside it. Absent: all of a `closed` load, none of
   * another.
   */
  readonly closedPart?: ClosedPart | undefined;
  /** How busy the generator itself was; undefined where that was not measured. */
  readonly health?: GeneratorHealth | undefined;
  /** How long the warm-up lasted; undefined for loads that leave it to themselves. */
  readonly warmUp?: WarmUpFacts | undefined;
}

/** The closed loop among several loads. */
export interface ClosedPart {
  /** Names of its operations. */
  readonly names: readonly string[];
  /** Milliseconds from zero until it sent no more; of several, the first that ended. */
  readonly until: number;
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
  /**
   * Of `cpu`, 100 % is one core. `count` is a number of things at an instant; what a server counts up is given per
   * second.
   */
  readonly unit: '%' | 'bytes' | 'ms' | 'count' | '/s';
  /** Milliseconds since zero, ascending. */
  readonly at: readonly number[];
  /** One for each instant; NaN where it could not be read. */
  readonly values: readonly number[];
}

/**
 * What an app answered when it was asked over and over, as an orchestrator asks, whether it lives or is ready. The
 * lists have an entry for each poll that was answered or given up.
 */
export interface HealthPolls {
  /** The user's name for the app. Absent in recordings that do not have it. */
  readonly app?: string;
  readonly kind: 'live' | 'ready';
  /** `/ready`. */
  readonly path: string;
  /** Milliseconds after which a poll was given up. */
  readonly timeout: number;
  /** When each was sent: milliseconds since zero, ascending. A poll is sent once the one before is over. */
  readonly at: readonly number[];
  /** Milliseconds that each took. */
  readonly took: readonly number[];
  /**
   * The HTTP status of each, or why there was none: `refused`, `reset`, `timeout`, `unfinished` (the run ended first),
   * or an error's code.
   */
  readonly answers: readonly (number | string)[];
  /**
   * Spans in which the process that asked could not run, [from, to] in milliseconds since zero: what it saw late then
   * is its own doing.
   */
  readonly stalls: readonly (readonly [from: number, to: number])[];
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
  /** The earliest instant at which it was to begin. Absent in recordings that do not have it. */
  readonly scheduledAt?: number;
  /** Name of the first of them, where `repeated` made it as the second or a later one. */
  readonly repeatOf?: string;
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
  /**
   * Null where the row says that there is none (SQL's NULL): it holds nothing. Undefined where it does not speak of a
   * value.
   */
  readonly value: string | null | undefined;
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
