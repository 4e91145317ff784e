import { randomInt } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { readable } from './duration.ts';
import { type Experiment, experiment } from './experiment.ts';
import { saveRecording } from './recording/file.ts';
import type { Recording } from './recording/recording.ts';
import type { ProgressReport } from './report/progress.ts';
import { resultsFolder, slug } from './report/run-json.ts';
import type { App } from './stack/app.ts';
import { combined, type Judgement } from './verdict/judgement.ts';
import { judgementsOf } from './verdict/matchers.ts';
import type { Row, TestResult } from './verdict/result.ts';
import { rowsFor } from './verdict/rows.ts';

/** Carries out a plan against the app of this test, as the fixture `run` does. */
export type Run = (plan: Experiment) => Promise<Recording>;

/** Which test a session belongs to. */
export interface TestIdentity {
  readonly test: string;
  /** Path of the test file, relative to the root. */
  readonly file: string;
  /** Root of the project, to which the results folder is relative. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ProgressReport) => void;
}

/** One test's experiments: it runs them, keeps what they leave, and says in the end what came of them. */
export class Session {
  readonly #identity: TestIdentity;
  readonly #seed = seedOf(process.env);
  readonly #recordings: Recording[] = [];
  readonly #startedAt = performance.now();
  readonly #folder: string;
  #running = false;

  constructor(identity: TestIdentity) {
    this.#identity = identity;
    this.#folder = resolve(identity.root, resultsFolder, slug(identity.file, identity.test));
  }

  /**
   * Runs one experiment and keeps its recording in the results folder.
   * @throws Error when another run of this test is still under way, for both would share one stack
   */
  async run(plan: Experiment, app: App): Promise<Recording> {
    if (this.#running)
      throw new Error('run() was called while another run of this test is under way: await the first one');
    this.#running = true;
    const { test, signal, onProgress } = this.#identity;
    const progress = { test, phase: 'start', elapsed: 0, operations: 0, errors: 0 };
    const begin = performance.now();
    const tell = (news: Partial<typeof progress>) => {
      Object.assign(progress, news, { elapsed: performance.now() - begin });
      onProgress({ ...progress });
    };
    try {
      const recording = await experiment(plan, {
        app,
        seed: this.#seed,
        signal,
        onPhase: (phase) => tell({ phase }),
        onProgress: tell,
      });
      this.#recordings.push(recording);
      await mkdir(this.#folder, { recursive: true });
      await saveRecording(recording, join(this.#folder, `recording-${this.#recordings.length}.bin`));
      return recording;
    } finally {
      this.#running = false;
    }
  }

  /** Copies logs out of the stack's folder, which goes when the stack does, into the results folder. */
  async keepLogs(stackFolder: string, logs: readonly string[]): Promise<void> {
    if (this.#recordings.length === 0) return;
    await mkdir(this.#folder, { recursive: true });
    for (const log of logs) {
      await copyFile(log, join(this.#folder, relative(stackFolder, log).replaceAll(sep, '-'))).catch(ignoreMissing);
    }
  }

  /** What this test leaves for the reports; undefined when it ran no experiment. */
  result(events: readonly string[]): TestResult | undefined {
    if (this.#recordings.length === 0) return undefined;
    const judgements = this.#recordings.map((recording) => judgementsOf(recording));
    const rows = this.#recordings.flatMap((recording, index) => rowsFor(recording, judgements[index] as Judgement[]));
    return {
      test: this.#identity.test,
      file: this.#identity.file,
      status: statusOf(rows, judgements.flat()),
      rows,
      events: [...this.#recordings.flatMap(eventsOf), ...events],
      folder: relative(this.#identity.root, this.#folder),
      seed: this.#seed,
      duration: performance.now() - this.#startedAt,
      errors: [],
    };
  }
}

function statusOf(rows: readonly Row[], judgements: readonly Judgement[]): TestResult['status'] {
  return rows.some((row) => row.verdict === 'fail') ? 'fail' : combined(judgements);
}

function eventsOf(recording: Recording): string[] {
  const faults = recording.faults.map(
    (fault) =>
      `${fault.name} was in effect from ${readable(fault.inEffectAt)} to ${readable(fault.healedAt)} (${fault.bite.detail})`,
  );
  const exits = recording.exits.map(
    (exit) => `the app exited at ${readable(exit.at)} with ${exit.signal ?? `code ${exit.code}`}`,
  );
  return [...faults, ...exits];
}

function seedOf(environment: NodeJS.ProcessEnv): number {
  const text = environment.BREAKING_POINT_SEED;
  if (!text) return randomInt(2 ** 32 - 1);
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new RangeError(`BREAKING_POINT_SEED must be a whole number from 0 to 4294967295; got ${JSON.stringify(text)}`);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
