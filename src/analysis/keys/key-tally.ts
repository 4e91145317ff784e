import { chunksOf, keysOf, kindsByCode, type OperationKind, outcomes, valuesOf } from '../../recording/columns.ts';
import { hashText, type KeyHash } from '../../recording/key-hash.ts';
import { KeyTable, severalValues } from '../../recording/key-table.ts';
import { deedOf } from '../../recording/kinds.ts';
import type { FinalState, Recording } from '../../recording/recording.ts';
import { countKeyedOperations } from './key-parts.ts';

/** What the hashes of all keys tell. All counts are without the suspects. */
export interface Tally {
  readonly attempted: number;
  readonly acknowledged: number;
  /** Sent, never acknowledged, and in the final state. */
  readonly recovered: number;
  /**
   * The hashes of suspects: keys that look lost, duplicated or unexpected, have several values, or were to be removed,
   * and some that were recovered. Undefined when there are none.
   */
  readonly suspects: KeyTable | undefined;
}

/** Marks of a key. */
const [seen, sent, acknowledged] = [1, 2, 4];
const okCode = outcomes.indexOf('ok');

/**
 * Counts, by hash, the keys of the operations against those of the final state, less those that were there before the
 * load.
 */
export function tallyKeys(recording: Recording, { before, after }: FinalState): Tally {
  const [hash, valueHash]: [KeyHash, KeyHash] = [
    { high: 0, low: 0 },
    { high: 0, low: 0 },
  ];
  const table = new KeyTable(countKeyedOperations(recording));
  const removed = new KeyTable(0);
  const kinds = kindsByCode(recording.columns);
  for (const columns of chunksOf(recording.columns)) {
    const [keys, values] = [keysOf(columns), valuesOf(columns)];
    const { startedAt, outcome, name } = columns;
    for (let row = 0; row < columns.length; row++) {
      if (!keys.has(row) || Number.isNaN(startedAt[row] as number)) continue;
      const kind = deedOf(kinds[name[row] as number] as OperationKind, values.has(row));
      if (kind === 'remove') removed.add(keys.hash(row, hash), seen, 0);
      if (kind !== 'write') continue;
      const value = values.has(row) ? values.hash(row, valueHash).high || 1 : 0;
      table.add(keys.hash(row, hash), outcome[row] === okCode ? sent | acknowledged : sent, 0, value);
    }
  }
  for (const { key } of after) table.add(hashText(key, hash), seen, 1);
  for (const { key } of before) table.add(hashText(key, hash), seen, -1);
  return concludeTally(table, removed);
}

/** Recovered keys that are told apart, to be named. */
const recoveredSuspects = 20;

function concludeTally(table: KeyTable, removed: KeyTable): Tally {
  const isSuspect = (marks: number, times: number, hash: Readonly<KeyHash>): boolean => {
    const isSent = (marks & sent) !== 0;
    if (removed.has(hash)) return true;
    return (marks & acknowledged) !== 0 ? times !== 1 || (marks & severalValues) !== 0 : times > (isSent ? 1 : 0);
  };
  let count = 0;
  table.each((marks, times, hash) => {
    if (isSuspect(marks, times, hash)) count++;
  });
  // As large as it will be. Keys come in the order of their slots: they would fill a smaller table from one end, and
  // each search would go through all of them.
  const suspects = new KeyTable(count + recoveredSuspects);
  const counts = { attempted: 0, acknowledged: 0, recovered: 0 };
  let named = 0;
  table.each((marks, times, hash) => {
    const isSent = (marks & sent) !== 0;
    const isAcknowledged = (marks & acknowledged) !== 0;
    const isRecovered = isSent && !isAcknowledged && times === 1;
    if (isSuspect(marks, times, hash) || (isRecovered && named++ < recoveredSuspects)) {
      suspects.add(hash, seen, 0);
    } else if (isSent) {
      counts.attempted++;
      if (isAcknowledged) counts.acknowledged++;
      else if (isRecovered) counts.recovered++;
    }
  });
  return { ...counts, suspects: suspects.size > 0 ? suspects : undefined };
}
