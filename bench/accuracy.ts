import { Command, InvalidArgumentError } from 'commander';
import { type Bracket, capacityBracket, holdsTruth } from './accuracy/capacity.ts';
import { type Case, cases } from './accuracy/cases.ts';
import { type Figure, type Figures, isCount, isNear } from './accuracy/figures.ts';
import { KnownServer } from './accuracy/known-server.ts';
import { otherTools, type Programs } from './accuracy/others.ts';
import { ourArrivals, ourAutocannon } from './accuracy/ours.ts';
import type { Offer, Tool } from './accuracy/tool.ts';
import { machine, progress, rounds, table } from './output.ts';
import { median } from './statistics.ts';

/** One measurement: what the tool says, and what is true of this very run. */
interface Measurement {
  readonly seen: Figures;
  readonly truth: Figures;
}

/** `bench accuracy`: our loads and other tools against servers whose answers are known. */
export function accuracyBenchmark(): Command {
  return new Command('accuracy')
    .description('our loads, autocannon, k6 and wrk against servers with a known answer')
    .option('--rounds <n>', 'how often everything is measured', rounds, 1)
    .option('--cases <letters>', 'which cases, such as abd', caseLetters, 'abcdefgh')
    .option('--k6 <program>', 'the k6 to compare with', process.env.K6 ?? 'k6')
    .option('--wrk <program>', 'the wrk to compare with', process.env.WRK ?? 'wrk')
    .action(async ({ rounds, cases: letters, ...programs }: Programs & { rounds: number; cases: string }) => {
      const { tools: others, missing } = await otherTools(programs);
      const tools = [ourArrivals, ourAutocannon, ...others];
      const chosen = cases.filter(({ letter }) => letters.includes(letter));
      const measured = new Map<string, Measurement[]>();
      const brackets: Bracket[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        const say = (what: string) => progress(`round ${round} of ${rounds}: ${what}`);
        for (const one of chosen) {
          for (const tool of tools.filter((tool) => takesPart(tool, one))) {
            say(`(${one.letter}) ${one.title}, ${tool.name}`);
            append(measured, placeOf(one, tool), await measurement(one.behaviour, tool, one.offer));
          }
          if (one.letter === 'h') {
            say('(h) the same after a warm-up, arrivals');
            const { seen, truth } = await measurement(one.behaviour, ourArrivals, { ...one.offer, warmUp: 1_500 });
            append(measured, warmedUp, {
              seen: { 'p95 after a warm-up': seen.p95 ?? Number.NaN },
              truth: truth,
            });
          }
          if (one.letter === 'd') {
            say('(d) findCapacity');
            brackets.push(await capacityBracket(round));
          }
        }
      }
      console.log(machine());
      for (const line of missing) console.log(line);
      console.log(comparison(chosen, tools, measured));
      console.log(
        'In parentheses how far a figure is from the truth of its own run, which the server logged: the median of the rounds.\n' +
          'Aim of ours: times within 2 % or 0.5 ms, rates within 2 %, counts exact. autocannon has no p95: its p97.5 stands there.\n' +
          'Arrivals and k6 offer the rate; autocannon does in (b) and (h), as far as its -R goes; others send as fast as answers come.',
      );
      console.log(`Of what arrivals says, p99 of its own lag, in ms: ${lags(chosen, measured)}`);
      for (const { text, ...bracket } of brackets) {
        console.log(
          `(d) findCapacity: ${text}: ${holdsTruth(bracket) ? 'PASS' : 'MISS'} (aim: 400/s in it, width below 10 %)`,
        );
      }
    });
}

const warmedUp = 'h after a warm-up';
const placeOf = ({ letter }: Case, { name }: Tool) => `${letter} ${name}`;

/** Ours are only asked what they promise; the others are asked everything. */
function takesPart(tool: Tool, one: Case): boolean {
  return !tool.ours || one.fair(tool);
}

async function measurement(behaviour: string, tool: Tool, offer: Omit<Offer, 'url'>): Promise<Measurement> {
  await using server = await KnownServer.start(behaviour);
  const seen = await tool.measure({ ...offer, url: server.url });
  return { seen, truth: await server.truth(tool.open) };
}

function append<T>(to: Map<string, T[]>, place: string, value: T): void {
  to.set(place, [...(to.get(place) ?? []), value]);
}

function comparison(
  chosen: readonly Case[],
  tools: readonly Tool[],
  measured: ReadonlyMap<string, readonly Measurement[]>,
): string {
  const rows = chosen.flatMap((one) => [
    [`(${one.letter}) ${one.title}`],
    ...one.figures.map(([figure, designed]) => {
      const cells = tools.map((tool) => cellOf(figure, measured.get(placeOf(one, tool)), tool.ours));
      return [`  ${figure}`, designed, ...cells];
    }),
    ...(one.letter === 'h'
      ? [['  p95 after a warm-up', '5', cellOf('p95 after a warm-up', measured.get(warmedUp), true)]]
      : []),
  ]);
  const head = ['what (times in ms)', 'truth', ...tools.map(({ name }) => name)];
  return table(
    'What each tool says of a server with a known answer',
    head,
    rows.map((row) => filled(row, head.length)),
  );
}

/** How late our open loop sent, case by case: it is part of what it says of the server. */
function lags(chosen: readonly Case[], measured: ReadonlyMap<string, readonly Measurement[]>): string {
  return chosen
    .flatMap((one) => {
      const seen = measured.get(placeOf(one, ourArrivals))?.map(({ seen }) => seen['lag p99'] ?? Number.NaN);
      return seen ? [`(${one.letter}) ${median(seen).toFixed(2)}`] : [];
    })
    .join(', ');
}

function filled(row: readonly string[], length: number): string[] {
  return Array.from({ length }, (_, column) => row[column] ?? '');
}

/** `5.12 (+0.08) PASS`; of several rounds the medians, and how many missed. */
function cellOf(figure: Figure, measurements: readonly Measurement[] = [], ours: boolean): string {
  const pairs = measurements.map(({ seen, truth }) => [seen[figure] ?? Number.NaN, truth[figure] ?? 0] as const);
  if (pairs.length === 0) return '-';
  const value = median(pairs.map(([seen]) => seen));
  const deviation = median(pairs.map(([seen, truth]) => seen - truth));
  const text = `${shown(figure, value)} (${deviation < 0 ? '' : '+'}${shown(figure, deviation)})`;
  if (!ours) return text;
  const missed = pairs.filter(([seen, truth]) => !isNear(figure, seen, truth)).length;
  return `${text} ${missed === 0 ? 'PASS' : `MISS${pairs.length > 1 ? ` ${missed} of ${pairs.length}` : ''}`}`;
}

function shown(figure: Figure, value: number): string {
  if (isCount(figure)) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 100 ? 1 : 2);
}

function caseLetters(text: string): string {
  if (/^[a-h]+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be letters from a to h: abd.');
}
