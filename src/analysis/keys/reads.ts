import {
  chunksOf,
  keysOf,
  kindsByCode,
  type Operation,
  type OperationKind,
  operationAt,
} from '../../recording/columns.ts';
import type { KeyHash } from '../../recording/key-hash.ts';
import { deedIn } from '../../recording/kinds.ts';
import type { Recording } from '../../recording/recording.ts';
import { findActiveFaults, findNearestFault, type NearFault } from '../window/active-faults.ts';
import { divideKeys, type HasKey } from './key-parts.ts';
import { WritesOfKey } from './writes-of-key.ts';

/** What a read is known to have seen: undefined for nothing. */
export interface SeenValue {
  readonly value: string | undefined;
}

/** A read that saw what nobody can have left there. All instants in milliseconds since zero. */
export interface WrongRead {
  readonly key: string;
  /** When the read was sent. */
  readonly at: number;
  /** `ok`, or `404`. */
  readonly category: string;
  /** What it saw; undefined for nothing. */
  readonly saw: string | undefined;
  /** The write that was acknowledged last before it was sent. */
  readonly written: WriteSeen;
  /** The faults that were in effect at some moment while it was under way; undefined if none was. */
  readonly fault: string | undefined;
  /** If none was, the one that came next after its end or last before it; undefined in a run without. */
  readonly nearest: NearFault | undefined;
}

/** A write as a read is held against it. */
export interface WriteSeen {
  readonly kind: OperationKind;
  /** What it made of the key; undefined where it did not say. */
  readonly value: string | undefined;
  /** When its answer was there. */
  readonly at: number;
  /** The faults that were in effect then; undefined if none was. */
  readonly fault: string | undefined;
}

/** What the reads of a run saw. */
export interface Reads {
  /** Operations that read and were sent. */
  readonly sent: number;
  /** Those whose answers tell what they saw. */
  readonly answered: number;
  /** Those of them whose key was acknowledged as written before they were sent: these must see it. */
  readonly judged: number;
  /** In the order in which they were sent. */
  readonly wrong: readonly WrongRead[];
}

/** By these an app says that there is nothing under a key. */
const nothing: ReadonlySet<string> = new Set(['404', '410']);

/**
 * What a read saw, by its answer: its value, or nothing where an ok answer holds none or the status is 404 or 410.
 * @returns undefined for what is no read, and for a read that tells nothing: a time-out, a 503
 */
export function readAnswer({
  kind,
  outcome,
  category,
  value,
}: Pick<Operation, 'kind' | 'outcome' | 'category' | 'value'>): SeenValue | undefined {
  if (kind !== 'read') return undefined;
  if (nothing.has(category)) return { value: undefined };
  return outcome === 'ok' ? { value } : undefined;
}

/** A read whose answer tells something. */
interface Read extends SeenValue {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly category: string;
}

/** What was done to a key. */
interface HistoryOfKey {
  readonly writes: WritesOfKey;
  readonly reads: Read[];
}

/** Operations of a recording on disk that are looked at together: about 30 MB. */
const operationsAtOnce = 250_000;

/**
 * Holds each read against the writes of its key. A read sent after a write was acknowledged must see what a write left
 * that may be in effect. Three writes may be: the last acknowledged one; one that overlaps it or the read in time; and
 * one whose fate is unknown, from when it was sent on. A write that did not say its value may have left any value, but
 * not nothing. Reads of keys without an earlier acknowledgement may see anything.
 * Which of two reads saw the newer value is not looked at: linearizability says that.
 * @param atOnce operations of a recording on disk that are looked at together
 */
export function judgeReads(recording: Recording, atOnce = operationsAtOnce): Reads {
  const wrong: WrongRead[] = [];
  const counts = { sent: 0, answered: 0, judged: 0 };
  if (!recording.columns.kinds) return { ...counts, wrong };
  for (const isHere of divideKeys(recording, atOnce)) {
    const { histories, sent } = collectHistories(recording, isHere);
    counts.sent += sent;
    for (const [key, { writes, reads: told }] of histories) {
      counts.answered += told.length;
      for (const read of told) {
        const written = writes.acknowledgedBefore(read.startedAt);
        if (!written) continue;
        counts.judged++;
        if (!writes.explain(read)) wrong.push(findWrongRead(recording, key, read, written));
      }
    }
  }
  return { ...counts, wrong: wrong.sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1)) };
}

function collectHistories(
  recording: Recording,
  isHere: HasKey,
): { histories: Map<string, HistoryOfKey>; sent: number } {
  const histories = new Map<string, HistoryOfKey>();
  const hash: KeyHash = { high: 0, low: 0 };
  let sent = 0;
  for (const columns of chunksOf(recording.columns)) {
    const keys = keysOf(columns);
    const kinds = kindsByCode(columns);
    for (let row = 0; row < columns.length; row++) {
      if (!keys.has(row) || Number.isNaN(columns.startedAt[row] as number)) continue;
      if (!isHere(keys.hash(row, hash))) continue;
      const operation = operationAt(columns, row);
      const { startedAt, category } = operation;
      const key = operation.key as string;
      const history = histories.get(key) ?? { writes: new WritesOfKey(), reads: [] };
      histories.set(key, history);
      if (kinds[columns.name[row] as number] !== 'read') {
        addWrite(history.writes, operation);
        continue;
      }
      sent++;
      const seen = readAnswer(operation);
      if (seen) history.reads.push({ ...seen, startedAt, endedAt: endOf(operation), category });
    }
  }
  return { histories, sent };
}

function addWrite(writes: WritesOfKey, operation: Operation): void {
  const { value, startedAt, endedAt, outcome } = operation;
  const kind = deedIn(operation);
  if (kind === 'look' || outcome === 'failed') return;
  const acknowledged = outcome === 'ok' && !Number.isNaN(endedAt);
  writes.add({
    kind,
    value,
    startedAt,
    endedAt: acknowledged ? endedAt : Number.POSITIVE_INFINITY,
  });
}

function endOf({ endedAt }: Operation): number {
  return Number.isNaN(endedAt) ? Number.POSITIVE_INFINITY : endedAt;
}

function findWrongRead(recording: Recording, key: string, read: Read, write: Omit<WriteSeen, 'fault'>): WrongRead {
  const { startedAt, endedAt, category, value } = read;
  const fault = findActiveFaults(recording, startedAt, endedAt);
  const nearest = fault === undefined ? findNearestFault(recording, startedAt) : undefined;
  const written = { ...write, fault: findActiveFaults(recording, write.at) };
  return { key, at: startedAt, category, saw: value, written, fault, nearest };
}
