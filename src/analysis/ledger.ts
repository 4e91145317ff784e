import { chunksOf, keysOf, type Outcome, outcomes } from '../recording/columns.ts';
import { hashText, type KeyHash } from '../recording/key-hash.ts';
import type { FinalState, Recording, StateRow } from '../recording/recording.ts';
import type { KeyTable } from './key-table.ts';
import { type Tally, tallyOf } from './key-tally.ts';
import { oncePerWindow } from './memo.ts';

/** One key of the ledger that is not as it should be. */
export interface LedgerEntry {
  readonly key: string;
  /** When the operation was due (its first acknowledged attempt, else its first attempt), in milliseconds. */
  readonly at: number;
  /** What the app said of it. */
  readonly outcome: Outcome;
  /** How often the load left the key in the final state: 0 for a lost one, at least 2 for a duplicated one. */
  readonly times: number;
  /** The fault that was in effect at that instant; undefined if none was. */
  readonly fault: string | undefined;
}

/** What the app promised against what it kept. All counts are of different keys, warm-up included; entries are in the order in which they were first due. */
export interface Ledger {
  /** Keys that were sent. */
  readonly attempted: number;
  /** Keys with an ok answer. */
  readonly acknowledged: number;
  /** Acknowledged and not in the final state. */
  readonly lost: readonly LedgerEntry[];
  /** Applied more than once. */
  readonly duplicated: readonly LedgerEntry[];
  /** In the final state and never sent. */
  readonly unexpected: readonly string[];
  /** Sent, never acknowledged, and in the final state all the same: allowed. */
  readonly recovered: number;
}

/** Operations whose keys are compared as texts; of more, only the suspects are. */
const fewOperations = 100_000;

/**
 * Compares the keys of the operations with those of the final state, less those that were there before the load.
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
    recovered: tally.recovered + recovered,
    ...named,
  };
}

const nothing: Ledger = { attempted: 0, acknowledged: 0, lost: [], duplicated: [], unexpected: [], recovered: 0 };

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

  const all = [...fates.values()];
  const isOk = ({ outcome }: Fate): boolean => outcome === okCode;
  return {
    attempted: all.length,
    acknowledged: all.filter(isOk).length,
    // Below zero: a row that was there before the load is gone.
    lost: entriesOf(
      recording,
      all.filter((fate) => isOk(fate) && fate.times <= 0),
    ),
    duplicated: entriesOf(
      recording,
      all.filter(({ times }) => times > 1),
    ),
    unexpected: [...strangers].filter(([, times]) => times > 0).map(([key]) => key),
    recovered: all.filter((fate) => !isOk(fate) && fate.times > 0).length,
  };
}

const okCode = outcomes.indexOf('ok');

/** What is known of a key. */
interface Fate {
  readonly key: string;
  /** When it was first due. */
  first: number;
  /** When the attempt was due that tells: the first acknowledged one, else the first. */
  at: number;
  /** Its outcome, as a code. */
  outcome: number;
  times: number;
}

/** The keys that were sent. Rows may come in any order. */
function fatesOf(recording: Recording, only: KeyTable | undefined): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  const hash: KeyHash = { high: 0, low: 0 };
  for (const columns of chunksOf(recording.columns)) {
    const keys = keysOf(columns);
    const { startedAt, dueAt, outcome } = columns;
    for (let row = 0; row < columns.length; row++) {
      if (!keys.has(row) || Number.isNaN(startedAt[row] as number)) continue;
      if (only && !only.has(keys.hash(row, hash))) continue;
      const key = keys.at(row) as string;
      const due = dueAt[row] as number;
      const code = outcome[row] as number;
      const fate = fates.get(key);
      if (!fate) fates.set(key, { key, first: due, at: due, outcome: code, times: 0 });
      else addAttempt(fate, due, code);
    }
  }
  return fates;
}

function addAttempt(fate: Fate, due: number, code: number): void {
  fate.first = Math.min(fate.first, due);
  const [isOk, wasOk] = [code === okCode, fate.outcome === okCode];
  if (isOk !== wasOk ? wasOk : due > fate.at) return;
  // Of two at the same instant, the one that is less certain to have come to nothing.
  fate.outcome = isOk === wasOk && due === fate.at ? Math.max(fate.outcome, code) : code;
  fate.at = due;
}

function entriesOf(recording: Recording, fates: readonly Fate[]): LedgerEntry[] {
  const sorted = fates.toSorted((one, other) => one.first - other.first || (one.key < other.key ? -1 : 1));
  return sorted.map(({ key, at, outcome, times }) => {
    // A fault that never healed was in effect to the end: a comparison with NaN is false.
    const fault = recording.faults.find(({ inEffectAt, healedAt }) => at >= inEffectAt && !(at >= healedAt));
    return { key, at, outcome: outcomes[outcome] as Outcome, times: Math.max(0, times), fault: fault?.name };
  });
}
