import { chunksOf, keysOf } from '../../recording/columns.ts';
import type { KeyHash } from '../../recording/key-hash.ts';
import type { Recording } from '../../recording/recording.ts';

/** Tells by its hash whether a key belongs to a part of all keys. */
export type HasKey = (hash: Readonly<KeyHash>) => boolean;

/** How many operations have a key. */
export function keyedOperations({ columns }: Recording): number {
  let count = 0;
  for (const piece of chunksOf(columns)) {
    const keys = keysOf(piece);
    for (let row = 0; row < keys.length; row++) if (keys.has(row)) count++;
  }
  return count;
}

/**
 * All keys of a recording in parts, each key in exactly one of them: one part if the recording is in memory, else as many as it takes that
 * one holds no more than about so many operations. Whoever goes through the recording once for each part needs the memory of one part, and
 * loses nothing.
 * @param atOnce operations with a key in a part
 */
export function keyParts(recording: Recording, atOnce: number): HasKey[] {
  if (!recording.columns.chunks) return [() => true];
  const parts = Math.max(1, Math.ceil(keyedOperations(recording) / atOnce));
  return Array.from(
    { length: parts },
    (_, part) =>
      ({ low }: Readonly<KeyHash>) =>
        low % parts === part,
  );
}
