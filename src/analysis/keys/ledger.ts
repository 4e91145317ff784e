import { type Outcome, outcomes } from '../../recording/columns.ts';
import { canonical, canonicalTime } from '../../recording/equality.ts';
import { hashText, type KeyHash } from '../../recording/key-hash.ts';
import type { KeyTable } from '../../recording/key-table.ts';
import type { FinalState, Recording, StateRow } from '../../recording/recording.ts';
import { activeFaults, type NearFault, nearestFault } from '../window/active-faults.ts';
import { oncePerWindow } from '../window/memo.ts';
import { type Fate, fatesOf, okCode } from './fates.ts';
import { type Tally, tallyOf } from './key-tally.ts';
import { keylessWrites, unsent } from './strangers.ts';

/** One key of the ledger that is not as it should be. */
export interface LedgerEntry {
  readonly key: string;
  /** When the operation was due (its first acknowledged attempt, else its first attempt), in milliseconds. */
  readonly at: number;
  /** When its answer was complete, or it was given up. NaN if it never ended. */
  readonly endedAt: number;
  /** How often it was sent. */
  readonly attempts: number;
  /** What the app said of it. */
  readonly outcome: Outcome;
  /** How often the load left the key in the final state: 0 for a lost one, at least 2 for a duplicated one. */
  readonly times: number;
  /** The faults that were in effect at some moment while it was under way; undefined if none was. */
  readonly fault: string | undefined;
  /** If none was, the one that came next after its end or last before it; undefined in a run without. */
  readonly nearest: NearFault | undefined;
}

/**
 * What the app promised against what it kept. All counts are of different keys, warm-up included; entries are in the order in which they were first
 * due. Operations that read promise nothing and are left out.
 */
export interface Ledger {
  /** Keys that were sent. */
  readonly attempted: number;
  /** Keys with an ok answer. */
  readonly acknowledged: number;
  /** Acknowledged and not in the final state, or less often than before the load, unless it may have been removed since. */
  readonly lost: readonly LedgerEntry[];
  /** Acknowledged, and in the final state only as they were before the load: nobody knows whether they were kept, or were there anyway. */
  readonly unchanged: readonly string[];
  /**
   * Acknowledged with values that differ, and never removed; or there as often as it was sent with such values. Nobody knows whether these are several things
   * under one key, of which some are lost, or one thing that was changed.
   */
  readonly shared: readonly string[];
  /** Applied more than once; of a key that was sent with several values, more often than it was sent. */
  readonly duplicated: readonly LedgerEntry[];
  /** In the final state and never sent, not even to be read or removed: that may have left a row too. */
  readonly unexpected: readonly string[];
  /** Operations without a key that were sent and may have left what is unexpected. Counted only where something is. */
  readonly keyless: number;
  /** Sent, never acknowledged, and in the final state all the same: allowed. */
  readonly recovered: number;
  /** Up to {@link mostRecovered} of them. */
  readonly recoveredNamed: readonly LedgerEntry[];
}

/** Recovered keys that are named. */
export const mostRecovered = 20;

/** Operations whose keys are compared as texts; of more, only the suspects are. */
const fewOperations = 100_000;

/**
 * Compares the keys of the operations with those of the final state, less those that were there before the load. Keys are compared as texts, and dates and
 * times that are left over as instants, for a database may write them in another way.
 *
 * Beyond 100,000 operations keys are first compared by hashes of 64 bits, 18 bytes for each, and those that look lost, duplicated or unexpected then by their
 * texts, so that no key is accused that is as it should be. Of n keys, a lost one is overlooked only if it shares its hash with one that is there too often: a
 * chance of less than n^2 / 2^65, 3 in a million for ten million keys. What is named takes the memory of its entries.
 * @returns undefined when the run read no final state
 */
export function ledger(recording: Recording): Ledger | undefined {
  const { finalState } = recording;
  if (!finalState) return undefined;
  return recording.columns.length <= fewOperations ? textLedger(recording, finalState) : storedLedger(recording);
}

const storedLedger: (recording: Recording) => Ledger | undefined = oncePerWindow(({ recording }) =>
  recording.finalState ? hashLedger(recording, recording.finalState) : undefined,
);

/** The ledger of many keys: by their hashes, then the suspects by their texts. {@link ledger} has the rule. */
export function hashLedger(
  recording: Recording,
  finalState: FinalState,
  tally: Tally = tallyOf(recording, finalState),
): Ledger {
  const { suspects } = tally;
  const { attempted, acknowledged, recovered, ...named } = suspects
    ? textLedger(recording, finalState, suspects)
    : nothing;
  return {
    attempted: tally.attempted + attempted,
    acknowledged: tally.acknowledged + acknowledged,
    ...named,
    recovered: tally.recovered + recovered,
  };
}

const nothing: Ledger = {
  attempted: 0,
  acknowledged: 0,
  lost: [],
  unchanged: [],
  shared: [],
  duplicated: [],
  unexpected: [],
  keyless: 0,
  recovered: 0,
  recoveredNamed: [],
};

/**
 * The ledger of few keys, by their texts.
 * @param only the hashes of those that are looked at; all if undefined
 */
export function textLedger(recording: Recording, { before, after }: FinalState, only?: KeyTable): Ledger {
  const fates = fatesOf(recording, only);
  const strangers = new Map<string, number>();
  const hash: KeyHash = { high: 0, low: 0 };
  const count = (rows: readonly StateRow[], by: 1 | -1): void => {
    for (const { key } of rows) {
      if (only && !only.has(hashText(key, hash))) continue;
      const fate = fates.get(key);
      if (fate) fate.times += by;
      else strangers.set(key, (strangers.get(key) ?? 0) + by);
    }
  };
  count(after, 1);
  count(before, -1);
  pairTimes(fates, strangers);
  markKnown(fates, before, after);

  const all = [...fates.values()];
  const isOk = ({ outcome }: Fate): boolean => outcome === okCode;
  const recovered = all.filter((fate) => !isOk(fate) && fate.times > 0).sort(inOrder);
  const unexpected = unsent(
    recording,
    [...strangers].filter(([, times]) => times > 0).map(([key]) => key),
  );
  const missing = all.filter(
    (fate) => isOk(fate) && fate.times <= 0 && !fate.isRewritten && !(fate.lastSent <= fate.removedBy),
  );
  const isUnchanged = ({ times, isUnchanged: is }: Fate): boolean => is && times === 0;
  const entries = (fates: readonly Fate[]): LedgerEntry[] =>
    fates.toSorted(inOrder).map((fate) => entry(recording, fate));
  return {
    attempted: all.length,
    acknowledged: all.filter(isOk).length,
    lost: entries(missing.filter((fate) => !isUnchanged(fate))),
    unchanged: missing
      .filter(isUnchanged)
      .sort(inOrder)
      .map(({ key }) => key),
    shared: all
      .filter(isShared)
      .sort(inOrder)
      .map(({ key }) => key),
    duplicated: entries(all.filter((fate) => fate.times > 1 && !isShared(fate))),
    unexpected,
    keyless: unexpected.length > 0 ? keylessWrites(recording) : 0,
    recovered: recovered.length,
    recoveredNamed: entries(recovered.slice(0, mostRecovered)),
  };
}

function isShared(fate: Fate): boolean {
  const { times, attempts, isRewritten, removedBy } = fate;
  if (removedBy > Number.NEGATIVE_INFINITY || times > attempts) return false;
  if (fate.isSentWithSeveral && times > 1) return true;
  return fate.isAcknowledgedWithSeveral && (times > 0 || isRewritten);
}

/** Keys that are dates or times and were kept in another notation than they were sent in: what nobody sent is what is missing. */
function pairTimes(fates: ReadonlyMap<string, Fate>, strangers: Map<string, number>): void {
  const missing = new Map<string, Fate>();
  for (const fate of strangers.size > 0 ? fates.values() : []) {
    const time = fate.times <= 0 ? canonicalTime(fate.key) : undefined;
    if (time !== undefined) missing.set(time, fate);
  }
  for (const [key, times] of missing.size > 0 ? strangers : []) {
    const fate = missing.get(canonicalTime(key) ?? '');
    if (!fate) continue;
    fate.times += times;
    strangers.delete(key);
  }
}

/** Finds the keys that were there before the load, and whether they have a row with another value after it, or one that is the same. */
function markKnown(fates: ReadonlyMap<string, Fate>, before: readonly StateRow[], after: readonly StateRow[]): void {
  const old = new Map<string, Set<StateRow['value']>>();
  for (const { key, value } of before) {
    if (fates.has(key)) old.set(key, (old.get(key) ?? new Set()).add(sameTextOf(value)));
  }
  if (old.size === 0) return;
  for (const { key, value } of after) {
    const fate = fates.get(key);
    const known = fate && old.get(key);
    if (!known) continue;
    if (!known.has(sameTextOf(value))) fate.isRewritten = true;
    else {
      const { lastValue } = fate;
      fate.isUnchanged ||=
        value === undefined || lastValue === undefined || sameTextOf(value) === sameTextOf(lastValue);
    }
  }
}

function sameTextOf(value: StateRow['value']): StateRow['value'] {
  return typeof value === 'string' ? canonical(value) : value;
}

function inOrder(one: Fate, other: Fate): number {
  return one.first - other.first || (one.key < other.key ? -1 : 1);
}

function entry(recording: Recording, { key, at, endedAt, outcome, attempts, times }: Fate): LedgerEntry {
  const fault = activeFaults(recording, at, endedAt);
  return {
    key,
    at,
    endedAt,
    attempts,
    outcome: outcomes[outcome] as Outcome,
    times: Math.max(0, times),
    fault,
    nearest: fault === undefined ? nearestFault(recording, Number.isNaN(endedAt) ? at : endedAt) : undefined,
  };
}
