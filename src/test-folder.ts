import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { saveRecording } from './recording/file/file.ts';
import type { Recording } from './recording/recording.ts';
import { fileNameOf } from './report/entries.ts';
import { resultsFolder } from './report/run-json.ts';
import { slug } from './report/test-key.ts';
import { keepOrigin } from './verdict/origin.ts';
import type { TestKey } from './verdict/rows/result.ts';
import type { Suite } from './verdict/suite.ts';

/** Whose folder it is. */
export interface FolderOwner extends TestKey {
  /** Root of the project, to which the results folder is relative. */
  readonly root: string;
  /** Number of this attempt, from 1. Undefined where Vitest makes only one: it neither repeats nor retries the test. */
  readonly attempt?: number | undefined;
  /** What its suite says in words of its own. */
  readonly suite?: Suite | undefined;
}

/**
 * The folder of one attempt of a test in the results: its recordings and logs. Made when there is something to keep.
 */
export class TestFolder {
  /** Path relative to the root. */
  readonly name: string;
  readonly #owner: FolderOwner;
  readonly #path: string;
  readonly #files = new Map<Recording, string>();
  #made = false;

  constructor(owner: FolderOwner) {
    const { root, attempt } = owner;
    this.#owner = owner;
    this.#path = join(pathOfTest(owner), attempt === undefined ? '' : `attempt-${attempt}`);
    this.name = relative(root, this.#path);
  }

  /** @param title of the one of several, `trial 5: 400/s`; undefined where it is the only one */
  async save(recording: Recording, title: string | undefined, isTrial: boolean): Promise<void> {
    const ending = title === undefined ? '.bin' : `-${fileNameOf(title)}.bin`;
    const name = `recording-${this.#files.size + 1}${ending}`;
    this.#files.set(recording, name);
    const { project, file, fullName, suite } = this.#owner;
    keepOrigin(recording, { project, file, fullName, folder: this.name, isTrial, suite });
    await this.#make();
    await saveRecording(recording, join(this.#path, name));
  }

  /**
   * Copies logs out of a stack's folder, which goes when the stack does. Without a recording the logs explain nothing.
   */
  async keepLogs(stackFolder: string, logs: readonly string[]): Promise<void> {
    if (this.#files.size === 0) return;
    await this.#make();
    for (const log of logs) {
      const name = relative(stackFolder, log).replaceAll(sep, '-');
      await copyFile(log, join(this.#path, name)).catch(ignoreMissing);
    }
  }

  /** The name of a recording's file. */
  fileOf(recording: Recording | undefined): string | undefined {
    return recording && this.#files.get(recording);
  }

  /**
   * Makes the folder. The first attempt removes what attempts of an earlier Vitest run left: there may be fewer this
   * time.
   */
  async #make(): Promise<void> {
    if (this.#made) return;
    this.#made = true;
    if ((this.#owner.attempt ?? 1) === 1) await removeAttempts(pathOfTest(this.#owner));
    await mkdir(this.#path, { recursive: true });
  }
}

function pathOfTest(owner: FolderOwner): string {
  return resolve(owner.root, resultsFolder, slug(owner));
}

async function removeAttempts(path: string): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    ignoreMissing(error);
    return [];
  });
  for (const name of names.filter((one) => /^attempt-\d+$/.test(one))) await rm(join(path, name), { recursive: true });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
