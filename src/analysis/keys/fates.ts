import { chunksOf, keysOf, kindsByCode, type OperationKind, outcomes, valuesOf } from '../../recording/columns.ts';
import { canonical } from '../../recording/equality.ts';
import type { KeyHash } from '../../recording/key-hash.ts';
import { deedOf } from '../../recording/kinds.ts';
import type { Recording } from '../../recording/recording.ts';
import type { HasKey } from './key-parts.ts';

/** The code of `ok` in the columns. */
export const okCode = outcomes.indexOf('ok');
const failedCode = outcomes.indexOf('failed');

/** What is known of a key. */
export interface Fate {
  readonly key: string;
  /** When it was first due. */
  first: number;
  /** When the attempt was due that tells: the first acknowledged one, else the first. */
  at: number;
  endedAt: number;
  /** Its outcome, as a code. */
  outcome: number;
  attempts: number;
  /** How often it is in the final state; to be counted. */
  times: number;
  /** The final state holds a row of it that was not there before the load: to be found out. */
  isRewritten: boolean;
  /**
   * After the load the key holds the value that it had before. The last acknowledged write may have meant that value,
   * so whether it was kept must be found out.
   */
  isUnchanged: boolean;
  /** When the last acknowledged write was sent ... */
  lastSent: number;
  /** ... and what it said that it wrote; undefined where it did not. */
  lastValue: string | undefined;
  /**
   * The first value that the key was sent with, and the first that was acknowledged, as they are compared. Undefined
   * while there is none ...
   */
  sentValue: string | undefined;
  acknowledgedValue: string | undefined;
  /** ... and whether it was sent, and acknowledged, with another one as well. */
  isSentWithSeveral: boolean;
  isAcknowledgedWithSeveral: boolean;
  /** The latest instant at which the key may have been removed; -Infinity if nothing removed it. */
  removedBy: number;
}

/**
 * The keys that were sent to be written. Rows may come in any order.
 * @param isAsked tells by the hash whether a key is one of those that are looked at; default: all are
 */
export function collectFates(recording: Recording, isAsked: HasKey | undefined): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  const removals = new Map<string, number>();
  const hash: KeyHash = { high: 0, low: 0 };
  const kinds = kindsByCode(recording.columns);
  for (const columns of chunksOf(recording.columns)) {
    const keys = keysOf(columns);
    const values = valuesOf(columns);
    const { startedAt, dueAt, endedAt, outcome, name } = columns;
    for (let row = 0; row < columns.length; row++) {
      if (!keys.has(row) || Number.isNaN(startedAt[row] as number)) continue;
      const kind = deedOf(kinds[name[row] as number] as OperationKind, values.has(row));
      if (kind === 'read' || kind === 'look' || (isAsked && !isAsked(keys.hash(row, hash)))) continue;
      const key = keys.at(row) as string;
      const code = outcome[row] as number;
      const ended = endedAt[row] as number;
      if (kind === 'remove') {
        // What was not answered may still remove it.
        const by = code === okCode ? ended : code === failedCode ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
        removals.set(key, Math.max(removals.get(key) ?? Number.NEGATIVE_INFINITY, by));
        continue;
      }
      const attempt: AttemptOnKey = { at: dueAt[row] as number, endedAt: ended, outcome: code };
      const fate = fates.get(key) ?? newFate(key, attempt);
      fates.set(key, fate);
      const sent = startedAt[row] as number;
      addAttempt(fate, attempt);
      addValue(fate, values.at(row), code);
      if (code !== okCode || !(sent >= fate.lastSent)) continue;
      fate.lastSent = sent;
      fate.lastValue = values.at(row);
    }
  }
  for (const [key, by] of removals) {
    const fate = fates.get(key);
    if (fate) fate.removedBy = by;
  }
  return fates;
}

interface AttemptOnKey {
  /** When it was due. */
  readonly at: number;
  readonly endedAt: number;
  readonly outcome: number;
}

function newFate(key: string, attempt: AttemptOnKey): Fate {
  const never = Number.NEGATIVE_INFINITY;
  return {
    key,
    first: attempt.at,
    ...attempt,
    attempts: 0,
    times: 0,
    isRewritten: false,
    isUnchanged: false,
    lastSent: never,
    lastValue: undefined,
    sentValue: undefined,
    acknowledgedValue: undefined,
    isSentWithSeveral: false,
    isAcknowledgedWithSeveral: false,
    removedBy: never,
  };
}

function addValue(fate: Fate, value: string | undefined, outcome: number): void {
  if (value === undefined || outcome === failedCode) return;
  const text = canonical(value);
  fate.sentValue ??= text;
  fate.isSentWithSeveral ||= fate.sentValue !== text;
  if (outcome !== okCode) return;
  fate.acknowledgedValue ??= text;
  fate.isAcknowledgedWithSeveral ||= fate.acknowledgedValue !== text;
}

function addAttempt(fate: Fate, attempt: AttemptOnKey): void {
  const { at, endedAt, outcome } = attempt;
  fate.attempts++;
  fate.first = Math.min(fate.first, at);
  const [isOk, wasOk] = [outcome === okCode, fate.outcome === okCode];
  if (isOk !== wasOk ? wasOk : at > fate.at) return;
  // Of two at the same instant, the one that is less certain to have come to nothing.
  fate.outcome = isOk === wasOk && at === fate.at ? Math.max(fate.outcome, outcome) : outcome;
  fate.endedAt = at === fate.at && isOk === wasOk ? Math.min(fate.endedAt, endedAt) : endedAt;
  fate.at = at;
}
