import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { summarizeSeries } from '../dist/analysis/window/series.js';
import { saveRecording } from '../dist/recording/file/file.js';
import type { Status } from '../dist/verdict/judgement.js';
import { Burner } from './false-alarms/burner.ts';
import { assertionNames, type Judged, judgedRun, openOrderingStack } from './false-alarms/judged.ts';
import { machine, progress, rounds, table } from './output.ts';
import { median } from './statistics.ts';

/** The statuses, in the order of the columns. */
const statuses: readonly Status[] = ['pass', 'fail', 'unknown'];

interface Options {
  readonly times: number;
  readonly burn: boolean;
  readonly keep?: string;
}

/** `bench false-alarms`: a healthy app, judged again and again. Nothing may be said against it. */
export function falseAlarmsBenchmark(): Command {
  return new Command('false-alarms')
    .description('a healthy app through a Redis outage, judged again and again: how often it is said to fail')
    .option('--times <n>', 'how often it is judged', rounds, 12)
    .option('--burn', 'while another process uses up one core', false)
    .option('--keep <folder>', 'where to keep the recordings of runs that did not pass')
    .action(async ({ times, burn, keep }: Options) => {
      const all: Judged[] = [];
      const stack = await openOrderingStack();
      try {
        await using _burner = burn ? new Burner() : undefined;
        for (let time = 1; time <= times; time += 1) {
          progress(`judgement ${time} of ${times}${burn ? ', one core used up' : ''}`);
          const judged = await judgedRun(stack, time);
          all.push(judged);
          for (const line of reasonsOf(judged)) progress(`  ${line}`);
          if (keep !== undefined && reasonsOf(judged).length > 0) {
            await mkdir(keep, { recursive: true });
            await saveRecording(judged.recording, join(keep, `run-${time}`));
          }
        }
      } finally {
        await stack.close();
      }
      console.log(machine());
      console.log(`CPU of the machine and of what the run knows of it, in per cent of a core, medians: ${cpuOf(all)}`);
      const title = `A healthy app, judged ${times} times${burn ? ' while another process used up one core' : ''}`;
      console.log(table(title, ['what is asserted', ...statuses], rowsOf(all)));
      for (const [reason, count] of tallied(all.flatMap(reasonsOf))) console.log(`${count} x ${reason}`);
      const fails = all.filter((judged) => worstOf(judged) === 'fail').length;
      const unknowns = all.filter((judged) => worstOf(judged) === 'unknown').length;
      console.log(
        `Of ${times} runs ${fails} failed and ${unknowns} were unknown; aim: none fails: ${fails === 0 ? 'PASS' : 'MISS'}`,
      );
    });
}

function rowsOf(all: readonly Judged[]): string[][] {
  const rows = assertionNames.map((name) => [name, all.map(({ judgements }) => judgements.get(name)?.status)] as const);
  return [...rows, ['the run in all', all.map(worstOf)] as const].map(([name, seen]) => [
    name,
    ...statuses.map((status) => String(seen.filter((one) => one === status).length)),
  ]);
}

function worstOf({ judgements }: Judged): Status {
  const seen = [...judgements.values()].map(({ status }) => status);
  return (['fail', 'unknown'] as const).find((status) => seen.includes(status)) ?? 'pass';
}

/** Why each assertion that did not pass did not. */
function reasonsOf({ judgements }: Judged): string[] {
  return [...judgements].flatMap(([name, { status, shown, because, validity }]) => {
    if (status === 'pass') return [];
    const lag = validity.lag === null ? '' : `; lag p99 ${validity.lag.p99.toFixed(1)} ms`;
    return [`${name}: ${status}, ${shown}: ${because} (stalled ${validity.stalled.toFixed(0)} ms${lag})`];
  });
}

/** `machine 190, generator 30, app 40`: what was left for the app. */
function cpuOf(all: readonly Judged[]): string {
  const bySubject = new Map<string, number[]>();
  for (const { recording } of all) {
    for (const series of recording.series.filter(({ name }) => name === 'cpu')) {
      const { mean } = summarizeSeries(series, recording);
      bySubject.set(series.subject, [...(bySubject.get(series.subject) ?? []), mean]);
    }
  }
  return [...bySubject].map(([subject, means]) => `${subject} ${median(means).toFixed(0)}`).join(', ');
}

function tallied(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
