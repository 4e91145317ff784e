import { Command } from 'commander';
import { shareInterval } from '../dist/analysis/stats/interval.js';
import type { Duration } from '../dist/duration.js';
import { machine, progress, rounds, table } from './output.ts';
import { type Arm, openRaces, type Raced } from './race/raced.ts';

interface Options {
  readonly runs: number;
  readonly races: number;
  readonly contenders: number;
  readonly widen: Duration;
}

/** `bench race`: how often a few races catch a check-then-act, plain and amplified, and whether the healthy twin is ever blamed. */
export function raceBenchmark(): Command {
  return new Command('race')
    .description('how many runs of a few races catch the defect naive-accept, plain and amplified')
    .option('--runs <n>', 'how many runs of each kind', rounds, 100)
    .option('--races <n>', 'how many races in a run', rounds, 3)
    .option('--contenders <n>', 'how many contenders in a race, at least 2', rounds, 2)
    .option('--widen <time>', 'how far the amplified races are widened', '20ms')
    .action(async (options: Options) => {
      const { runs, races, contenders, widen } = options;
      const arms: readonly Arm[] = [
        { name: 'naive-accept, plain', defects: 'naive-accept' },
        { name: 'naive-accept, amplified', defects: 'naive-accept', widen },
        { name: 'healthy twin, amplified', defects: '', widen },
      ];
      const results = new Map(arms.map((arm) => [arm, [] as Raced[]]));
      const bench = await openRaces();
      try {
        // By turns, so that what slows the machine down for a while slows all of them down.
        for (let run = 1; run <= runs; run++) {
          progress(`run ${run} of ${runs}`);
          for (const arm of arms) results.get(arm)?.push(await bench.run(arm, { races, contenders, seed: run }));
        }
      } finally {
        await bench.close();
      }
      console.log(machine());
      const title = `Runs of ${races} races of ${contenders} contenders that caught two winners, each race widened by up to ${widen} where amplified`;
      console.log(table(title, ['what', 'caught', 'share (95 %)', 'races with two winners'], rowsOf(results)));
    });
}

function rowsOf(results: ReadonlyMap<Arm, readonly Raced[]>): string[][] {
  return [...results].map(([{ name }, runs]) => {
    const caught = runs.filter(({ broken }) => broken > 0).length;
    const [low, high] = shareInterval(caught, runs.length).map((share) => (100 * share).toFixed(0));
    const broken = runs.reduce((sum, run) => sum + run.broken, 0);
    const races = runs.reduce((sum, run) => sum + run.races, 0);
    return [name, `${caught} of ${runs.length}`, `${low}-${high} %`, `${broken} of ${races}`];
  });
}
