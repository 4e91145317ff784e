import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { machine, progress, rounds, table } from './output.ts';
import type { RecordingFigures } from './recording/figures.ts';
import { median } from './statistics.ts';

const run = promisify(execFile);
const round = fileURLToPath(new URL('./recording/round.ts', import.meta.url));

/** Sizes of the recordings, in operations, a column each. */
const sizes = [100_000, 1_000_000, 10_000_000] as const;

/** `bench recording`: what operations cost in memory and on disk, and how fast they are appended and analysed. */
export function recordingBenchmark(): Command {
  return new Command('recording')
    .description(
      'bytes per operation, and operations appended and analysed per second, at 100 thousand, 1 and 10 million',
    )
    .option('--rounds <n>', 'how often everything is measured', rounds, 1)
    .action(async ({ rounds }: { rounds: number }) => {
      const measured = new Map<number, RecordingFigures[]>(sizes.map((size) => [size, []]));
      for (let number = 1; number <= rounds; number += 1) {
        for (const [size, list] of measured) {
          progress(`round ${number} of ${rounds}: ${size.toLocaleString('en-US')} operations`);
          list.push(await inOwnProcess(size));
        }
      }
      console.log(machine());
      const rows = lines.map(({ title, aim, value }) => {
        const cells = [...measured].map(([size, list]) => value(size, (of) => median(list.map(of))));
        return [title, aim, ...cells];
      });
      const head = ['what', 'aim', ...sizes.map((size) => size.toLocaleString('en-US'))];
      console.log(table('Recordings by their number of operations: medians', head, rows));
    });
}

interface Line {
  readonly title: string;
  readonly aim: string;
  readonly value: (size: number, middle: (of: (figures: RecordingFigures) => number) => number) => string;
}

const lines: readonly Line[] = [
  {
    title: 'process grew by, for all but the ledger',
    aim: '< 250 MB',
    value: (_, middle) => `${(middle(({ inMemory }) => inMemory) / 1e6).toFixed(0)} MB`,
  },
  {
    title: '... per operation',
    aim: '',
    value: (size, middle) => `${(middle(({ inMemory }) => inMemory) / size).toFixed(1)} B`,
  },
  {
    title: 'on disk per operation',
    aim: '',
    value: (size, middle) => `${(middle(({ onDisk }) => onDisk) / size).toFixed(1)} B`,
  },
  { title: 'appended', aim: '', value: (_, middle) => perSecond(middle(({ appended }) => appended)) },
  ...(['p99', 'errors', 'recovery', 'ledger'] as const).map((name) => ({
    title: `analysed: ${{ p99: 'p99', errors: 'error rate', recovery: 'recovery', ledger: 'ledger' }[name]}`,
    aim: '',
    value: (size: number, middle: (of: (figures: RecordingFigures) => number) => number) => {
      const time = middle(({ analyses }) => analyses[name]);
      return `${perSecond((size / time) * 1_000)} (${(time / 1_000).toFixed(1)} s)`;
    },
  })),
  {
    title: 'process grew by, for the ledger beside the final state',
    aim: '',
    value: (_, middle) => `${(middle(({ ledgerMemory }) => ledgerMemory) / 1e6).toFixed(0)} MB`,
  },
];

function perSecond(rate: number): string {
  return rate >= 1e6 ? `${(rate / 1e6).toFixed(1)} M/s` : `${(rate / 1e3).toFixed(0)} k/s`;
}

/** A size in a new process, so that no other has grown its heap. */
async function inOwnProcess(size: number): Promise<RecordingFigures> {
  const { stdout } = await run(process.execPath, [round, String(size)]);
  return JSON.parse(stdout) as RecordingFigures;
}
