import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Columns, columnNames, complete, type GivenColumns, makeColumns } from '../columns.ts';
import { Dictionary } from '../dictionary.ts';
import { KindsOfNames } from '../kinds.ts';
import { join as joinColumns, slice } from './arrange.ts';
import { bytesOf, type ChunkSize, chunkLength, encodeChunk } from './chunk.ts';
import { StoredColumns } from './stored.ts';

/**
 * Operations that a recording keeps in memory, whether it was just made or read from its file: with keys, about 20 MB.
 */
export const mostInMemory = 250_000;

/**
 * Takes in a run's operations chunk by chunk, in their order. Up to a quarter of a million stay in memory; when there
 * are more, all go to a file without a name in the folder for temporary files (TMPDIR), which is gone with the process,
 * however that ends.
 */
export class Spool {
  readonly #limit: number;
  readonly #categories = new Dictionary('categories');
  readonly #names = new Dictionary('names');
  readonly #kinds = new KindsOfNames();
  readonly #sizes: ChunkSize[] = [];
  #waiting: Columns[] = [];
  #waitingLength = 0;
  #descriptor: number | undefined;
  #bytes = 0;

  /** @param limit most operations that are kept in memory */
  constructor(limit = mostInMemory) {
    this.#limit = limit;
  }

  /** Operations that are in memory now. */
  get inMemory(): number {
    return this.#waitingLength;
  }

  /** Bytes that are on disk now. */
  get onDisk(): number {
    return this.#bytes;
  }

  /**
   * Adds the operations of some columns behind those that are there.
   * @throws RangeError when there are more than 65,536 names or categories
   * @throws Error of the file system, when the folder for temporary files is full
   */
  append(columns: GivenColumns): void {
    for (const given of columns.chunks?.() ?? [columns]) {
      const chunk = complete(given);
      const { length, categories, names, kinds, key, value } = chunk;
      this.#waiting.push({
        ...{ length, categories, names, key, value },
        ...makeColumns(columnNames, (name) => chunk[name]),
        category: this.#categories.recode(chunk.category, categories),
        name: this.#names.recode(chunk.name, this.#kinds.allApart(names, kinds)),
      });
      this.#waitingLength += length;
      const most = this.#descriptor === undefined ? this.#limit : Math.min(this.#limit, chunkLength);
      if (this.#waitingLength > most) this.#write();
    }
  }

  /** All operations. Nothing can be added afterwards. */
  columns(): Columns {
    const dictionaries = {
      categories: this.#categories.texts,
      names: this.#names.texts,
      kinds: this.#kinds.others,
    };
    if (this.#descriptor === undefined) return joinColumns(this.#waiting, dictionaries);
    this.#write();
    return new StoredColumns(this.#descriptor, 0, this.#sizes, dictionaries);
  }

  /** Lets go of the file, when the operations are not wanted after all. */
  discard(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #write(): void {
    this.#descriptor ??= namelessFile();
    for (const columns of this.#waiting) {
      for (let from = 0; from < columns.length; from += chunkLength) {
        const { size, parts } = encodeChunk(slice(columns, from, from + chunkLength));
        for (const part of parts) writeAll(this.#descriptor, part);
        this.#sizes.push(size);
        this.#bytes += bytesOf(size);
      }
    }
    this.#waiting = [];
    this.#waitingLength = 0;
  }
}

/** A file that only its descriptor leads to. */
function namelessFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'breaking-point-operations-'));
  try {
    return openSync(join(folder, 'operations'), 'wx+', 0o600);
  } finally {
    // The file lives on until its descriptor is closed.
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
  } catch (cause) {
    throw new Error(
      `the run has too many operations for memory, and they could not be written to ${tmpdir()}: give it room for about 70 bytes an operation, or set TMPDIR to a folder that has it`,
      { cause },
    );
  }
}
