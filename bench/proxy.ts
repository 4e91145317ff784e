import { Command } from 'commander';
import { postgres } from '../dist/stack/postgres/postgres.js';
import { redis } from '../dist/stack/redis/redis.js';
import { openStack } from '../dist/stack/stack.js';
import { machine, progress, rounds, table } from './output.ts';
import { askedBandwidth, askedLatency, bandwidthError, latencyErrors } from './proxy/accuracy.ts';
import { type Contender, howToGetIt, realToxiproxy, type Starter, startOurs } from './proxy/contenders.ts';
import { canMeasure, cpuPerGibibyte, memoryPerConnection } from './proxy/resources.ts';
import { Throughput } from './proxy/throughput.ts';
import { connectionOf, fillTables, findPgbench, postgresWorks, redisWorks, type Work } from './proxy/work.ts';
import { median, quantile } from './statistics.ts';

type Track = (pid: number) => void;

/** `bench proxy`: our fault proxy against the real Toxiproxy and against no proxy. */
export function proxyBenchmark(): Command {
  return new Command('proxy')
    .description('the fault proxy against the real Toxiproxy and no proxy: throughput, accuracy, CPU and memory')
    .option('--rounds <n>', 'how often everything is measured', rounds, 5)
    .action(async ({ rounds }: { rounds: number }) => {
      const real = await realToxiproxy();
      if (!real) console.error(`No Toxiproxy found, so its columns stay empty. To have them: ${howToGetIt}`);
      const starters = [...(real ? [real] : []), startOurs];
      const stack = await openStack({ services: { postgres: postgres(), redis: redis() } });
      const track: Track = (pid) => stack.track(pid);
      const contenders: Contender[] = [];
      try {
        for (const start of starters) contenders.push(await start(track));
        const services = await stack.fresh();
        console.log(machine());
        await throughput(contenders, rounds, services.postgres.directUrl, services.redis.directUrl);
        await accuracy(contenders, rounds);
        await resources(contenders, starters, rounds, track);
      } finally {
        for (const contender of contenders) await contender.stop();
        await stack.close();
      }
    });
}

async function throughput(
  contenders: readonly Contender[],
  rounds: number,
  postgresUrl: string,
  redisUrl: string,
): Promise<void> {
  const connection = connectionOf(postgresUrl);
  const pgbench = await findPgbench();
  const works: Work[] = [...redisWorks];
  if (pgbench === undefined)
    console.error('No pgbench found, so its rows are left out. It comes with postgresql-contrib.');
  else {
    await fillTables(pgbench, connection, connection.port);
    works.push(...postgresWorks(pgbench, connection));
  }
  const measured = new Throughput();
  const ports = { redis: Number(new URL(redisUrl).port), postgres: connection.port };
  await measured.run(works, ports, contenders, rounds);
  console.log(measured.table());
  console.log(measured.addedLatency());
  if (canMeasure) console.log(measured.cpuPerOperation(works));
}

async function accuracy(contenders: readonly Contender[], rounds: number): Promise<void> {
  const latency = new Map<string, number[]>();
  const bandwidth = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      progress(`round ${round} of ${rounds}: accuracy of ${contender.name}`);
      append(latency, contender.name, await latencyErrors(contender));
      const error = await bandwidthError(contender);
      if (error !== undefined) append(bandwidth, contender.name, [error]);
    }
  }
  const size = (errors: readonly number[]) => errors.map(Math.abs);
  const ms = (share: number) => (errors: readonly number[]) => `${quantile(size(errors), share).toFixed(2)} ms`;
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  console.log(
    table(
      `Accuracy: distance from what was asked, whichever way (latency ${askedLatency} ms, bandwidth ${askedBandwidth} KB/s)`,
      ['what', 'aim', 'Toxiproxy', 'ours'],
      [
        ['latency, p50', '1 ms', ...shown(latency, ms(0.5))],
        ['latency, p99', '3 ms', ...shown(latency, ms(0.99))],
        ['latency, earliest', '-', ...shown(latency, (errors) => `${Math.min(...errors).toFixed(2)} ms`)],
        ['bandwidth, median', '2 %', ...shown(bandwidth, (errors) => percent(median(errors)))],
        ['bandwidth, furthest', '2 %', ...shown(bandwidth, (errors) => percent(Math.max(...size(errors))))],
      ],
    ),
  );
}

async function resources(
  contenders: readonly Contender[],
  starters: readonly Starter[],
  rounds: number,
  track: Track,
): Promise<void> {
  if (!canMeasure) {
    console.error('CPU and memory of another process are read from /proc, which this system does not have.');
    return;
  }
  const plain = new Map<string, number[]>();
  const toxic = new Map<string, number[]>();
  const memory = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      progress(`round ${round} of ${rounds}: CPU and memory of ${contender.name}`);
      append(plain, contender.name, [await cpuPerGibibyte(contender)]);
      append(toxic, contender.name, [await cpuPerGibibyte(contender, 0)]);
      const start = starters[index];
      if (start) append(memory, contender.name, [await memoryPerConnection(start, track)]);
    }
  }
  const seconds = (values: readonly number[]) => `${median(values).toFixed(2)} s`;
  console.log(
    table(
      'CPU and memory of the proxy: medians',
      ['what', 'Toxiproxy', 'ours'],
      [
        ['CPU per GiB, no toxic', ...shown(plain, seconds)],
        ['CPU per GiB, latency 0 ms', ...shown(toxic, seconds)],
        ['memory per idle connection', ...shown(memory, (values) => `${(median(values) / 1_024).toFixed(1)} KiB`)],
      ],
    ),
  );
}

function append(to: Map<string, number[]>, name: string, values: readonly number[]): void {
  to.set(name, [...(to.get(name) ?? []), ...values]);
}

/** The cells of Toxiproxy and ours. */
function shown(measured: ReadonlyMap<string, number[]>, text: (values: readonly number[]) => string): string[] {
  return (['Toxiproxy', 'ours'] as const).map((name) => {
    const values = measured.get(name);
    return values ? text(values) : '-';
  });
}
