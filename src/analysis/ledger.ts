import { chunksOf, type Outcome, outcomes } from '../recording/columns.ts';
import type { FinalState, Recording, StateRow } from '../recording/recording.ts';
import { type HasKey, keyParts, keysAtOnce } from './key-parts.ts';

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

/** What the app promised against what it kept. All counts are of different keys, warm-up included. */
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

const okCode = outcomes.indexOf('ok');

/** What the load knows of some keys, by the slot of each, in the order of their first attempts. */
interface Attempts {
  readonly slots: ReadonlyMap<string, number>;
  /** Row of the first attempt, counted through the whole recording. */
  readonly first: readonly number[];
  /** When the telling attempt was due: the first acknowledged one, else the first. */
  readonly at: readonly number[];
  /** Its outcome, as a code. */
  readonly outcome: readonly number[];
  readonly acknowledged: number;
}

/**
 * Compares the keys of the operations with those of the final state, less those that were there before the load. A recording on disk is
 * gone through once for each two and a half million of its keys, so that the result is exact in the memory of as many, besides the final state itself.
 * @param atOnce keys of a recording on disk that are compared at a time
 * @returns undefined when the run read no final state
 */
export function ledger(recording: Recording, atOnce = keysAtOnce): Ledger | undefined {
  const { finalState } = recording;
  if (!finalState) return undefined;

  const lost: Numbered[] = [];
  const duplicated: Numbered[] = [];
  const strangers = new Set<string>();
  let attempted = 0;
  let acknowledged = 0;
  let recovered = 0;
  for (const isHere of keyParts(recording, atOnce)) {
    const attempts = attemptsIn(recording, isHere);
    const { applied, unexpected } = appliedIn(finalState, attempts, isHere);
    for (const [key, slot] of attempts.slots) {
      // Below zero: a row that was there before the load is gone.
      const times = Math.max(0, applied[slot] as number);
      const ok = attempts.outcome[slot] === okCode;
      if (times === 0 && ok) lost.push(numbered(recording, key, attempts, times));
      if (times > 1) duplicated.push(numbered(recording, key, attempts, times));
      if (times > 0 && !ok) recovered++;
    }
    for (const key of unexpected) strangers.add(key);
    attempted += attempts.slots.size;
    acknowledged += attempts.acknowledged;
  }
  return {
    attempted,
    acknowledged,
    lost: inOrder(lost),
    duplicated: inOrder(duplicated),
    unexpected:
      strangers.size === 0
        ? []
        : [...new Set(finalState.after.map(({ key }) => key))].filter((key) => strangers.has(key)),
    recovered,
  };
}

function attemptsIn(recording: Recording, isHere: HasKey): Attempts {
  const slots = new Map<string, number>();
  const first: number[] = [];
  const at: number[] = [];
  const outcome: number[] = [];
  let acknowledged = 0;
  let row = -1;
  for (const columns of chunksOf(recording.columns)) {
    const { key: keys, startedAt, dueAt, outcome: codes, length } = columns;
    for (let index = 0; index < length; index++) {
      row++;
      const key = keys[index];
      if (key === undefined || Number.isNaN(startedAt[index] as number) || !isHere(key)) continue;
      const code = codes[index] as number;
      const slot = slots.get(key) ?? slots.size;
      const isNew = slot === slots.size;
      if (!isNew && (code !== okCode || outcome[slot] === okCode)) continue;
      if (isNew) {
        slots.set(key, slot);
        first.push(row);
      }
      at[slot] = dueAt[index] as number;
      outcome[slot] = code;
      if (code === okCode) acknowledged++;
    }
  }
  return { slots, first, at, outcome, acknowledged };
}

/** How often the load left each key in the final state, by slot; and the keys there that were never sent. */
function appliedIn({ before, after }: FinalState, { slots }: Attempts, isHere: HasKey) {
  const applied = new Int32Array(slots.size);
  const strangers = new Map<string, number>();
  const count = (rows: readonly StateRow[], by: 1 | -1): void => {
    for (const { key } of rows) {
      if (!isHere(key)) continue;
      const slot = slots.get(key);
      if (slot === undefined) strangers.set(key, (strangers.get(key) ?? 0) + by);
      else applied[slot] = (applied[slot] as number) + by;
    }
  };
  count(after, 1);
  count(before, -1);
  const unexpected = [...strangers].filter(([, times]) => times > 0).map(([key]) => key);
  return { applied, unexpected };
}

/** An entry with the row of its key's first attempt. */
type Numbered = readonly [row: number, entry: LedgerEntry];

function numbered(recording: Recording, key: string, { slots, first, at, outcome }: Attempts, times: number): Numbered {
  const slot = slots.get(key) as number;
  const due = at[slot] as number;
  // A fault that never healed was in effect to the end: a comparison with NaN is false.
  const fault = recording.faults.find(({ inEffectAt, healedAt }) => due >= inEffectAt && !(due >= healedAt));
  const said = outcomes[outcome[slot] as number] as Outcome;
  return [first[slot] as number, { key, at: due, outcome: said, times, fault: fault?.name }];
}

function inOrder(entries: Numbered[]): LedgerEntry[] {
  return entries.sort(([one], [other]) => one - other).map(([, entry]) => entry);
}
