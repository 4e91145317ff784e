import type { BreakingPoint, Trial } from '../breaking-point.ts';
import type { Exploration, FailingSchedule, ScheduleTrial } from '../exploration.ts';
import type { Grade } from '../grade.ts';
import type { Judgement, Status, Validity } from '../judgement.ts';
import type { Unit } from '../words/units.ts';

/** One line of the result table: a metric of one test, over one window. Plain JSON: what is not finite is null. */
export interface Row {
  /** `RPS`, `p99`, `error rate`: a name of the metrics table. */
  readonly metric: string;
  readonly window: string;
  /** Of `value` and `interval`. Absent where the row is about no metric: a search, an invariant. */
  readonly unit?: Unit;
  readonly value: number | null;
  /**
   * Where the true value lies with 95 % certainty, in the unit of `value`; an infinite end is null. Null unless the
   * metric is a share or a percentile.
   */
  readonly interval: readonly [low: number | null, high: number | null] | null;
  /** The value as a person reads it. */
  readonly shown: string;
  readonly samples: number;
  /** Null when the metric has no grades, or too few samples for one. */
  readonly grade: Grade | null;
  /** What to do about a grade that is not good. */
  readonly action: string | null;
  /** The bound that was asserted, `< 1 %`; null when nothing was. */
  readonly target: string | null;
  /**
   * `measured` when nothing was asserted about it; `witness` when it is besides a lost key, two winners or a wrong
   * read.
   */
  readonly verdict: Status | 'measured' | 'witness';
  /** The test read this judgement itself (it caught what the matcher threw), so it decides nothing. */
  readonly read?: true;
  readonly because: string;
  /**
   * What the measurement was worth; null when nothing was asserted about it. Of several repeats, that of the median.
   */
  readonly validity: Validity | null;
  /** The value of each repeat, in order, where the run was repeated; `value` is their median then. */
  readonly repeats?: readonly (number | null)[];
}

/** A trial of a search, for the reports. */
export interface TrialResult extends Pick<Trial, 'value' | 'decision' | 'sustained'> {
  /** What its objectives came to. */
  readonly objectives: readonly (Pick<Judgement, 'metric' | 'shown'> & {
    readonly target: string;
    readonly verdict: Status;
  })[];
  /** File of its recording in the folder of the test; null when it left none. */
  readonly recording: string | null;
}

/** What a search found, for the reports. Plain JSON. */
export interface SearchResult
  extends Pick<BreakingPoint, 'of' | 'unit' | 'from' | 'to' | 'status' | 'because' | 'picture'> {
  readonly suffix: string;
  readonly heldAt: number | null;
  readonly brokeAt: number | null;
  /** Metrics of the objectives that were broken at `brokeAt`. */
  readonly brokeFirst: readonly string[];
  readonly contradictions: BreakingPoint['contradictions'];
  readonly notes: readonly string[];
  readonly trials: readonly TrialResult[];
}

/** What an exploration found, for the reports. Plain JSON. */
export interface ExplorationResult extends Pick<Exploration, 'status' | 'runs' | 'seed' | 'because'> {
  readonly trials: readonly (Pick<ScheduleTrial, 'seed' | 'schedule' | 'status' | 'message'> & {
    /** File of its recording in the folder of the test; null when it left none. */
    readonly recording: string | null;
  })[];
  /** The schedule that failed, and what was made of it; null when all held. */
  readonly failing: FailingSchedule | null;
}

/** What one attempt of a test left: Vitest makes several where it repeats a test or tries it again. */
export interface AttemptResult {
  /** As Vitest says it; a failure that rests on nothing but unknown judgements, or on none at all, is unknown. */
  readonly status: Status;
  readonly rows: readonly Row[];
  /** Faults, exits of the app, rebuilt services and other events worth a line, in order. */
  readonly events: readonly string[];
  /** Folder of the recordings and logs, relative to the root. */
  readonly folder: string;
  /** What replays the test. */
  readonly seed: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Messages of its errors, when it failed. */
  readonly errors: readonly string[];
  /** What its searches found. */
  readonly searches?: readonly SearchResult[];
  /** What its explorations found. */
  readonly explorations?: readonly ExplorationResult[];
}

/** Which test of a run it is: no two tests have the same project, file, full name and number. */
export interface TestKey {
  /** Name of the Vitest project; empty where it has none. */
  readonly project: string;
  /** Path of the test file, relative to the root. */
  readonly file: string;
  /** Title of the test. */
  readonly test: string;
  /** The titles of its groups and its own, as Vitest joins them and `-t` reads them: `pg > survives`. */
  readonly fullName: string;
  /** Number of this test among those of its file with this full name, from 1. */
  readonly number: number;
}

/** What one test leaves for the reports: its last attempt, with the status and the errors of all of them. */
export interface TestResult extends TestKey, AttemptResult {
  /** Every attempt in order, where there was more than one. */
  readonly attempts?: readonly AttemptResult[];
}

/** A breaking point that did not run. */
export interface NotRun extends TestKey {
  /** `skipped`, `todo`, `did not finish`. */
  readonly reason: string;
}

/** What one run leaves: `breaking-point-results/run.json`. */
export interface RunResult {
  readonly version: 2;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly duration: number;
  readonly profile: string;
  readonly target: string;
  readonly runtime: string;
  /** The worst of its tests; unknown when there was none, or when the run was broken off. */
  readonly status: Status;
  /** How all of Vitest's run ended, other tests included. */
  readonly vitest: 'passed' | 'failed' | 'interrupted';
  readonly tests: readonly TestResult[];
  /** The breaking points that did not run. */
  readonly notRun: readonly NotRun[];
  /** What this run did not measure of what it was meant to. */
  readonly notMeasured: readonly string[];
}
