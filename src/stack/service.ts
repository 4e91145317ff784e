import type { FaultProxy } from '../proxy/client.ts';
import type { StateRow } from '../recording/recording.ts';
import type { Runtime, ServerHost, ServerProgram } from './server.ts';

export type { FaultProxy, ToxicOrder } from '../proxy/client.ts';
export type { Killable, Pausable } from './server.ts';

/** What a byte-level probe of a service saw. */
export type Sighting =
  /** The server answered; `ready` is false while it answers only that it is starting up or shutting down. */
  | { readonly kind: 'answered'; readonly ready: boolean; readonly after: number }
  | { readonly kind: 'refused' }
  /** Connected, then closed or reset without an answer. */
  | { readonly kind: 'cut' }
  /** Connected, and no answer within the time. */
  | { readonly kind: 'silent'; readonly after: number };

/** Result of fetching many bytes. */
export interface Transfer {
  /** `whole`: all of it came; `cut`: the connection ended before; `silent`: it did not come within the time. */
  readonly kind: 'whole' | 'cut' | 'silent';
  /** Milliseconds from the question to the last byte, or to when it was given up. */
  readonly after: number;
}

/** A dependency of the app, as one test sees it. */
export interface Service {
  /** The user's name for it. */
  readonly name: string;
  /** `postgres`, `redis`. */
  readonly kind: string;
  /** The address for the app: through the proxy; never changes during a test. */
  readonly url: string;
  /** Around the proxy, for final states and set-up. Read it again after a restart. */
  readonly directUrl: string;
  readonly proxy: FaultProxy;
  /** Sends the protocol's smallest question and waits for one byte of answer: a connect alone proves nothing. */
  sight(via: 'proxy' | 'direct', timeout?: number): Promise<Sighting>;
  /**
   * False where `sight` can do no more than connect, so that a fault which shows only in answers can't be seen. Default
   * true.
   */
  readonly answers?: boolean;
  /**
   * Fetches a number of bytes from the server through the proxy, on a connection of its own. Without it, faults that
   * only show in bigger answers can't be seen.
   * @param timeout milliseconds
   */
  readonly transfer?: (bytes: number, timeout: number) => Promise<Transfer>;
  /** How many connections the server holds that are not our own. */
  connections(): Promise<number>;
  /**
   * Delays each write by a random time, to widen races; disposing ends it. Undefined where nothing in front of the
   * server tells a write from a read.
   * @param upTo the maximum delay, in milliseconds
   */
  readonly widen?: (upTo: number, seed: number) => Promise<AsyncDisposable>;
}

/** A running server and what one test gets of it. Lives as long as the test file. */
export interface ServiceServer<S extends Service = Service> {
  /** A clean service for the next test: fresh contents, proxy enabled and without toxics. */
  fresh(): Promise<S>;
  /**
   * The service that `fresh` gave last, clean again and at the same addresses, in the middle of a test. Without it
   * `fresh` is called, and must give the same service.
   */
  renew?(): Promise<void>;
  /** Ends the server and removes what it left. */
  stop(): Promise<void>;
}

/** What `postgres()` and `redis()` return: how to start the server under the user's name for it. */
export interface ServiceDefinition<S extends Service = Service> {
  readonly kind: string;
  /** What the containers runtime runs for it; undefined when it does not start its server by the stack's runtime. */
  readonly image?: string;
  /** How the stack's runtime runs it; undefined when it starts its server itself. */
  readonly program?: ServerProgram;
  start(name: string, host: StackHost): Promise<ServiceServer<S>>;
}

/** What a service definition may use to come to life. */
export interface StackHost extends ServerHost {
  /** Starts servers where the stack has its servers: as child processes, or in containers. */
  readonly runtime: Runtime;
  /** Makes a fault proxy on a port of its own in front of `upstream` (`host:port`). */
  proxy(name: string, upstream: string): Promise<FaultProxy>;
}

/** Rows of a final state, as a user's query may return them. */
export type StateRows = readonly (Pick<StateRow, 'key'> & Partial<StateRow>)[];
