import { type Outcome, outcomes } from '../../recording/columns.ts';
import { canonical, canonicalTime } from '../../recording/equality.ts';
import { hashText, type KeyHash } from '../../recording/key-hash.ts';
import type { KeyTable } from '../../recording/key-table.ts';
import type { FinalState, Recording, StateRow } from '../../recording/recording.ts';
import { findActiveFaults, findNearestFault, type NearFault } from '../window/active-faults.ts';
import { memoizePerWindow } from '../window/memo.ts';
import { collectFates, type Fate, okCode } from './fates.ts';
import type { HasKey } from './key-parts.ts';
import { type Tally, tallyKeys } from './key-tally.ts';
import { countKeylessWrites, findUnsent } from './strangers.ts';

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
 * What the app promised against what it kept. All counts are of different keys, warm-up included. Entries are in the
 * order in which they were first due. Reads promise nothing and are left out.
 */
export interface Ledger {
  /** Keys that were sent. */
  readonly attempted: number;
  /** Keys with an ok answer. */
  readonly acknowledged: number;
  /**
   * Acknowledged, and not in the final state, or less often than before the load. Keys that may have been removed since
   * are not among them.
   */
  readonly lost: readonly LedgerEntry[];
  /**
   * Acknowledged, and in the final state only as they were before the load. Nobody knows whether the write was kept or
   * the key was there anyway.
   */
  readonly unchanged: readonly string[];
  /**
   * Acknowledged with values that differ and never removed, or there as often as it was sent with such values. It may
   * be several things under one key, some of them lost, or one thing that was changed: nobody knows.
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

/** Operations and rows whose keys are compared as texts; of more, only the suspects are. */
const fewKeys = 100_000;

/** Suspects whose texts are compared at a time: a map holds no more than 2^24 of them. */
const suspectsAtOnce = 1_000_000;

/**
 * Draws up the ledger: compares the keys of the operations with those of the final state, less those that were there
 * before the load. Keys are compared as texts. A database may write dates and times in another notation, so those left
 * over are compared as instants.
 *
 * Beyond 100,000 operations or rows, keys are first compared by hashes of 64 bits, 24 bytes per key. Keys that look
 * lost, duplicated or unexpected are then compared by their texts, so no sound key is accused. Of n keys, a lost one is
 * overlooked only if it shares its hash with a key that is there too often. The chance is below n^2 / 2^65: 3 in a
 * million for ten million keys. The named keys take the memory of their entries.
 * @returns undefined when the run read no final state
 */
export function drawUpLedger(recording: Recording): Ledger | undefined {
  const { columns, finalState } = recording;
  if (!finalState) return undefined;
  const keys = columns.length + finalState.before.length + finalState.after.length;
  return keys <= fewKeys ? compareByText(recording, finalState) : storedLedger(recording);
}

const storedLedger: (recording: Recording) => Ledger | undefined = memoizePerWindow(({ recording }) =>
  recording.finalState ? compareByHash(recording, recording.finalState) : undefined,
);

/**
 * The ledger of many keys: by their hashes, then the suspects by their texts. {@link drawUpLedger} has the rule.
 * @param atOnce suspects whose texts are compared at a time
 */
export function compareByHash(
  recording: Recording,
  finalState: FinalState,
  tally: Tally = tallyKeys(recording, finalState),
  atOnce = suspectsAtOnce,
): Ledger {
  const { suspects } = tally;
  const parts = Math.ceil((suspects?.size ?? 0) / atOnce);
  const findings = Array.from({ length: parts }, (_, part) =>
    compareKeys(recording, finalState, (hash) => hash.low % parts === part && (suspects as KeyTable).has(hash)),
  );
  const { attempted, acknowledged, recovered, ...named } = drawUp(recording, findings);
  return {
    attempted: tally.attempted + attempted,
    acknowledged: tally.acknowledged + acknowledged,
    ...named,
    recovered: tally.recovered + recovered,
  };
}

/** The ledger of few keys, by their texts. */
function compareByText(recording: Recording, finalState: FinalState): Ledger {
  return drawUp(recording, [compareKeys(recording, finalState)]);
}

/** What is known of some of the keys. */
interface Findings {
  readonly attempted: number;
  readonly acknowledged: number;
  /** Keys that are neither acknowledged and there once, nor unacknowledged and not there. */
  readonly conspicuous: readonly Fate[];
  /** Keys of the final state that nobody sent to be written ... */
  readonly strangers: readonly string[];
  /** ... and how often the load left each there, if that is more than once. */
  readonly often: ReadonlyMap<string, number>;
}

function isOk({ outcome }: Fate): boolean {
  return outcome === okCode;
}

/** @param isAsked tells by the hash whether a key is one of those that are compared; default: all are */
function compareKeys(recording: Recording, { before, after }: FinalState, isAsked?: HasKey): Findings {
  const fates = collectFates(recording, isAsked);
  const strangers = new Map<string, number>();
  const hash: KeyHash = { high: 0, low: 0 };
  const count = (rows: readonly StateRow[], by: 1 | -1): void => {
    for (const { key } of rows) {
      if (isAsked && !isAsked(hashText(key, hash))) continue;
      const fate = fates.get(key);
      if (fate) fate.times += by;
      else strangers.set(key, (strangers.get(key) ?? 0) + by);
    }
  };
  count(after, 1);
  count(before, -1);
  markKnown(fates, before, after);
  const all = [...fates.values()];
  return {
    attempted: all.length,
    acknowledged: all.filter(isOk).length,
    conspicuous: all.filter((fate) => fate.times !== (isOk(fate) ? 1 : 0) || isShared(fate)),
    ...collectStrangers(strangers),
  };
}

/** Those that are there. There may be millions of them, and hardly any twice. */
function collectStrangers(times: ReadonlyMap<string, number>): Pick<Findings, 'strangers' | 'often'> {
  const strangers: string[] = [];
  const often = new Map<string, number>();
  for (const [key, count] of times) {
    if (count > 0) strangers.push(key);
    if (count > 1) often.set(key, count);
  }
  return { strangers, often };
}

/** Draws up the ledger of all that was found. */
function drawUp(recording: Recording, findings: readonly Findings[]): Ledger {
  const conspicuous = findings.flatMap((one) => one.conspicuous);
  const strangers = pairTimes(conspicuous, findings);
  conspicuous.sort(compareByTime);
  const missing = conspicuous.filter(
    (fate) => isOk(fate) && fate.times <= 0 && !fate.isRewritten && !(fate.lastSent <= fate.removedBy),
  );
  const isUnchanged = ({ times, isUnchanged: is }: Fate): boolean => is && times === 0;
  const unexpected = findUnsent(recording, strangers);
  const recovered = conspicuous.filter((fate) => !isOk(fate) && fate.times > 0);
  const entries = (fates: readonly Fate[]): LedgerEntry[] => fates.map((fate) => makeEntry(recording, fate));
  const keysOf = (fates: readonly Fate[]): string[] => fates.map(({ key }) => key);
  return {
    attempted: findings.reduce((sum, one) => sum + one.attempted, 0),
    acknowledged: findings.reduce((sum, one) => sum + one.acknowledged, 0),
    lost: entries(missing.filter((fate) => !isUnchanged(fate))),
    unchanged: keysOf(missing.filter(isUnchanged)),
    shared: keysOf(conspicuous.filter(isShared)),
    duplicated: entries(conspicuous.filter((fate) => fate.times > 1 && !isShared(fate))),
    unexpected,
    keyless: unexpected.length > 0 ? countKeylessWrites(recording) : 0,
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

/**
 * Pairs missing keys with rows that nobody sent: a date or time may have been kept in another notation than it was sent
 * in.
 * @returns the strangers that are left
 */
function pairTimes(fates: readonly Fate[], findings: readonly Findings[]): readonly string[] {
  const strangers =
    findings.length === 1 ? (findings[0] as Findings).strangers : findings.flatMap((one) => one.strangers);
  const missing = new Map<string, Fate>();
  for (const fate of strangers.length > 0 ? fates : []) {
    const time = fate.times <= 0 ? canonicalTime(fate.key) : undefined;
    if (time !== undefined && missing.size < mostPaired) missing.set(time, fate);
  }
  if (missing.size === 0) return strangers;
  return strangers.filter((key) => {
    const fate = missing.get(canonicalTime(key) ?? '');
    if (fate) fate.times += findings.find(({ often }) => often.has(key))?.often.get(key) ?? 1;
    return fate === undefined;
  });
}

/** Missing dates that are looked for in another notation. */
const mostPaired = 10_000_000;

/** Marks the keys that were there before the load, and whether the row after it has another value or the same one. */
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

function compareByTime(one: Fate, other: Fate): number {
  return one.first - other.first || (one.key < other.key ? -1 : 1);
}

function makeEntry(recording: Recording, { key, at, endedAt, outcome, attempts, times }: Fate): LedgerEntry {
  const fault = findActiveFaults(recording, at, endedAt);
  return {
    key,
    at,
    endedAt,
    attempts,
    outcome: outcomes[outcome] as Outcome,
    times: Math.max(0, times),
    fault,
    nearest: fault === undefined ? findNearestFault(recording, Number.isNaN(endedAt) ? at : endedAt) : undefined,
  };
}
