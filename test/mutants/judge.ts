import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { RunResult, TestResult } from '../../src/verdict/rows/result.ts';
import { type MatrixProfile, type Mutant, profileOf } from './mutant.ts';

/** Where runs leave their results. */
const parent = resolve('breaking-point-results', 'mutants');

/** What became of one defect in one run of its test. */
export interface Verdict {
  /**
   * `killed`: the metric failed, for the cause that was looked for. `other cause`: it failed and says something else. `unknown`: it was
   * not measured well enough. `survived`: the test found nothing wrong with it. `not judged`: the test came to no judgement about it.
   */
  readonly kind: 'killed' | 'other cause' | 'unknown' | 'survived' | 'not judged';
  /** The first words of the judgement, or what there was instead. */
  readonly message: string;
  /** Seconds, with the start of the servers. */
  readonly seconds: number;
}

/** A test of the suite on the app without defects. Anything but a pass is a false alarm. */
export interface TwinVerdict {
  readonly file: string;
  readonly test: string;
  readonly status: TestResult['status'];
  readonly message: string;
}

/** Runs the test of a mutant on the app with its defect. What it left is kept when it was not killed. */
export async function judge(mutant: Mutant): Promise<Verdict> {
  const startedAt = performance.now();
  const { run, output, folder } = await runSuite(mutant.file, [mutant.title], profileOf(mutant), mutant.defect);
  const seconds = (performance.now() - startedAt) / 1_000;
  const results = run?.tests ?? [];
  const [result] = results;
  const verdict: Omit<Verdict, 'seconds'> =
    result && results.length === 1
      ? verdictOf(result, mutant)
      : {
          kind: 'not judged',
          message: `${results.length} tests left a result where one is expected: ${tail(output)}`,
        };
  if (verdict.kind !== 'killed') return { ...verdict, message: `${verdict.message}\n${kept(folder)}`, seconds };
  await rm(folder, { recursive: true, force: true });
  return { ...verdict, seconds };
}

/** What the result of a test says about the defect that it was run with. */
export function verdictOf(
  result: Pick<TestResult, 'rows' | 'errors'>,
  { metric, cause }: Pick<Mutant, 'metric' | 'cause'>,
): Omit<Verdict, 'seconds'> {
  const rows = result.rows.filter((row) => row.metric === metric && !['measured', 'witness'].includes(row.verdict));
  const failed = rows.filter((row) => row.verdict === 'fail');
  const caught = failed.find((row) => cause.test(row.because));
  if (caught) return { kind: 'killed', message: lineWith(cause, caught.because) };
  const other = failed[0] ?? rows.find((row) => row.verdict === 'unknown') ?? rows[0];
  if (!other) return { kind: 'not judged', message: result.errors[0] ?? `no judgement about ${metric}` };
  const kinds = {
    fail: 'other cause',
    unknown: 'unknown',
    pass: 'survived',
    measured: 'survived',
    witness: 'survived',
  } as const;
  return { kind: kinds[other.verdict], message: `${other.metric} ${other.shown}: ${other.because}` };
}

/** Runs tests of one file on the app without defects. What they left is kept unless all passed. */
export async function judgeTwins(
  file: string,
  titles: readonly string[],
  profile: MatrixProfile,
): Promise<readonly TwinVerdict[]> {
  const { run, output, folder } = await runSuite(file, titles, profile);
  const verdicts = twinVerdictsIn(run, file, titles).map((twin): TwinVerdict => {
    if (!run) return { ...twin, message: `left no result: ${tail(output)}` };
    return twin.status === 'pass' ? twin : { ...twin, message: `${twin.message}\n${kept(folder)}` };
  });
  if (verdicts.every(({ status }) => status === 'pass')) await rm(folder, { recursive: true, force: true });
  return verdicts;
}

/** What a run of the suite on the app without defects says of tests of one file. */
export function twinVerdictsIn(run: RunResult | undefined, file: string, titles: readonly string[]): TwinVerdict[] {
  const tests = run?.tests.filter((test) => test.file === `test/${file}.test.ts`) ?? [];
  return titles.flatMap((title): TwinVerdict[] => {
    const results = tests.filter(({ test }) => test.includes(title));
    if (results.length === 0) return [{ file, test: title, status: 'unknown', message: 'left no result' }];
    return results.map(({ status, errors }) => ({ file, test: title, status, message: errors[0] ?? '' }));
  });
}

interface Ran {
  /** Undefined when the run left no result. */
  readonly run: RunResult | undefined;
  readonly output: string;
  /** Its results. */
  readonly folder: string;
}

/** A Vitest of its own, with some tests of one file. */
async function runSuite(
  file: string,
  titles: readonly string[],
  profile: MatrixProfile,
  defect?: string,
): Promise<Ran> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, `${defect ?? 'healthy'}-`));
  const inherited = Object.entries(process.env).filter(
    ([name]) => /^BREAKING_POINT_(RUNTIME|\w+_IMAGE)$/.test(name) || !/^(VITEST|BREAKING_POINT|ORDERING)/.test(name),
  );
  const env = {
    ...Object.fromEntries(inherited),
    ...(defect !== undefined && { ORDERING_DEFECTS: defect }),
    BREAKING_POINT_PROFILE: profile,
    BREAKING_POINT_RESULTS: folder,
  };
  const pattern = titles.map((title) => title.replace(/[^\w ,]/g, '\\$&')).join('|');
  const reporters = ['--reporter=default', '--reporter=breaking-point/reporter'];
  const args = ['run', '--project', dirname(file), `test/${file}.test.ts`, '-t', pattern, ...reporters];
  const output = await new Promise<string>((ended) => {
    // A red run ends with code 1, as it should: what it left is what counts.
    execFile(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], { env }, (_error, stdout, stderr) =>
      ended(`${stdout}\n${stderr}`),
    );
  });
  return { run: await resultIn(folder), output, folder };
}

async function resultIn(folder: string): Promise<RunResult | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunResult;
  } catch {
    // It ended before it could leave one; its output tells why.
    return undefined;
  }
}

/** The line of a judgement that gives the cause away. */
function lineWith(cause: RegExp, because: string): string {
  return because.split('\n').find((line) => cause.test(line)) ?? because;
}

function kept(folder: string): string {
  return `Its results are in ${folder}.`;
}

function tail(output: string): string {
  return output.trim().split('\n').slice(-8).join('\n');
}
