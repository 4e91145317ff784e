// The toxics: one file each, listed in index.ts.
// Begin here (the interface), then latency.ts. Imports nothing.

/** One read from a socket on its way through a chain of toxics: at most 32 KiB. */
export interface DataChunk {
  readonly data: Buffer;
  /**
   * When it was received, in milliseconds of `performance.now()`; a toxic that holds a chunk moves it on by that time.
   */
  receivedAt: number;
}

/** What a toxic waits for: a chunk to read, room to write one, or only `ms` to pass. */
export interface Wait {
  readonly for: 'chunk' | 'room' | 'nothing';
  readonly ms: number;
  /** Whether it lasts although it is interrupted. */
  readonly firm?: boolean;
}

/** The work of a toxic, one wait at a time; each `yield` comes back when the wait is over or was interrupted. */
export type Steps<Result = void> = Generator<Wait, Result, void>;

/**
 * What a toxic sees of one direction of one connection. Once it is interrupted (its attributes or its neighbour
 * changed) no wait lasts any more and `read` gives nothing, so a toxic sends on what it holds and ends without having
 * to ask.
 */
export interface Pipe {
  /** Bytes that the toxic has counted on this connection: 0 at first, kept when it is started anew. */
  counted: number;
  /** Whether the toxic has to end now; what it still holds it sends on first. */
  readonly interrupted: boolean;
  /** The next chunk; `undefined` at the end of the data, after `within` ms without one, or when interrupted. */
  read(within?: number): Steps<DataChunk | undefined>;
  /** Sends a chunk on, waiting while the next part of the chain is full. */
  write(chunk: DataChunk): Steps;
  /** Lets `ms` pass; at or below 0 it returns at once. */
  sleep(ms: number): Steps;
  /** Lets `ms` pass; an interruption has to wait. */
  sleepFirmly(ms: number): Steps;
}

/** A kind of toxic. Its attributes are whole numbers, 0 where none is given. */
export interface ToxicType<Attribute extends string = string> {
  readonly name: string;
  /** In the order of answers. */
  readonly attributes: readonly Attribute[];
  /** What Toxiproxy's errors about its attributes call it, and the type of one. */
  readonly struct: string;
  readonly integer: 'int' | 'int64';
  /** How many chunks may wait before the sender is held back. */
  readonly capacity: number;
  /** Whether taking it away closes the connections that it was on. */
  readonly closesWhenRemoved: boolean;
  /** Whether a connection that is made while it is there closes with resets, for whatever reason. */
  readonly resetsConnections: boolean;
  /**
   * Moves the data of one direction of one connection. When it returns without having been interrupted, the
   * connection closes in this direction.
   * @param attributes as they are at any moment
   * @param random a number in [0, 1)
   */
  run(pipe: Pipe, attributes: Readonly<Record<Attribute, number>>, random: () => number): Steps;
}

/** What most types of toxic have in common. */
export const usualToxic = {
  integer: 'int64',
  capacity: 1,
  closesWhenRemoved: false,
  resetsConnections: false,
} as const satisfies Partial<ToxicType>;

/** A toxic on a proxy: what every connection of that proxy runs in the toxic's direction. */
export interface Toxic {
  readonly name: string;
  readonly type: ToxicType;
  readonly direction: Direction;
  /** The direction as it was asked for (`Upstream` stays `Upstream`). */
  readonly stream: string;
  /** Changed in place: live connections read them. */
  readonly attributes: Record<string, number>;
  /** The attributes that were given, exact to 64 bits. */
  readonly digits: Record<string, string>;
  /** Share of connections it acts on, in [0, 1]. */
  toxicity: number;
}

/** `upstream` is from the client to the server, `downstream` from the server to the client. */
export type Direction = 'upstream' | 'downstream';
