import { type Outcome, outcomes } from '../recording/columns.ts';
import type { Recording, StateRow } from '../recording/recording.ts';

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

/**
 * Compares the keys of the operations with those of the final state, less those that were there before the load.
 * @returns undefined when the run read no final state
 */
export function ledger(recording: Recording): Ledger | undefined {
  const { columns, finalState } = recording;
  if (!finalState) return undefined;

  const slots = new Map<string, number>();
  const told = new Int32Array(columns.length);
  let acknowledged = 0;
  for (let row = 0; row < columns.length; row++) {
    const key = columns.key[row];
    if (key === undefined || Number.isNaN(columns.startedAt[row] as number)) continue;
    const ok = (columns.outcome[row] as number) === okCode;
    const slot = slots.get(key);
    if (slot === undefined) {
      told[slots.size] = row;
      slots.set(key, slots.size);
      if (ok) acknowledged++;
    } else if (ok && (columns.outcome[told[slot] as number] as number) !== okCode) {
      told[slot] = row;
      acknowledged++;
    }
  }

  const applied = new Int32Array(slots.size);
  const strangers = new Map<string, number>();
  const count = (rows: readonly StateRow[], by: 1 | -1): void => {
    for (const { key } of rows) {
      const slot = slots.get(key);
      if (slot === undefined) strangers.set(key, (strangers.get(key) ?? 0) + by);
      else applied[slot] = (applied[slot] as number) + by;
    }
  };
  count(finalState.after, 1);
  count(finalState.before, -1);

  const lost: LedgerEntry[] = [];
  const duplicated: LedgerEntry[] = [];
  let recovered = 0;
  for (const [key, slot] of slots) {
    // Below zero: a row that was there before the load is gone.
    const times = Math.max(0, applied[slot] as number);
    const row = told[slot] as number;
    const ok = (columns.outcome[row] as number) === okCode;
    if (times === 0 && ok) lost.push(entry(recording, key, row, times));
    if (times > 1) duplicated.push(entry(recording, key, row, times));
    if (times > 0 && !ok) recovered++;
  }
  const unexpected = [...strangers].filter(([, times]) => times > 0).map(([key]) => key);
  return { attempted: slots.size, acknowledged, lost, duplicated, unexpected, recovered };
}

function entry(recording: Recording, key: string, row: number, times: number): LedgerEntry {
  const { columns, faults } = recording;
  const at = columns.dueAt[row] as number;
  // A fault that never healed was in effect to the end: a comparison with NaN is false.
  const fault = faults.find(({ inEffectAt, healedAt }) => at >= inEffectAt && !(at >= healedAt));
  return { key, at, outcome: outcomes[columns.outcome[row] as number] as Outcome, times, fault: fault?.name };
}
