import type { Step } from './grade.ts';
import type { FixedName } from './metric.ts';
import type { TargetBounds, TargetName } from './metrics/targets.ts';

/**
 * What a suite of tests knows of its own service, in its own words. Given to `resilience({ suite })`, it replaces the
 * package's general words in messages, in the table and in `run.json`. All of it is optional.
 */
export interface Suite {
  /**
   * What the suite is meant to measure. A report lists the scenarios that no test was about, and the outages that a
   * profile shortened. Default: none.
   */
  readonly scenarios?: readonly Scenario[];
  /**
   * What the suite does not measure at all, a line each, for the end of a report: `['cache hit rate']`. Default: none.
   */
  readonly notMeasured?: readonly string[];
  /** What to try when something fails, by topic, with the suite's own tables and switches. */
  readonly remedies?: Readonly<Partial<Record<Remedy, string>>>;
  /** Grades by metric, with an action for each: steps from the smallest value up. They replace those of the package. */
  readonly grades?: Readonly<Partial<Record<FixedName, readonly Step[]>>>;
  /** Bounds of `toMeet()` by environment. Each replaces that of the package of the same name. */
  readonly targets?: Readonly<Partial<Record<TargetName, TargetBounds>>>;
}

/** What a suite is meant to measure, and does not. */
export type SuiteScope = Pick<Suite, 'scenarios' | 'notMeasured'>;

/** Something that a suite is meant to measure. A test whose title begins with `title` measures it. */
export interface Scenario {
  readonly title: string;
  /**
   * Seconds that the outage and the recovery from it are meant to last, as in the profile `stress`. Other profiles
   * shorten them.
   */
  readonly outage?: number;
}

/**
 * What a remedy is for. `redisOutage` and `databaseOutage` are about a window in which such a service is away,
 * `recovery` about the time after it.
 */
export type Remedy =
  | 'rps'
  | 'latency'
  | 'oneWinner'
  | 'noWinner'
  | 'lost'
  | 'wrongReads'
  | 'duplicated'
  | 'backlog'
  | 'raceTime'
  | 'redisOutage'
  | 'databaseOutage'
  | 'recovery';
