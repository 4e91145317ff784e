import { chunksOf, keysOf } from '../../recording/columns.ts';
import type { KeyHash } from '../../recording/key-hash.ts';
import type { Recording } from '../../recording/recording.ts';

/** Tells by its hash whether a key belongs to a part of all keys. */
export type HasKey = (hash: Readonly<KeyHash>) => boolean;

/** How many operations have a key. */
export function countKeyedOperations({ columns }: Recording): number {
  let count = 0;
  for (const piece of chunksOf(columns)) {
    const keys = keysOf(piece);
    for (let row = 0; row < keys.length; row++) if (keys.has(row)) count++;
  }
  return count;
}

/**
 * Divides all keys of a recording into parts; each key is in exactly one. A recording in memory is one part. One on
 * disk has as many parts as keep each at about `atOnce` operations. So going through the recording once per part needs
 * the memory of one part, and loses nothing.
 * @param atOnce operations with a key in a part
 */
export function divideKeys(recording: Recording, atOnce: number): HasKey[] {
  if (!recording.columns.chunks) return [() => true];
  const parts = Math.max(1, Math.ceil(countKeyedOperations(recording) / atOnce));
  return Array.from(
    { length: parts },
    (_, part) =>
      ({ low }: Readonly<KeyHash>) =>
        low % parts === part,
  );
}
