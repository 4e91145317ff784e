import { relative } from 'node:path';
import type { NotRun, TestKey, TestResult } from '../verdict/rows/result.ts';
import type { AttemptReport } from './attempt.ts';
import { failureOf, type RanAttempt, resultOf, type ThrownError } from './outcome.ts';

/** The part of Vitest's `TestCase` that is read here. */
export interface RanTest {
  readonly id: string;
  readonly name: string;
  /** With the titles of its groups. */
  readonly fullName: string;
  readonly options: { readonly mode: string };
  readonly result: () => {
    readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
    readonly errors?: readonly ThrownError[] | undefined;
    readonly note?: string | undefined;
  };
  readonly meta: () => { readonly breakingPoint?: readonly AttemptReport[]; readonly breakingPointRuntime?: string };
  readonly diagnostic: () => { readonly duration: number } | undefined;
  readonly attempts: () => readonly RanAttempt[];
}

/** The part of Vitest's `TestSuite` that is read here. */
export interface RanSuite {
  readonly id: string;
  readonly fullName: string;
  readonly errors: () => readonly ThrownError[];
}

/** The part of Vitest's `TestModule` that is read here. */
export interface RanFile {
  readonly id: string;
  readonly moduleId: string;
  readonly project: { readonly name: string };
  readonly meta: () => { readonly breakingPoints?: true };
  readonly errors: () => readonly ThrownError[];
  readonly children: {
    readonly allTests: () => Iterable<RanTest>;
    readonly allSuites: () => Iterable<RanSuite>;
  };
}

/** What the breaking points of one file came to, each by an id that stays the same from run to run. */
interface FileOutcome {
  readonly results: ReadonlyMap<string, TestResult>;
  readonly notRun: ReadonlyMap<string, NotRun>;
  readonly runtimes: ReadonlySet<string>;
}

/**
 * The breaking points among the tests that Vitest ran: the last run of each since Vitest began. In watch mode that is
 * more than the last round.
 */
export class Collected {
  readonly #projects: readonly string[];
  readonly #files = new Map<string, FileOutcome>();

  /** @param projects names of the Vitest projects whose tests are all breaking points */
  constructor(projects: readonly string[]) {
    this.#projects = projects;
  }

  /** Takes what a file's tests came to. A test that was left out this time keeps what it came to before. */
  take(module: RanFile, root: string): void {
    const before = this.#files.get(module.id);
    const tests = [...module.children.allTests()];
    const ours =
      this.#projects.includes(module.project.name) ||
      module.meta().breakingPoints ||
      tests.some((test) => test.meta().breakingPoint);
    if (!ours) {
      this.#files.delete(module.id);
      return;
    }
    const keys = keysOf(tests, { project: module.project.name, file: relative(root, module.moduleId) });
    const results = new Map<string, TestResult>(failuresOutsideOfTests(module, root));
    const notRun = new Map<string, NotRun>();
    for (const [index, test] of tests.entries()) {
      const key = keys[index] as TestKey;
      const reason = whyNotRun(test);
      const result = reason === undefined ? resultOfTest(test, key) : before?.results.get(test.id);
      if (result) results.set(test.id, result);
      else if (reason !== undefined) notRun.set(test.id, { ...key, reason });
    }
    const runtimes = new Set(tests.flatMap((test) => test.meta().breakingPointRuntime ?? []));
    this.#files.set(module.id, { results, notRun, runtimes });
  }

  /** What the tests came to, in the order in which Vitest first told of their files. */
  get results(): TestResult[] {
    return [...this.#files.values()].flatMap(({ results }) => [...results.values()]);
  }

  /** Where the tests' servers ran; `mixed` when not all ran in the same way, `none` when there were none. */
  get runtime(): string {
    const names = new Set([...this.#files.values()].flatMap(({ runtimes }) => [...runtimes]));
    const [first = 'none', second] = names;
    return second === undefined ? first : 'mixed';
  }

  /** The tests that did not run, and never did. */
  get notRun(): NotRun[] {
    return [...this.#files.values()].flatMap(({ notRun }) => [...notRun.values()]);
  }
}

/** The keys of a file's tests, in their order. */
function keysOf(tests: readonly RanTest[], where: Pick<TestKey, 'project' | 'file'>): TestKey[] {
  const counts = new Map<string, number>();
  return tests.map(({ name, fullName }) => {
    const number = (counts.get(fullName) ?? 0) + 1;
    counts.set(fullName, number);
    return { ...where, test: name, fullName, number };
  });
}

function whyNotRun(test: RanTest): string | undefined {
  const { state, note } = test.result();
  if (state === 'pending') return 'did not finish';
  if (state !== 'skipped') return undefined;
  const reason = test.options.mode === 'todo' ? 'todo' : 'skipped';
  return note ? `${reason} (${note})` : reason;
}

function resultOfTest(test: RanTest, key: TestKey): TestResult | undefined {
  const { state, errors = [] } = test.result();
  return resultOf({
    key,
    failed: state === 'failed',
    errors,
    duration: test.diagnostic()?.duration ?? 0,
    attempts: test.attempts(),
    reports: test.meta().breakingPoint ?? [],
  });
}

/** A file that does not load and a beforeAll that throws leave no failed test: they are results of their own. */
function* failuresOutsideOfTests(module: RanFile, root: string): Generator<[string, TestResult]> {
  const where = { project: module.project.name, file: relative(root, module.moduleId), number: 1 };
  const places = [{ id: module.id, name: where.file, errors: module.errors() }];
  for (const suite of module.children.allSuites()) {
    places.push({ id: suite.id, name: suite.fullName, errors: suite.errors() });
  }
  for (const { id, name, errors } of places) {
    if (errors.length > 0) yield [id, failureOf({ ...where, test: name, fullName: name }, errors)];
  }
}
