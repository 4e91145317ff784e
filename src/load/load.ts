import type { GivenColumns } from '../recording/columns.ts';
import type { OperationKind } from '../recording/kinds.ts';
import type { GeneratorFacts } from '../recording/recording.ts';

/** An HTTP request as plain data, made by a pure function ahead of time. */
export interface Request {
  /** Default `GET`. */
  readonly method?: string;
  /** Path and query, from `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, or any other value as JSON (with its content type, unless a header names one). */
  readonly body?: unknown;
  /** What the request is about; keys are what `toLoseNothing` and the races are judged by. */
  readonly key?: string;
  /** The kind of operation, for statistics per name. Default: method and path without its query. */
  readonly name?: string;
  /** What the request wants to make of its key. Of a request that `reads` the answer tells. */
  readonly value?: string;
  /**
   * The request reads its key, and the answer holds the value at this JSON pointer (RFC 6901): `'/status'`; `''` is the
   * whole body as text. A pointer that leads to nothing or to null, and a 404 or 410, mean that nothing is there.
   * `toReadItsWrites` compares the value with what was written.
   * Of requests without `reads`, DELETE removes; GET, HEAD and OPTIONS without a `value` promise nothing; all others
   * write.
   */
  readonly reads?: string;
  /**
   * Statuses that count as ok, default 200 to 399; with `body: true` only if the answer has a body: one without is
   * `empty`.
   */
  readonly okWhen?: readonly number[] | OkWhen;
}

/** When an answer counts as ok. */
export interface OkWhen {
  /** Default: 200 to 399. */
  readonly status?: readonly number[];
  /** Only with a body. */
  readonly body?: boolean;
}

/** What a request function is given. Warm-up requests have a negative `n`, so their keys differ from all others. */
export interface RequestContext {
  readonly n: number;
  /** Uniform in [0, 1), from the run's seed: the same n gives the same numbers. */
  readonly random: () => number;
}

/** An answer that a journey may look into. Its functions need no `this`. */
export interface JourneyResponse {
  readonly status: number;
  /** By lower-case name; a list where a header came several times. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as UTF-8 text. */
  readonly text: () => string;
  /** The body as JSON. @throws SyntaxError when it is none */
  readonly json: <T = unknown>() => T;
  /** Says afterwards what the operation was about, such as an id that the app chose. */
  readonly about: (about: About) => void;
}

/** What an operation is about: what the recording says of it. */
export interface About {
  readonly key?: string;
  /** What it wants to make of its key; of a read what it saw there. */
  readonly value?: string;
  /** In place of the name that it has. */
  readonly name?: string;
  /** What it does to its key: default what the request does, and `write` for a step. */
  readonly kind?: OperationKind;
}

/** Where a load goes, and what it must tell while it runs. */
export interface LoadTarget {
  /** Origin of the app: `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly seed: number;
  /**
   * Called once, when the generator is ready and has chosen the instant zero (the end of the warm-up), on the clock of
   * `recording/clock.ts`.
   */
  readonly onZero: (zero: number) => void;
  /**
   * For loads side by side. Takes the earliest instant at which this load could have its zero, once its generator is
   * ready. Resolves to the zero that all of them share. A load that asks says so by {@link Load.joins}.
   */
  readonly zeroFor?: (earliest: number) => Promise<number>;
  /**
   * Called at once with each process that the load starts, so that the process can be ended with the test's process. It
   * also ends by itself then, except while it is stopped (SIGSTOP).
   */
  readonly track?: (pid: number) => void;
  /** Called about twice a second. */
  readonly onProgress: (progress: { readonly operations: number; readonly errors: number }) => void;
}

/** What a load brings home. Instants in the columns are relative to zero. */
export interface LoadResult {
  readonly columns: GivenColumns;
  readonly generator: GeneratorFacts;
  /** Milliseconds from zero to the end of the load. */
  readonly duration: number;
}

/** A load. A user's own is an object of this shape. */
export interface Load {
  /** With its main numbers: `arrivals 200/s for 20 s`. */
  readonly name: string;
  /** Milliseconds after zero at which the load ends; undefined if it ends when its work is done (a race). */
  readonly duration: number | undefined;
  /**
   * The load asks {@link LoadTarget.zeroFor} for its zero. A load that does not ask begins with its own warm-up at the
   * shared zero.
   */
  readonly joins?: true;
  /**
   * Maximum random delay (ms) before each write, to widen races. It puts time between an app's check and the act that
   * follows. The experiment applies it at the wire to the stores while the load runs.
   */
  readonly widen?: number;
  /**
   * Keys that the load's first operations write, where they are known before it runs. Two loads side by side must not
   * write the same keys.
   * @param seed of the random numbers that its requests draw
   */
  readonly writtenKeys?: (seed: number) => ReadonlySet<string>;
  /** Runs the load to its end. When the signal aborts it stops soon and rejects with the signal's reason. */
  run(target: LoadTarget, signal: AbortSignal): Promise<LoadResult>;
}
