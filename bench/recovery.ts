import { Command } from 'commander';
import { measureRecovery, type Recovery } from '../dist/analysis/recovery/recovery.js';
import { randomFor } from '../dist/random.js';
import type { Operation } from '../dist/recording/columns.js';
import { recordingOf } from '../dist/recording/literal.js';
import { progress, rounds, table } from './output.ts';

/** Uniform in (0, 1]. */
type Draw = () => number;

/** How an operation is answered that is due at an instant. */
interface Answer {
  /** Milliseconds. */
  readonly latency: number;
  /** From 0 to 1. */
  readonly errorShare: number;
}

/** A service, drawn anew for each run; `healed` is when the fault ends, which it does not feel. */
type Service = (draw: Draw, healed: number) => (dueAt: number) => Answer;

interface Shape {
  readonly name: string;
  /** Operations per second. */
  readonly rate: number;
  readonly before: number;
  readonly after: number;
}

/** Milliseconds for which the fault lasts. */
const away = 3_000;
const shapes: readonly Shape[] = [
  { name: '150/s, 4 + 6 s', rate: 150, before: 4_000, after: 6_000 },
  { name: '200/s, 3.5 + 7.5 s', rate: 200, before: 3_500, after: 7_500 },
  { name: '200/s, 8 + 20 s', rate: 200, before: 8_000, after: 20_000 },
];

const failing =
  (errorShare: number, later = errorShare): Service =>
  (draw, healed) =>
  (dueAt) => ({ latency: exponential(10, draw), errorShare: dueAt < healed ? errorShare : later });

const healthy: Readonly<Record<string, Service>> = {
  'no errors': failing(0),
  'errors of 0.5 %': failing(0.005),
  'errors of 2 %': failing(0.02),
  'errors of 5 %': failing(0.05),
  'a latency that wanders': (draw) => {
    const level = wandering(draw, 0.9);
    return (dueAt) => ({ latency: 100 * Math.exp(0.7 * level(dueAt)), errorShare: 0 });
  },
  'errors of 5 % that wander by half': (draw) => {
    const level = wandering(draw, 0.8);
    return (dueAt) => ({ latency: exponential(10, draw), errorShare: 0.05 * Math.exp(0.5 * level(dueAt) - 0.125) });
  },
  'a stall of a second in ten': (draw) => {
    const stalls: number[] = [];
    for (let at = exponential(10_000, draw); at < 60_000; at += exponential(10_000, draw)) stalls.push(at);
    return (dueAt) => {
      const left = stalls.filter((at) => dueAt >= at).map((at) => at + 1_000 - dueAt);
      return { latency: 10 + Math.max(0, ...left), errorShare: 0 };
    };
  },
};

/** Worse for good once the fault is over. */
const shifted: Readonly<Record<string, Service>> = {
  'errors 2 % to 6 %': failing(0.02, 0.06),
  'errors 5 % to 10 %': failing(0.05, 0.1),
  'errors 20 % to 28 %': failing(0.2, 0.28),
  '2 % slow, from none': (draw, healed) => (dueAt) => ({
    latency: dueAt >= healed && draw() < 0.02 ? 600 : exponential(10, draw),
    errorShare: 0,
  }),
};

/** `bench recovery`: services whose truth is known, judged by recovery. Simulated, so that it takes a minute and not a day. */
export function recoveryBenchmark(): Command {
  return new Command('recovery')
    .description('simulated services, healthy or worse for good: how often recovery says so of each')
    .option('--times <n>', 'how many runs of each service and each shape', rounds, 1_000)
    .action(({ times }: { readonly times: number }) => {
      const judged = (services: Readonly<Record<string, Service>>, counts: (seen: Recovery) => boolean) =>
        Object.entries(services).map(([name, service]) => {
          progress(`${name}, ${times} runs of ${shapes.length} shapes`);
          return [name, ...shapes.map((shape) => percent(shareOf(times, shape, service, counts)))];
        });
      const head = ['the service', ...shapes.map(({ name }) => name)];
      const [shift, delayed] = [(seen: Recovery) => seen.shifts.length > 0, (seen: Recovery) => seen.after > 0];
      const never = (seen: Recovery) => seen.after === Number.POSITIVE_INFINITY;
      console.log(table('Healthy, and said to have shifted for good: false alarms', head, judged(healthy, shift)));
      console.log(
        table(
          'Not touched by the fault, and said to have recovered late or never (a stall is a reason)',
          head,
          judged(healthy, delayed),
        ),
      );
      console.log(table('Worse for good, and said never to have recovered', head, judged(shifted, never)));
    });
}

/** The share of runs of which something is said, from 0 to 1; the same runs each time. */
function shareOf(times: number, shape: Shape, service: Service, says: (seen: Recovery) => boolean): number {
  let said = 0;
  for (let run = 0; run < times; run += 1) {
    const random = randomFor(1, run);
    if (says(oneRun(() => 1 - random(), shape, service))) said += 1;
  }
  return said / times;
}

/** Poisson arrivals. */
function oneRun(draw: Draw, { rate, before, after }: Shape, service: Service): Recovery {
  const [healedAt, duration, gap] = [before + away, before + away + after, 1_000 / rate];
  const answer = service(draw, healedAt);
  const operations: Partial<Operation>[] = [];
  for (let dueAt = exponential(gap, draw); dueAt < duration; dueAt += exponential(gap, draw)) {
    const { latency, errorShare } = answer(dueAt);
    operations.push({ dueAt, endedAt: dueAt + latency, category: draw() < errorShare ? '503' : 'ok' });
  }
  const faults = [{ inEffectAt: before, healedAt }];
  return measureRecovery(recordingOf({ operations, faults, duration, generator: { offeredRate: rate } }));
}

function exponential(mean: number, draw: Draw): number {
  return -mean * Math.log(draw());
}

/** What varies by itself, from each tenth of a second to the next: a first-order autoregression with a mean of 0 and a variance of 1. */
function wandering(draw: Draw, likeness: number): (at: number) => number {
  const levels: number[] = [];
  const normal = () => Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw());
  return (at) => {
    const tenth = Math.floor(at / 100);
    while (levels.length <= tenth)
      levels.push(likeness * (levels.at(-1) ?? 0) + Math.sqrt(1 - likeness ** 2) * normal());
    return levels[tenth] as number;
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
