import { type Columns, chunksOf, keysOf, kindsByCode } from '../../recording/columns.ts';
import { canonicalTime } from '../../recording/equality.ts';
import type { Recording } from '../../recording/recording.ts';

/** Finds those of some keys that no operation was sent with, nor with the same date or time in another notation. */
export function findUnsent({ columns }: Recording, strangers: readonly string[]): string[] {
  const left: string[] = [];
  for (let from = 0; from < strangers.length; from += atOnce) {
    for (const key of findUnsentAmong(columns, strangers.slice(from, from + atOnce))) left.push(key);
  }
  return left;
}

/** Keys that are looked for at a time: a set holds no more than 2^24 of them. */
const atOnce = 1_000_000;

function findUnsentAmong(columns: Columns, strangers: readonly string[]): Set<string> {
  const left = new Set(strangers);
  const byTime = new Map<string, string>();
  for (const key of strangers) {
    const time = canonicalTime(key);
    if (time !== undefined) byTime.set(time, key);
  }
  for (const piece of chunksOf(columns)) {
    const keys = keysOf(piece);
    for (let row = 0; row < piece.length; row++) {
      if (!keys.has(row) || Number.isNaN(piece.startedAt[row] as number)) continue;
      const key = keys.at(row) as string;
      left.delete(key);
      if (byTime.size > 0) left.delete(byTime.get(canonicalTime(key) ?? '') ?? key);
    }
  }
  return left;
}

/** Operations that were sent without a key and may have written. */
export function countKeylessWrites({ columns }: Recording): number {
  const kinds = kindsByCode(columns);
  let count = 0;
  for (const piece of chunksOf(columns)) {
    const keys = keysOf(piece);
    for (let row = 0; row < piece.length; row++) {
      if (keys.has(row) || Number.isNaN(piece.startedAt[row] as number)) continue;
      const kind = kinds[piece.name[row] as number];
      if (kind !== 'read' && kind !== 'look') count++;
    }
  }
  return count;
}
