import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { chooseTemporaryRoot, readSurroundings } from '../dist/stack/reaper/private-folder.js';
import { machine, progress, rounds, table } from './output.ts';
import { type Stages, stages } from './stack/stages.ts';
import { median } from './statistics.ts';

const run = promisify(execFile);
const round = fileURLToPath(new URL('./stack/round.ts', import.meta.url));

/** The runtimes that are compared, a column each, by what BREAKING_POINT_RUNTIME calls them. */
const runtimes = ['embedded', 'containers'] as const;

/** `bench stack`: from nothing to an app that is ready, and the reset between two tests. */
export function stackBenchmark(): Command {
  return new Command('stack')
    .description('from nothing to an app that is ready, and the reset between two tests')
    .option('--rounds <n>', 'how often everything is measured', rounds, 5)
    .action(async ({ rounds }: { rounds: number }) => {
      const measured = new Map<string, Stages[]>(runtimes.map((runtime) => [runtime, []]));
      // The first fills the caches (of initdb, of the file system, of compiled code) and is not counted.
      const leftOut: string[] = [];
      for (const runtime of runtimes) {
        progress(`warming up: ${runtime}`);
        await inOwnProcess(runtime).catch((error: unknown) => {
          leftOut.push(`${runtime} left out: ${lastLine(error)}`);
          measured.delete(runtime);
        });
      }
      for (let number = 1; number <= rounds; number += 1) {
        for (const [runtime, list] of measured) {
          progress(`round ${number} of ${rounds}: ${runtime}`);
          list.push(await inOwnProcess(runtime));
        }
      }
      console.log(`${machine()}; servers' data in ${chooseTemporaryRoot(await readSurroundings())}`);
      const rows = stages.map(({ name, title, aim }) => {
        const cells = [...measured.values()].map((list) => {
          const times = list.map((one) => one[name]);
          return `${ms(median(times))} (${ms(Math.min(...times))}-${ms(Math.max(...times))})`;
        });
        return [title, aim ?? '', ...cells];
      });
      console.log(
        table(
          'The stack with Postgres, Redis and the ordering service, in ms: median (least-greatest)',
          ['what', 'aim', ...measured.keys()],
          rows,
        ),
      );
      for (const line of leftOut) console.log(line);
    });
}

/** A round in a new process, as each test file has its own: nothing is loaded or compiled yet. */
async function inOwnProcess(runtime: string): Promise<Stages> {
  const { stdout } = await run(process.execPath, [round], { env: { ...process.env, BREAKING_POINT_RUNTIME: runtime } });
  return JSON.parse(stdout) as Stages;
}

/** Where a process that failed says why. */
function lastLine(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  return lines.find((line) => /^\w*Error: /.test(line)) ?? lines[0] ?? '';
}

function ms(time: number): string {
  return time.toFixed(0);
}
