import { relative } from 'node:path';
import type { TestResult } from '../verdict/result.ts';
import { type Attempt, failure, messagesOf, resultOf, runsText, type ThrownError } from './outcome.ts';

/** The part of Vitest's `TestCase` that is read here. */
export interface RanTest {
  readonly id: string;
  readonly name: string;
  readonly result: () => {
    readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
    readonly errors?: readonly ThrownError[] | undefined;
    readonly note?: string | undefined;
  };
  readonly meta: () => { readonly breakingPoint?: TestResult; readonly breakingPointRuntime?: string };
  readonly diagnostic: () => { readonly duration: number } | undefined;
  readonly attempts: () => readonly Attempt[];
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
  readonly errors: () => readonly ThrownError[];
  readonly children: {
    readonly allTests: () => Iterable<RanTest>;
    readonly allSuites: () => Iterable<RanSuite>;
  };
}

/** A test that did not run. */
export interface Missing {
  readonly title: string;
  readonly reason: string;
}

/** What the breaking points of one file came to, each by an id that stays the same from run to run. */
interface FileOutcome {
  readonly results: ReadonlyMap<string, TestResult>;
  readonly missing: ReadonlyMap<string, Missing>;
  readonly runtimes: ReadonlySet<string>;
}

/**
 * The breaking points among the tests that Vitest ran: the last run of each since Vitest began, which in watch mode is more than the
 * last round.
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
    const ours = this.#projects.includes(module.project.name) || tests.some((test) => test.meta().breakingPoint);
    if (!ours) {
      this.#files.delete(module.id);
      return;
    }
    const results = new Map<string, TestResult>(failuresOutsideOfTests(module, root));
    const missing = new Map<string, Missing>();
    for (const test of tests) {
      const reason = whyMissing(test);
      const result =
        reason === undefined ? resultOfTest(test, relative(root, module.moduleId)) : before?.results.get(test.id);
      if (result) results.set(test.id, result);
      else if (reason !== undefined) missing.set(test.id, { title: test.name, reason });
    }
    const runtimes = new Set(tests.flatMap((test) => test.meta().breakingPointRuntime ?? []));
    this.#files.set(module.id, { results, missing, runtimes });
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
  get missing(): Missing[] {
    return [...this.#files.values()].flatMap(({ missing }) => [...missing.values()]);
  }
}

function whyMissing(test: RanTest): string | undefined {
  const { state, note } = test.result();
  if (state === 'pending') return 'did not finish';
  if (state === 'skipped') return note ? `skipped (${note})` : 'skipped';
  return undefined;
}

function resultOfTest(test: RanTest, file: string): TestResult | undefined {
  const { state, errors = [] } = test.result();
  const result = resultOf({
    test: test.name,
    file,
    failed: state === 'failed',
    errors: messagesOf(errors),
    duration: test.diagnostic()?.duration ?? 0,
    result: test.meta().breakingPoint,
  });
  const runs = runsText(test.attempts());
  return result && runs ? { ...result, events: [runs, ...result.events] } : result;
}

/** A file that does not load and a beforeAll that throws leave no failed test: they are results of their own. */
function* failuresOutsideOfTests(module: RanFile, root: string): Generator<[string, TestResult]> {
  const file = relative(root, module.moduleId);
  const places = [{ id: module.id, test: file, errors: messagesOf(module.errors()) }];
  for (const suite of module.children.allSuites()) {
    places.push({ id: suite.id, test: suite.fullName, errors: messagesOf(suite.errors()) });
  }
  for (const { id, test, errors } of places) {
    if (errors.length > 0) yield [id, failure({ test, file, errors, duration: 0 })];
  }
}
