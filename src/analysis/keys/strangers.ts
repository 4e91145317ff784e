import { chunksOf, keysOf, kindsByCode } from '../../recording/columns.ts';
import type { Recording } from '../../recording/recording.ts';

/** Those of some keys that no operation was sent with. */
export function unsent({ columns }: Recording, strangers: readonly string[]): string[] {
  if (strangers.length === 0) return [];
  const left = new Set(strangers);
  for (const piece of chunksOf(columns)) {
    const keys = keysOf(piece);
    for (let row = 0; row < piece.length; row++) {
      if (keys.has(row) && !Number.isNaN(piece.startedAt[row] as number)) left.delete(keys.at(row) as string);
    }
  }
  return [...left];
}

/** Operations that were sent without a key and may have written. */
export function keylessWrites({ columns }: Recording): number {
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
