import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, type ChunkSize, chunkLength, encodeChunk, joined, sliceOf } from './chunk.ts';
import type { Columns } from './columns.ts';
import { KindsOfNames } from './kinds.ts';
import { StoredColumns } from './stored.ts';

/** Operations that a recording keeps in memory, whether it was just made or read from its file: with keys, about 20 MB. */
export const mostInMemory = 250_000;

/**
 * Takes in a run's operations chunk by chunk, in their order. Up to a quarter of a million stay in memory; when there are more, all go to a
 * file without a name in the folder for temporary files (TMPDIR), which is gone with the process, however that ends.
 */
export class Spool {
  readonly #limit: number;
  readonly #categories = new Map<string, number>();
  readonly #names = new Map<string, number>();
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
  append(columns: Columns): void {
    for (const chunk of columns.chunks?.() ?? [columns]) {
      const category = recode(chunk.category, chunk.categories, this.#categories, 'categories');
      const name = recode(chunk.name, this.#kinds.allApart(chunk.names, chunk.kinds), this.#names, 'names');
      this.#waiting.push(withCodes(chunk, category, name));
      this.#waitingLength += chunk.length;
      const most = this.#descriptor === undefined ? this.#limit : Math.min(this.#limit, chunkLength);
      if (this.#waitingLength > most) this.#write();
    }
  }

  /** All operations. Nothing can be added afterwards. */
  columns(): Columns {
    const dictionaries = {
      categories: [...this.#categories.keys()],
      names: [...this.#names.keys()],
      kinds: this.#kinds.others,
    };
    if (this.#descriptor === undefined) return joined(this.#waiting, dictionaries);
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
        const { size, parts } = encodeChunk(sliceOf(columns, from, from + chunkLength));
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
      `the run has too many operations for memory, and they could not be written to ${tmpdir()}: give it room for about 60 bytes an operation, or set TMPDIR to a folder that has it`,
      { cause },
    );
  }
}

function withCodes(columns: Columns, category: Uint16Array, name: Uint16Array): Columns {
  const { length, dueAt, startedAt, endedAt, outcome, categories, names, key, value } = columns;
  return { length, dueAt, startedAt, endedAt, outcome, category, categories, name, names, key, value };
}

/** Most codes that fit into a column. */
const mostCodes = 2 ** 16;

/** The same column in the codes of a growing dictionary. */
function recode(codes: Uint16Array, texts: readonly string[], known: Map<string, number>, what: string): Uint16Array {
  const translated = texts.map((text) => {
    let code = known.get(text);
    if (code === undefined) {
      code = known.size;
      if (code === mostCodes) {
        throw new RangeError(
          `a recording holds at most ${mostCodes} ${what} of operations, and '${text}' is one more; give requests with ids in their path a name of their kind`,
        );
      }
      known.set(text, code);
    }
    return code;
  });
  return translated.every((code, index) => code === index) ? codes : codes.map((code) => translated[code] as number);
}
