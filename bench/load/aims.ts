import { median, ratios, spread } from '../statistics.ts';
import { autocannonCli, type Generator, ourArrivals, ourAutocannon } from './generators.ts';
import type { OneRun } from './one-run.ts';
import { placeOf, type Runs } from './runs.ts';

/** Share of the rate that must have reached the server. */
const kept = 0.99;

/**
 * The highest rate up to which every round dropped none, the server saw the rate, and the median of what `late` says is below
 * 1 ms.
 */
function sustained(generator: Generator, runs: Runs, rates: readonly number[], late: (run: OneRun) => number): number {
  let highest = 0;
  for (const rate of rates) {
    const list = runs.get(placeOf(generator, rate)) ?? [];
    if (list.length === 0 || list.some(({ dropped, served }) => dropped > 0 || served < kept * rate)) break;
    if (!(median(list.map(late)) < 1)) break;
    highest = rate;
  }
  return highest;
}

/** What our open loop sustains from one core, against k6, with the aims. */
export function openAims(open: readonly Generator[], runs: Runs, rates: readonly number[]): string[] {
  const k6 = open.find(({ name }) => name === 'k6');
  const lines: string[] = [];
  const own = sustained(ourArrivals, runs, rates, ({ lag }) => lag?.p99 ?? Number.NaN);
  lines.push(`arrivals sustains ${own}/s with none dropped, the rate kept and its lag p99 below 1 ms`);
  const at20k = runs.get(placeOf(ourArrivals, 20_000));
  if (at20k) {
    const lag = median(at20k.map((run) => run.lag?.p99 ?? Number.NaN));
    lines.push(`  lag p99 at 20,000/s: ${lag.toFixed(2)} ms; aim: below 1 ms: ${verdict(lag < 1)}`);
  }
  if (k6) {
    for (const [what, late] of [
      ['none dropped, the rate kept', () => 0],
      ['the same, and p99 at the server below 1 ms late', ({ lateness }: OneRun) => lateness ?? Number.NaN],
    ] as const) {
      const [we, they] = [sustained(ourArrivals, runs, rates, late), sustained(k6, runs, rates, late)];
      const against =
        they === 0
          ? 'k6 none of these rates, so no ratio'
          : `k6 ${they}/s, ${(we / they).toFixed(1)} times as much; aim: 3 times: ${verdict(we >= 3 * they)}`;
      lines.push(`  ${what}: arrivals ${we}/s, ${against}`);
    }
  }
  for (const generator of open) {
    const bytes = memoryPerOperation(generator, runs, rates);
    if (!Number.isNaN(bytes))
      lines.push(`  ${generator.name}: ${bytes.toFixed(0)} bytes of peak memory for each further operation`);
  }
  return lines;
}

/** What share of autocannon's own rate our closed loop reaches, with the aim. */
export function closedAim(runs: Runs): string {
  const [ours, theirs] = [ourAutocannon, autocannonCli].map((one) => runs.get(placeOf(one, undefined)) ?? []);
  const all = ratios(
    (ours ?? []).map(({ served }) => served),
    (theirs ?? []).map(({ served }) => served),
  );
  return `autocannon() of autocannon CLI: ${spread(all)}; aim: 0.9: ${verdict(median(all) >= 0.9)}`;
}

/** By how much the peak grows from the lowest to the highest rate, which leaves out what the tool itself takes. */
function memoryPerOperation(generator: Generator, runs: Runs, rates: readonly number[]): number {
  const lists = rates.flatMap((rate) => runs.get(placeOf(generator, rate))?.slice() ?? []);
  const byCount = lists.toSorted((a, b) => a.requests - b.requests);
  const [least, most] = [byCount[0], byCount.at(-1)];
  if (!least || !most || most.requests < 2 * least.requests) return Number.NaN;
  return (most.peakMemory - least.peakMemory) / (most.requests - least.requests);
}

function verdict(reached: boolean): string {
  return reached ? 'PASS' : 'MISS';
}
