import { chunksOf } from '../recording/columns.ts';
import type { Recording } from '../recording/recording.ts';

/** Keys whose fate is looked up at a time: about 300 MB with their texts, less than the final state that they are compared with. */
export const keysAtOnce = 2_500_000;

/** Tells whether a key belongs to a part of all keys. */
export type HasKey = (key: string) => boolean;

/**
 * All keys of a recording in parts, each key in exactly one of them: one part if the recording is in memory, else as many as it takes that
 * one holds no more than about two and a half million keys. Whoever goes through the recording once for each part needs the memory of one part, and
 * loses nothing.
 * @param atOnce keys in a part
 */
export function keyParts(recording: Recording, atOnce = keysAtOnce): HasKey[] {
  if (!recording.columns.chunks) return [() => true];
  let keyed = 0;
  for (const { key } of chunksOf(recording.columns)) for (const one of key) if (one !== undefined) keyed++;
  const parts = Math.max(1, Math.ceil(keyed / atOnce));
  return Array.from({ length: parts }, (_, part) => (key: string) => hash(key) % parts === part);
}

/** FNV-1a over UTF-16 code units (Fowler, Noll, Vo; RFC 9923): spreads keys that differ in their last digits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
