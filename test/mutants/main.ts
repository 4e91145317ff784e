import { readFile, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { RunResult } from '../../src/verdict/rows/result.ts';
import { judge, judgeTwins, type TwinVerdict, twinVerdictsIn, type Verdict } from './judge.ts';
import { matrix, uncaught } from './matrix.ts';
import { type MatrixProfile, type Mutant, matrixProfiles, profileOf } from './mutant.ts';
import { killTable } from './table.ts';

interface Options {
  readonly profile: MatrixProfile;
  readonly repeat: number;
  readonly jobs: number;
  readonly only?: readonly string[];
  /** False to leave them out; the path of a run.json that has them already; undefined to run them. */
  readonly twins?: string | false;
  readonly json?: string;
}

/** What `--json` writes. */
interface Report {
  readonly profile: MatrixProfile;
  readonly repeat: number;
  readonly mutants: readonly (Omit<Mutant, 'profile' | 'cause'> & { readonly verdicts: readonly Verdict[] })[];
  readonly twins: readonly TwinVerdict[];
  readonly uncaught: typeof uncaught;
}

const program = new Command('npm run mutants --')
  .description('Switches each defect of the reference app on and sees the suite fail on it, and pass without it.')
  .addOption(
    new Option('--profile <profile>', 'the rows of the ordinary run, or those that only a longer one has time for')
      .choices(matrixProfiles)
      .default('quick'),
  )
  .option('--repeat <times>', 'how often each defect and each twin is run', times, 1)
  .option('--jobs <count>', 'how many at the same time: each measures, and needs about half a core', times, 1)
  .option('--only <names...>', 'only these defects, or the defects of these test files')
  .option('--twins <run.json>', 'take the runs without a defect from this run of the whole suite')
  .option('--no-twins', 'leave out the runs without a defect')
  .option('--json <file>', 'write the verdicts to this file')
  .action(main);
await program.parseAsync();

async function main({ profile, repeat, jobs, only, twins, json }: Options): Promise<void> {
  const rows = matrix.filter((mutant) => profileOf(mutant) === profile);
  const chosen = rows.filter(({ defect, file }) => only === undefined || only.includes(defect) || only.includes(file));
  if (chosen.length === 0) {
    program.error(`--only ${only?.join(' ')}: no defect and no test file of the matrix at ${profile} has such a name`);
  }
  const verdicts = new Map<Mutant, Verdict[]>(chosen.map((mutant) => [mutant, []]));
  const twinVerdicts = typeof twins === 'string' ? await twinsIn(twins, profile, chosen) : [];
  for (let round = 1; round <= repeat; round++) {
    await eachOf(verdicts, jobs, async ([mutant, seen]) => {
      const verdict = await judge(mutant);
      seen.push(verdict);
      progress(`${verdict.kind} ${mutant.defect} (${verdict.seconds.toFixed(1)} s): ${verdict.message}`);
    });
    if (twins !== undefined) continue;
    await eachOf(byFile(chosen), jobs, async ([file, titles]) => {
      for (const twin of await judgeTwins(file, titles, profile)) {
        twinVerdicts.push(twin);
        progress(`${twin.status} ${twin.test}, without a defect${twin.status === 'pass' ? '' : `: ${twin.message}`}`);
      }
    });
  }

  process.stdout.write(`${killTable(verdicts)}\n`);
  const escaped = [...verdicts.values()].flat().filter(({ kind }) => kind !== 'killed');
  const alarms = twinVerdicts.filter(({ status }) => status !== 'pass');
  const runs = repeat * chosen.length;
  process.stdout.write(`\n${runs - escaped.length} of ${runs} runs with a defect were caught, for its cause.\n`);
  if (twins !== false)
    process.stdout.write(
      `${alarms.length} false alarms in ${twinVerdicts.length} runs of the tests without a defect.\n`,
    );
  for (const { file, test, status, message } of alarms) {
    process.stdout.write(`  ${status}: ${file}, ${test}: ${message}\n`);
  }
  for (const { defect, because } of uncaught) process.stdout.write(`Nothing catches ${defect}: ${because}\n`);

  if (json !== undefined) {
    const mutants = [...verdicts].map(([{ defect, file, title, metric }, seen]) => {
      return { defect, file, title, metric, verdicts: seen };
    });
    const report: Report = { profile, repeat, mutants, twins: twinVerdicts, uncaught };
    await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  process.exitCode = escaped.length + alarms.length > 0 ? 1 : 0;
}

/** Does something for each, a few at a time, in their order. */
async function eachOf<T>(all: Iterable<T>, jobs: number, act: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

async function twinsIn(path: string, profile: MatrixProfile, chosen: readonly Mutant[]): Promise<TwinVerdict[]> {
  const run = JSON.parse(await readFile(path, 'utf8')) as RunResult;
  if (run.profile !== profile) {
    program.error(
      `--twins ${path}: a run at ${run.profile} has no twins of rows at ${profile}; add --profile ${run.profile}, or run the suite at ${profile}`,
    );
  }
  return [...byFile(chosen)].flatMap(([file, titles]) => twinVerdictsIn(run, file, titles));
}

/** The titles to run of each file, each once. */
function byFile(mutants: readonly Mutant[]): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const { file, title } of mutants) {
    const titles = files.get(file) ?? [];
    if (!titles.includes(title)) titles.push(title);
    files.set(file, titles);
  }
  return files;
}

function times(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}

function progress(text: string): void {
  process.stderr.write(`${text.split('\n').slice(0, 3).join('\n  ')}\n`);
}
