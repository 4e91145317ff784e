import { setTimeout as sleep } from 'node:timers/promises';
import { readable } from './duration.ts';
import { now } from './recording/clock.ts';
import { canonicalTime } from './recording/equality.ts';
import { hashText, type KeyHash } from './recording/key-hash.ts';
import { KeyTable } from './recording/key-table.ts';
import type { FinalState, RecordingData, StateRow } from './recording/recording.ts';

/** A final state as a user's function returns it, straight from a query: `{ key }` or `{ key, value }` a row. */
export type StateReader = () => Promise<readonly StateRowLike[]> | readonly StateRowLike[];

/**
 * One row of a {@link StateReader}. Values that are not text are compared as text. A Date at midnight of this process'
 * zone is its day; null is no value.
 */
export interface StateRowLike {
  readonly key?: unknown;
  readonly value?: unknown;
}

/**
 * Reads the durable state once. @throws TypeError when the reader returns no rows with a `key`
 */
export async function readState(reader: StateReader): Promise<StateRow[]> {
  const rows = await reader();
  if (!Array.isArray(rows))
    throw new TypeError(`finalState must return an array of rows { key, value? }; got ${typeof rows}`);
  return rows.map((row: StateRowLike) => {
    if (row?.key === undefined || row.key === null) {
      throw new TypeError(`finalState: every row needs a key (select ... as key); got ${JSON.stringify(row)}`);
    }
    return {
      key: asText(row.key),
      value: row.value === undefined || row.value === null ? row.value : asText(row.value),
    };
  });
}

/**
 * An object is its JSON, or the text that it is there: a date is no text in quotes. A Date at midnight of this process'
 * zone is the day, since drivers read a DATE so; east of UTC its JSON would be another day.
 */
function asText(value: unknown): string {
  if (value instanceof Date && value.getTimezoneOffset() !== 0 && isMidnight(value)) return dayOf(value);
  if (typeof value !== 'object') return String(value as string | number | bigint | boolean);
  const json = JSON.stringify(value);
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

function isMidnight(date: Date): boolean {
  return date.getHours() + date.getMinutes() + date.getSeconds() + date.getMilliseconds() === 0;
}

function dayOf(date: Date): string {
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(String);
  return [year?.padStart(4, '0'), month?.padStart(2, '0'), day?.padStart(2, '0')].join('-');
}

/** What {@link settledState} goes by. */
export interface Settling {
  /** The state before the load, not counted. */
  readonly before: readonly StateRow[];
  /** Keys that the app has confirmed; gone through at each read. */
  readonly acknowledged: Iterable<string>;
  /** Milliseconds that it may take. */
  readonly limit: number;
  /** False when nobody is left who could still write: two equal reads are then enough. */
  readonly waiting: () => boolean;
  readonly signal: AbortSignal;
  /** Milliseconds between two reads. Default 500. */
  readonly readEvery?: number;
}

/**
 * Reads the state until it has come to rest: two reads in a row agree and nothing acknowledged is missing. What is
 * still missing when the time is over is lost, even if the state lies still: until then a queue may be about to be
 * drained. A read that fails is made again until then, because the store may only just have come back.
 * @throws the error of the last read, when that failed with the time over
 */
export async function settledState(reader: StateReader, settling: Settling): Promise<FinalState> {
  const { before, acknowledged, limit, waiting, signal, readEvery = 500 } = settling;
  const begin = now();
  let previous: string | undefined;
  for (;;) {
    const after = await readInTime(reader, limit, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (now() - begin >= limit) throw error;
      return undefined;
    });
    if (!after) {
      previous = undefined;
      await sleep(readEvery, undefined, { signal });
      continue;
    }
    const picture = pictureOf(after);
    const still = previous === picture;
    const missing = lacks(after, acknowledged);
    const settleTime = now() - begin;
    if (still && (!missing || !waiting())) return { before, after, settled: true, settleTime };
    if (settleTime >= limit) return { before, after, settled: still, settleTime };
    previous = picture;
    await sleep(readEvery, undefined, { signal });
  }
}

/**
 * A short text that is the same for two states with the same rows, in any order, and for no others: the sum of a 64-bit
 * hash of each row. So a state of millions of rows is not kept twice.
 */
function pictureOf(rows: readonly StateRow[]): string {
  const hash: KeyHash = { high: 0, low: 0 };
  let [high, low] = [0, 0];
  for (const { key, value } of rows) {
    hashText(JSON.stringify([key, value]), hash);
    high = (high + hash.high) >>> 0;
    low = (low + hash.low) >>> 0;
  }
  return `${rows.length} ${high} ${low}`;
}

/** Whether a key is in none of the rows. A date or time may be there in another notation. Keys are compared by hash. */
function lacks(rows: readonly StateRow[], keys: Iterable<string>): boolean {
  const hash: KeyHash = { high: 0, low: 0 };
  const present = new KeyTable(rows.length);
  for (const { key } of rows) present.add(hashText(key, hash), 1, 0);
  let times: KeyTable | undefined;
  for (const key of keys) {
    if (present.has(hashText(key, hash))) continue;
    const time = canonicalTime(key);
    if (time === undefined) return true;
    times ??= timesIn(rows);
    if (!times.has(hashText(time, hash))) return true;
  }
  return false;
}

function timesIn(rows: readonly StateRow[]): KeyTable {
  const hash: KeyHash = { high: 0, low: 0 };
  const times = new KeyTable(0);
  for (const { key } of rows) {
    const time = canonicalTime(key);
    if (time !== undefined) times.add(hashText(time, hash), 1, 0);
  }
  return times;
}

/** A read has this long at least, in milliseconds, however short the time to settle. */
const leastPatience = 5_000;

/** @throws Error when the reader does not answer, or the signal aborts */
async function readInTime(reader: StateReader, limit: number, signal?: AbortSignal): Promise<StateRow[]> {
  const patience = Math.max(limit, leastPatience);
  const over = new AbortController();
  const late = async (): Promise<never> => {
    await sleep(patience, undefined, { signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal });
    throw new Error(`it gave no answer within ${readable(patience)}`);
  };
  try {
    return await Promise.race([readState(reader), late()]);
  } finally {
    over.abort();
  }
}

/**
 * Reads the state before the load, where the test asks for it.
 * @param settle milliseconds, named in the error
 * @throws Error with the remedy, when it cannot be read
 */
export async function stateBefore(reader: StateReader | undefined, settle: number): Promise<StateRow[]> {
  try {
    return reader ? await readInTime(reader, settle) : [];
  } catch (cause) {
    throw new Error(`finalState could not be read before the load (settle ${readable(settle)}): ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** What is known of the state after a load: of the two, at most one is defined. */
export type StateAfter = Pick<RecordingData, 'finalState' | 'stateUnread'>;

/**
 * Reads the state after the load, where the test asks for it. What cannot be read is no reason to throw the run away.
 * @throws Error when the signal aborts
 */
export async function stateAfter(reader: StateReader | undefined, settling: Settling): Promise<StateAfter> {
  if (!reader) return { finalState: undefined };
  try {
    return { finalState: await settledState(reader, settling) };
  } catch (error) {
    settling.signal.throwIfAborted();
    return { finalState: undefined, stateUnread: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
