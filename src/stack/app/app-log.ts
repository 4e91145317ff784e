import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const tailLines = 40;
const tailBytes = 64 * 1024;

/**
 * What one start of an app prints, kept in a file. The app writes to the file itself, so its output never passes
 * through the test's event loop and outlives the test's process.
 */
export class AppLog {
  readonly path: string;
  readonly #from: number;

  /** @param path made when it is missing; a later start appends */
  constructor(path: string) {
    this.path = path;
    const file = openSync(path, 'a');
    this.#from = fstatSync(file).size;
    closeSync(file);
  }

  /** Runs `use` with a file descriptor to append to; closed afterwards. */
  withFile<T>(use: (file: number) => T): T {
    const file = openSync(this.path, 'a');
    try {
      return use(file);
    } finally {
      closeSync(file);
    }
  }

  /** What was printed since the start, at most the last mebibyte; nothing once the folder is gone. */
  text(maxBytes: number = 1024 * 1024): string {
    const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0) return '';
    const from = Math.max(this.#from, size - maxBytes);
    const bytes = Buffer.alloc(size - from);
    const file = openSync(this.path, 'r');
    try {
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from)).toString('utf8');
    } finally {
      closeSync(file);
    }
  }

  /** The last lines, 40 unless told. */
  tail(lines = tailLines): string {
    return lastLines(this.text(tailBytes), lines);
  }
}

/** The last lines of a text, without a line break at the end. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
