import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type {
  Reporter,
  SerializedError,
  TestCase,
  TestModule,
  TestRunEndReason,
  TestSpecification,
  Vitest,
} from 'vitest/node';
import { currentProfile } from './profile.ts';
import { Collected } from './report/collected.ts';
import { readProgress } from './report/messages.ts';
import { failureOf } from './report/outcome.ts';
import { ProgressDisplay, progressLine } from './report/progress.ts';
import { resultsFolder, runResult, writeRun } from './report/run-json.ts';
import { listScenariosNotMeasured } from './report/scenarios.ts';
import { renderTable } from './report/table.ts';
import { readWantedRuntime } from './stack/runtimes/wanted.ts';
import { target } from './verdict/metrics/targets.ts';
import type { SuiteScope } from './verdict/suite.ts';

/** The key of what went wrong in no test. */
const outsideOfTests = {
  project: '',
  file: '',
  test: 'outside of any test',
  fullName: 'outside of any test',
  number: 1,
};

/** Options of the reporter: `reporters: ['default', ['breaking-point/reporter', { outputDir: 'results' }]]`. */
export interface ReporterOptions {
  /**
   * Folder of `run.json` and the tests' results, relative to Vitest's root. Default: `BREAKING_POINT_RESULTS` of the
   * environment, else `breaking-point-results`.
   */
  readonly outputDir?: string;
  /**
   * Names of the Vitest projects whose tests are all breaking points. A file of theirs that fails before any result
   * then shows as well. Default `['perf']`. In other projects a file counts when one of its tests has a result.
   */
  readonly projects?: readonly string[];
}

/**
 * The Vitest reporter of breaking points: a progress line while a test runs, a table at the end, and `run.json`. Says
 * nothing in a run without breaking points. The exit code stays Vitest's own.
 */
export default class BreakingPointReporter implements Reporter {
  readonly #outputDir: string;
  readonly #projects: readonly string[];
  readonly #collected: Collected;
  readonly #display = new ProgressDisplay();
  readonly #profile = currentProfile();
  readonly #target = target().name;
  /** Of each suite that had a test, as text, so that each is there once. */
  readonly #suites = new Map<string, SuiteScope>();
  #vitest: Vitest | undefined;
  #startedAt = new Date();

  /**
   * @throws RangeError when `BREAKING_POINT_PROFILE`, `BREAKING_POINT_TARGET` or `BREAKING_POINT_RUNTIME` is unknown
   */
  constructor({ outputDir = resultsFolder, projects = ['perf'] }: ReporterOptions = {}) {
    readWantedRuntime();
    this.#outputDir = outputDir;
    this.#projects = projects;
    this.#collected = new Collected(projects);
  }

  /** Called by Vitest once. */
  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
    vitest.logger.onTerminalCleanup(() => this.#display.clear());
  }

  /** A run that is killed must not leave the verdict of the one before it. */
  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    this.#startedAt = new Date();
    if (specifications.some(({ project }) => this.#projects.includes(project.name))) {
      await rm(join(this.#folder(), 'run.json'), { force: true });
    }
  }

  /** Progress comes as an artifact, at once. */
  onTestCaseArtifactRecord(_test: TestCase, artifact: { readonly type: string }): void {
    const progress = readProgress(artifact);
    if (progress) this.#display.show(progressLine(progress, this.#display.room));
  }

  /** Whatever is written next begins on a clean line. */
  onTestCaseResult(): void {
    this.#display.clear();
  }

  /** Prints the table and writes the results. @throws Error when they cannot be written */
  async onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): Promise<void> {
    this.#display.clear();
    for (const module of modules) {
      this.#collected.take(module, this.#root());
      for (const test of module.children.allTests()) {
        const { breakingPointSuite: suite } = test.meta();
        if (suite) this.#suites.set(JSON.stringify(suite), suite);
      }
    }
    const suites = [...this.#suites.values()];
    const { results: tests, notRun } = this.#collected;
    // Of breaking points that the command line leaves out there is nothing to say.
    if (tests.length === 0 && (notRun.length === 0 || this.#vitest?.config.testNamePattern)) return;
    if (unhandled.length > 0) tests.push(failureOf(outsideOfTests, unhandled));
    const titles = [...tests, ...notRun].map(({ test }) => test);
    const run = runResult(tests, {
      startedAt: this.#startedAt.toISOString(),
      duration: Date.now() - this.#startedAt.getTime(),
      profile: this.#profile,
      target: this.#target,
      runtime: this.#collected.runtime,
      vitest: reason,
      notRun,
      notMeasured: [
        ...suites.flatMap(({ scenarios = [] }) => listScenariosNotMeasured(scenarios, titles, this.#profile)),
        ...suites.flatMap(({ notMeasured = [] }) => notMeasured),
      ],
    });
    const { env, stdout } = process;
    const color = !env.NO_COLOR && (Boolean(env.FORCE_COLOR) || stdout.isTTY);
    this.#vitest?.logger.log(`\n${renderTable(run, { color, width: stdout.columns || 120 })}`);
    await writeRun(this.#folder(), run);
  }

  #root(): string {
    return this.#vitest?.config.root ?? process.cwd();
  }

  #folder(): string {
    return resolve(this.#root(), this.#outputDir);
  }
}
