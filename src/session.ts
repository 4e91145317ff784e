import { randomInt } from 'node:crypto';
import { type Experiment, experiment } from './experiment.ts';
import type { Recording } from './recording/recording.ts';
import { type AttemptReport, reportAttempt } from './report/attempt.ts';
import type { Entry } from './report/entries.ts';
import type { ProgressReport } from './report/progress.ts';
import type { RepeatedExperiment, Run } from './run.ts';
import { offerGround, type Reset } from './search/ground.ts';
import type { App } from './stack/app/app.ts';
import type { Service } from './stack/service.ts';
import { type FolderOwner, TestFolder } from './test-folder.ts';
import { Repeats } from './verdict/repeats.ts';
import { explorationResult, searchResult } from './verdict/rows/search-rows.ts';

/** What a session does its experiments to. */
export interface Bench {
  readonly app: App;
  /** Asked how they are doing meanwhile, if they can be. */
  readonly services: readonly Service[];
  /** Processes below this one that are neither it nor its load. */
  readonly others: () => readonly number[];
  /** The process of the fault proxy, where it is one on this machine. */
  readonly proxy?: () => number | undefined;
  /** Takes the processes of a load, so that they end with this one. */
  readonly track?: (pid: number) => void;
  /** Services in their clean state, where asked for, and the app started anew, at the same addresses. */
  reset(what: Reset): Promise<void>;
}

/** Which test a session belongs to. */
export interface TestIdentity extends FolderOwner {
  /** Which repeat of the test it is, from 0. Default 0. */
  readonly repeat?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ProgressReport) => void;
  /** Calls of `expect` that the test has made so far. Default none. */
  readonly assertions?: () => number;
}

/** What the host of the test knows at its end. */
export interface TestEnd {
  /** Events of the stack. */
  readonly events: readonly string[];
  /** Messages of the errors that this attempt has. */
  readonly errors: readonly string[];
}

/** One test's experiments: it runs them, keeps what they leave, and says in the end what came of them. */
export class Session {
  readonly #identity: TestIdentity;
  readonly #seed = readSeed(process.env);
  readonly #entries: Entry[] = [];
  readonly #startedAt = performance.now();
  readonly #folder: TestFolder;
  readonly #over = new AbortController();
  #running = false;
  /** A run was still under way when its test ended. */
  #brokenOff = false;
  /** Resolves when the faults of a run are healed. */
  #suffering: Promise<void> = Promise.resolve();
  /** Title of the trial that is made, `trial 5: 400/s`. */
  #trial: string | undefined;

  constructor(identity: TestIdentity) {
    this.#identity = identity;
    this.#folder = new TestFolder(identity);
  }

  /**
   * The fixture `run`.
   * @returns the fixture, and `close`, which ends it with its test: a run under way is broken off, and its faults are
   * healed when `close` resolves
   */
  open(bench: Bench): { readonly run: Run; readonly close: () => Promise<void> } {
    const one = (plan: Experiment) => this.#exclusively(() => this.#once(plan, bench));
    const several = (plan: RepeatedExperiment) => this.#exclusively(() => this.#repeated(plan, bench));
    const takeBack = offerGround({
      reset: (what) =>
        this.#exclusively(async () => {
          this.#tell(this.#trial, { phase: 'reset' });
          await bench.reset(what);
        }),
      beginTrial: (title) => {
        this.#trial = title;
      },
      endTrial: () => {
        this.#trial = undefined;
      },
      seed: this.#seed,
      report: (found, judged = true) => {
        const { assertions = () => 0 } = this.#identity;
        const before = assertions();
        const about = { toJudge: judged, isLookedAt: () => assertions() > before };
        this.#entries.push('failing' in found ? { exploration: found, ...about } : { point: found, ...about });
      },
    });
    // Without types there may be no plan, which the experiment refuses.
    const run = (plan?: Experiment & { readonly repeat?: number }) => {
      const running = plan?.repeat === undefined ? one(plan as Experiment) : several({ ...plan, repeat: plan.repeat });
      // Of a run that is broken off its test tells.
      this.#over.signal.addEventListener('abort', () => void running.catch(() => undefined), { once: true });
      return running;
    };
    const close = async () => {
      takeBack();
      this.#brokenOff = this.#running;
      this.#over.abort(new Error(brokenOffText));
      await this.#suffering;
    };
    // The type of one function cannot say that the result goes by `repeat`.
    return { run: run as Run, close };
  }

  /** @throws Error when another run of this test is still under way, for both would share one stack */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running)
      throw new Error('run() was called while another run of this test is under way: await the first one');
    this.#over.signal.throwIfAborted();
    this.#running = true;
    try {
      return await work();
    } finally {
      this.#running = false;
    }
  }

  async #once(plan: Experiment, bench: Bench): Promise<Recording> {
    const recording = await this.#experiment(plan, bench, this.#trial);
    this.#keep(plan, { recordings: [recording], judged: recording });
    return recording;
  }

  async #repeated({ repeat, ...plan }: RepeatedExperiment, bench: Bench): Promise<Repeats> {
    if (!(Number.isInteger(repeat) && repeat >= 1)) {
      throw new TypeError(`run({ repeat }) must be a whole number from 1, such as 5; got ${String(repeat)}`);
    }
    const recordings: Recording[] = [];
    for (let count = 1; count <= repeat; count++) {
      const title = `${this.#trial === undefined ? '' : `${this.#trial}, `}repeat ${count} of ${repeat}`;
      this.#tell(title, { phase: 'reset' });
      await bench.reset('all');
      recordings.push(await this.#experiment(plan, bench, title));
    }
    const repeats = new Repeats(recordings);
    this.#keep(plan, { recordings, judged: repeats });
    return repeats;
  }

  /** What a trial comes to is told by its search. */
  #keep({ judged = true }: Experiment, left: Pick<Extract<Entry, { judged: unknown }>, 'recordings' | 'judged'>): void {
    if (this.#trial === undefined) this.#entries.push({ ...left, toJudge: judged });
  }

  /** Runs one experiment and keeps its recording in the results folder. */
  async #experiment(
    plan: Experiment,
    { app, services, others, proxy, track }: Bench,
    title: string | undefined,
  ): Promise<Recording> {
    appMustRun(app);
    const begin = performance.now();
    const progress = { phase: 'start', elapsed: 0, operations: 0, errors: 0 };
    const tell = (news: Partial<typeof progress>) => {
      Object.assign(progress, news, { elapsed: performance.now() - begin });
      this.#tell(title, progress);
    };
    const { promise: healed, resolve } = Promise.withResolvers<void>();
    const recording = await experiment(plan, {
      app,
      services,
      others,
      ...(proxy && { proxy }),
      ...(track && { track }),
      seed: this.#seed,
      signal: AbortSignal.any([this.#identity.signal, this.#over.signal]),
      onPhase: (phase) => {
        // Before and after, only what the test itself gave is waited for, and that may take for ever.
        if (phase === 'warm-up') this.#suffering = healed;
        if (phase === 'settling') resolve();
        tell({ phase });
      },
      onProgress: tell,
    }).finally(resolve);
    await this.#folder.save(recording, title, this.#trial !== undefined);
    return recording;
  }

  #tell(title: string | undefined, { phase, elapsed = 0, operations = 0, errors = 0 }: Progress): void {
    const { test, onProgress } = this.#identity;
    onProgress({ test, phase: title === undefined ? phase : `${title}, ${phase}`, elapsed, operations, errors });
  }

  /**
   * Says whether the test may end as it is.
   * @throws Error when a run of it was still under way
   */
  mustHaveEnded(): void {
    if (this.#brokenOff) throw new Error(brokenOffText);
  }

  /** Copies logs out of the stack's folder, which goes when the stack does, into the results folder. */
  keepLogs(stackFolder: string, logs: readonly string[]): Promise<void> {
    return this.#folder.keepLogs(stackFolder, logs);
  }

  /** What this attempt of the test leaves for the reports; undefined when it ran no experiment to its end. */
  report({ events, errors }: TestEnd): AttemptReport | undefined {
    if (this.#entries.length === 0) return undefined;
    const { project, file, test, fullName, number, attempt = 1, repeat = 0 } = this.#identity;
    const fileOf = (trial: { readonly recording: Recording | undefined }) => this.#folder.fileOf(trial.recording);
    const explorations = this.#entries.flatMap((entry) =>
      'exploration' in entry ? [explorationResult(entry.exploration, fileOf)] : [],
    );
    const searches = this.#entries.flatMap((entry) => ('point' in entry ? [searchResult(entry.point, fileOf)] : []));
    return reportAttempt({
      key: { project, file, test, fullName, number },
      ...{ attempt, repeat, events, errors, entries: this.#entries },
      result: {
        folder: this.#folder.name,
        seed: this.#seed,
        duration: performance.now() - this.#startedAt,
        ...(searches.length > 0 && { searches }),
        ...(explorations.length > 0 && { explorations }),
      },
    });
  }
}

const brokenOffText = 'run() was still under way when its test ended, and was broken off: await it';

/** Against an app that has ended nothing is measured but its absence. */
function appMustRun(app: App): void {
  app.onExit(({ code, signal, output }) => {
    throw new Error(
      `run(): the app ended ${signal ? `by ${signal}` : `with code ${code}`} before this run began; repeat and the trials of a search start it anew, unless their reset is 'none'. Its last lines:\n${output}`,
    );
  })();
}

type Progress = Pick<ProgressReport, 'phase'> & Partial<ProgressReport>;

function readSeed(environment: NodeJS.ProcessEnv): number {
  const text = environment.BREAKING_POINT_SEED;
  if (!text) return randomInt(2 ** 32 - 1);
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new RangeError(`BREAKING_POINT_SEED must be a whole number from 0 to 4294967295; got ${JSON.stringify(text)}`);
}
