import type { Columns } from '../../recording/columns.ts';
import type { WarmUpWindow } from '../plan/warm-up.ts';
import type { PreparedRequest } from '../requests/prepare.ts';
import type { RowColumns } from '../rows/row-columns.ts';
import type { Rows } from '../rows/rows.ts';

/** What the test's process says to a generator. */
export type TestMessage =
  /** The first message: what the load is. */
  | { readonly kind: 'start'; readonly data: unknown }
  /** Requests of the load's sequence with that number. */
  | { readonly kind: 'requests'; readonly sequence: number; readonly requests: readonly PreparedRequest[] }
  /** All generators of the load are ready: the warm-up begins, and is over at `end` at the latest. */
  | { readonly kind: 'warm up'; readonly end: number }
  /** Instant zero was chosen: the warm-up is over then. */
  | { readonly kind: 'zero'; readonly zero: number };

/** Spans of time, [from, to] in milliseconds. */
export type TimeSpans = readonly (readonly [from: number, to: number])[];

/** How busy a generator's process was from zero to its end. */
export interface ProcessHealth {
  /** Milliseconds by which its event loop was late. */
  readonly eventLoopDelay: { readonly p99: number; readonly max: number };
  /** Share of one core. */
  readonly cpu: number;
}

/**
 * What a generator says to the test's process. Instants without a word of their own are on the clock of
 * recording/clock.ts.
 */
export type GeneratorMessage =
  /** It wants the requests of a sequence up to the one before index `until`. */
  | { readonly kind: 'want'; readonly sequence: number; readonly until: number }
  /** It has the requests for its beginning, and waits to be told to warm up. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'window'; readonly window: WarmUpWindow }
  /** A generator that warms up by itself chose instant zero. */
  | { readonly kind: 'zero'; readonly zero: number }
  | { readonly kind: 'progress'; readonly progress: { readonly operations: number; readonly errors: number } }
  /** Rows in the order of their numbers; told in parts, since millions of them are too much for one message. */
  | { readonly kind: 'rows'; readonly rows: RowColumns }
  /** Operations with their names and keys, of a generator that knows them itself; told in parts as rows are. */
  | { readonly kind: 'columns'; readonly columns: Columns }
  | {
      readonly kind: 'done';
      /** Milliseconds since zero. */
      readonly stalls: TimeSpans;
      /** Milliseconds since zero; of a loop that catches up after a stall. */
      readonly catchingUp?: TimeSpans;
      /** Milliseconds from zero to the end of the last operation. */
      readonly end: number;
      readonly health: ProcessHealth;
    }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A generator's end of the wire to the test's process. */
export interface Port {
  tell(message: GeneratorMessage): void;
  /** Calls `listener` with each message after the first. */
  listen(listener: (message: TestMessage) => void): void;
}

/** Tells the rows that were not told yet, and then that the generator is done. */
export function tellAll(port: Port, rows: Rows, done: Extract<GeneratorMessage, { kind: 'done' }>): void {
  for (const part of rows.parts()) port.tell({ kind: 'rows', rows: part });
  port.tell(done);
}

/**
 * Runs a generator in this process, which {@link generate} started: waits for what the load is, and tells what goes
 * wrong. The process ends with the test's process, however that ends.
 * @param run starts the generator; it has ended when it has told that it is done
 */
export function generatorProcess<Data>(run: (port: Port, data: Data) => Promise<void>): void {
  const tell = (message: GeneratorMessage) => {
    // Not connected: the test's process is gone, and this one is about to be.
    if (process.connected) process.send?.(message);
  };
  const failed = (error: unknown) => tell({ kind: 'failed', error });
  // The other end of the wire is gone, so nobody wants what this process does.
  process.on('disconnect', () => process.exit(1));
  process.on('uncaughtException', failed);
  process.once('message', ({ data }: Extract<TestMessage, { kind: 'start' }>) => {
    run({ tell, listen: (listener) => process.on('message', listener) }, data as Data).catch(failed);
  });
}
