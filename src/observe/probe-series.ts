import type { Series } from '../recording/recording.ts';
import type { ProbeSample } from '../stack/app/node-probe.ts';

/** Milliseconds of one value: twice the time between two samples, so that a process that is on time has one in each. */
const bin = 1_000;

/** Parses a probe's file. A line that was cut by a crash, or by a full disk, is left out. */
export function parseProbe(text: string): ProbeSample[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line ? [JSON.parse(line) as ProbeSample] : [];
    } catch {
      // Half a line.
      return [];
    }
  });
}

/**
 * Series of a Node app, one value a second. An app may be several processes (npm and its child, a cluster): delay and
 * utilisation are those of the worst event loop, garbage collection and heap are sums. A second without a sample is
 * NaN: no process ran, or all were blocked, which the next value tells.
 * @param from the first instant of the first second, and `to` the end, on the clock of the samples
 * @returns nothing when there was no sample at all
 */
export function probeSeries(subject: string, samples: readonly ProbeSample[], from: number, to: number): Series[] {
  const seconds = Math.ceil((to - from) / bin);
  const bins = Array.from({ length: Math.max(0, seconds) }, (): ProbeSample[] => []);
  for (const sample of samples) bins[Math.floor((sample.at - from) / bin)]?.push(sample);
  if (bins.every((those) => those.length === 0)) return [];
  const at = bins.map((_, n) => Math.min((n + 1) * bin, to - from));
  const series = (name: string, unit: Series['unit'], of: (those: readonly ProbeSample[]) => number): Series => {
    const values = bins.map((those) => (those.length > 0 ? of(those) : Number.NaN));
    return { subject, name, unit, at, values };
  };
  return [
    series('event-loop delay p99', 'ms', (those) => most(those.map(({ p99 }) => p99))),
    series('event-loop delay max', 'ms', (those) => most(those.map(({ max }) => max))),
    series('event-loop utilisation', '%', (those) => 100 * most(those.map(({ busy }) => busy))),
    series('garbage collection', '%', (those) => sum(groupByProcess(those).map(shareOfCollecting))),
    series('heap used', 'bytes', (those) => sum(groupByProcess(those).map((own) => own.at(-1)?.heap ?? 0))),
  ];
}

function groupByProcess(samples: readonly ProbeSample[]): ProbeSample[][] {
  return [...Map.groupBy(samples, ({ pid }) => pid).values()];
}

/** In per cent of the time that the samples of a process span. */
function shareOfCollecting(own: readonly ProbeSample[]): number {
  const span = sum(own.map((sample) => sample.span));
  return span > 0 ? (100 * sum(own.map(({ gc }) => gc))) / span : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function most(values: readonly number[]): number {
  return values.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY);
}
