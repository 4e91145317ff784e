import { copyFile, mkdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { saveRecording } from './recording/file.ts';
import type { Recording } from './recording/recording.ts';
import { fileName } from './report/entries.ts';
import { resultsFolder, slug } from './report/run-json.ts';
import { keepOrigin } from './verdict/origin.ts';
import type { Suite } from './verdict/suite.ts';

/** Whose folder it is. */
export interface FolderOwner {
  readonly test: string;
  /** Path of the test file, relative to the root. */
  readonly file: string;
  /** Root of the project, to which the results folder is relative. */
  readonly root: string;
  /** Which of its runs it is, from 0; undefined where Vitest does not repeat the test. */
  readonly repeat?: number | undefined;
  /** What its suite says in words of its own. */
  readonly suite?: Suite | undefined;
}

/** The folder of one test in the results: its recordings and its logs. It is made when there is something to keep. */
export class TestFolder {
  /** Of which test, and where, relative to the root. */
  readonly where: { readonly test: string; readonly file: string; readonly folder: string };
  readonly #path: string;
  /** Which of its runs it is, from 1, where Vitest repeats the test. */
  readonly #run: number | undefined;
  readonly #suite: Suite | undefined;
  readonly #files = new Map<Recording, string>();

  constructor({ test, file, root, repeat, suite }: FolderOwner) {
    this.#suite = suite;
    this.#path = resolve(root, resultsFolder, slug(file, test));
    this.#run = repeat === undefined ? undefined : repeat + 1;
    this.where = { test, file, folder: relative(root, this.#path) };
  }

  /** @param title of the one of several, `trial 5: 400/s`; undefined where it is the only one */
  async save(recording: Recording, title: string | undefined, isTrial: boolean): Promise<void> {
    const ending = title === undefined ? '.bin' : `-${fileName(title)}.bin`;
    const name = this.#named(`recording-${this.#files.size + 1}`, ending);
    this.#files.set(recording, name);
    keepOrigin(recording, { ...this.where, run: this.#run, isTrial, suite: this.#suite });
    await mkdir(this.#path, { recursive: true });
    await saveRecording(recording, join(this.#path, name));
  }

  /** Copies logs out of a stack's folder, which goes when the stack does. Without a recording there is nothing to look up in them. */
  async keepLogs(stackFolder: string, logs: readonly string[]): Promise<void> {
    if (this.#files.size === 0) return;
    await mkdir(this.#path, { recursive: true });
    for (const log of logs) {
      const stem = relative(stackFolder, log)
        .replaceAll(sep, '-')
        .replace(/\.log$/, '');
      await copyFile(log, join(this.#path, this.#named(stem, '.log'))).catch(ignoreMissing);
    }
  }

  /** The name of a recording's file. */
  fileOf(recording: Recording | undefined): string | undefined {
    return recording && this.#files.get(recording);
  }

  /** What a run leaves is not to be written over by the next, for it may be the one that failed. */
  #named(stem: string, ending: string): string {
    return `${stem}${this.#run === undefined ? '' : `-run-${this.#run}`}${ending}`;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
