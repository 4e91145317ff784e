import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file so that a reader sees either the whole of it or what was there before: under a temporary name in the
 * same folder, then renamed. Makes the folder when there is none.
 * @param content the whole, or its parts in order, each taken when the one before it is written
 * @throws Error of the file system; nothing is left behind then
 */
export async function writeAtomically(path: string, content: string | Iterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
