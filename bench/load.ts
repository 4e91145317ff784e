import { Command, InvalidArgumentError } from 'commander';
import type { Programs } from './accuracy/others.ts';
import { closedAim, openAims } from './load/aims.ts';
import { autocannonCli, type Generator, generators } from './load/generators.ts';
import { type OneRun, oneRun } from './load/one-run.ts';
import { canPin } from './load/pinned.ts';
import { placeOf, type Runs } from './load/runs.ts';
import { machine, progress, rounds, table } from './output.ts';
import { median, ratios, spread } from './statistics.ts';

const connections = 50;
const warmUp = 1;
/** Share of the rate that must have reached the server, or higher rates are not tried. */
const hopeless = 0.9;

interface Options extends Programs {
  readonly rounds: number;
  readonly seconds: number;
  readonly rates: readonly number[];
}

/** `bench load`: what our loads can offer from one core, against other tools on the same static server. */
export function loadBenchmark(): Command {
  return new Command('load')
    .description('arrivals per second from one core, lag, CPU and memory, against k6 and autocannon')
    .option('--rounds <n>', 'how often everything is measured', rounds, 2)
    .option('--seconds <n>', 'how long each run lasts after its warm-up, at least 2', rounds, 3)
    .option(
      '--rates <list>',
      'arrivals per second, ascending',
      rateList,
      [1, 2, 5, 10, 20, 30, 40].map((k) => k * 1_000),
    )
    .option('--k6 <program>', 'the k6 to compare with', process.env.K6 ?? 'k6')
    .option('--wrk <program>', 'the wrk to compare with', process.env.WRK ?? 'wrk')
    .action(async (options: Options) => {
      const { all, missing } = await generators(options);
      const runs = await measured(all, options);
      const pinning = canPin
        ? 'generator on core 0, server on core 1'
        : 'nothing bound to a core: taskset or cores are missing';
      console.log(`${machine()}; ${pinning}`);
      for (const line of missing) console.log(line);
      const [open, closed] = (['open', 'closed'] as const).map((loop) => all.filter((one) => one.loop === loop));
      console.log(openTable(open ?? [], runs, options.rates));
      console.log(closedTable(closed ?? [], runs));
      for (const line of openAims(open ?? [], runs, options.rates)) console.log(line);
      console.log(closedAim(runs));
    });
}

/** All tools one after the other, in every round at each rate, so that what slows the machine down meets all. */
async function measured(all: readonly Generator[], { rounds, seconds, rates }: Options): Promise<Runs> {
  const runs: Runs = new Map();
  for (let round = 1; round <= rounds; round += 1) {
    const beyond = new Set<Generator>();
    const add = async (generator: Generator, rate: number | undefined) => {
      progress(`round ${round} of ${rounds}: ${generator.name}${rate === undefined ? '' : ` at ${rate}/s`}`);
      const run = await oneRun(generator, { rate, connections, seconds, warmUp });
      const place = placeOf(generator, rate);
      runs.set(place, [...(runs.get(place) ?? []), run]);
      if (rate !== undefined && run.served < hopeless * rate) beyond.add(generator);
    };
    for (const rate of rates) {
      for (const one of all) if (one.loop === 'open' && !beyond.has(one)) await add(one, rate);
    }
    for (const one of all) if (one.loop === 'closed') await add(one, undefined);
  }
  return runs;
}

function openTable(open: readonly Generator[], runs: Runs, rates: readonly number[]): string {
  const rows = open.flatMap((generator) =>
    rates.flatMap((rate) => {
      const list = runs.get(placeOf(generator, rate));
      if (!list) return [];
      const dropped = median(list.map((run) => (run.dropped / run.due) * 100));
      return [
        [
          `${generator.name}, ${rate.toLocaleString('en')}/s`,
          median(list.map(({ served }) => served)).toFixed(0),
          `${dropped.toFixed(2)} %`,
          times(list.map(({ lag }) => lag?.p99)),
          times(list.map(({ lateness }) => lateness)),
          median(list.map(({ cpu }) => cpu)).toFixed(1),
          megabytes(list),
        ],
      ];
    }),
  );
  const head = [
    'open loop',
    'served/s',
    'dropped',
    'lag p99, ms',
    'at the server, ms',
    'CPU/request, us',
    'peak memory, MB',
  ];
  return table('Arrivals from one core: medians, of lags the median (least-greatest) of the rounds', head, rows);
}

function closedTable(closed: readonly Generator[], runs: Runs): string {
  const yardstick = runs.get(placeOf(autocannonCli, undefined))?.map(({ served }) => served) ?? [];
  const rows = closed.flatMap((generator) => {
    const list = runs.get(placeOf(generator, undefined));
    if (!list) return [];
    const served = list.map((run) => run.served);
    return [
      [
        generator.name,
        median(served).toFixed(0),
        spread(ratios(served, yardstick)),
        median(list.map(({ cpu }) => cpu)).toFixed(1),
        megabytes(list),
      ],
    ];
  });
  const head = [
    `closed loop, ${connections} connections`,
    'requests/s',
    'of autocannon CLI',
    'CPU/request, us',
    'peak memory, MB',
  ];
  return table('As fast as the server answers, from one core: medians, ratios with their range', head, rows);
}

function times(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return '-';
  return `${median(known).toFixed(2)} (${Math.min(...known).toFixed(2)}-${Math.max(...known).toFixed(2)})`;
}

function megabytes(list: readonly OneRun[]): string {
  return (median(list.map(({ peakMemory }) => peakMemory)) / 1e6).toFixed(0);
}

function rateList(text: string): number[] {
  const rates = text.split(',').map(Number);
  if (rates.every((rate) => Number.isFinite(rate) && rate > 0)) return rates.toSorted((a, b) => a - b);
  throw new InvalidArgumentError('It must be numbers above 0, separated by commas: 1000,20000.');
}
