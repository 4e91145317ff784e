import { fileURLToPath } from 'node:url';
import { experiment } from '../../dist/experiment.js';
import { refuse } from '../../dist/fault/wire/refuse.js';
import { arrivals } from '../../dist/load/arrivals.js';
import type { Recording } from '../../dist/recording/recording.js';
import { command } from '../../dist/stack/app/command.js';
import { launch } from '../../dist/stack/app/standing-app.js';
import { type PostgresService, postgres } from '../../dist/stack/postgres/postgres.js';
import { type RedisService, redis } from '../../dist/stack/redis/redis.js';
import type { ServiceDefinition } from '../../dist/stack/service.js';
import { openStack, type Stack } from '../../dist/stack/stack.js';
import { applyEachOnce } from '../../dist/verdict/checks/apply-each-once.js';
import { loseNothing } from '../../dist/verdict/checks/lose-nothing.js';
import { judge } from '../../dist/verdict/judge.js';
import type { Judgement } from '../../dist/verdict/judgement.js';
import { errorRateOf } from '../../dist/verdict/metrics/error-rate.js';
import { p99 } from '../../dist/verdict/metrics/latency.js';
import { recoveryOf } from '../../dist/verdict/metrics/recovery.js';

/** Milliseconds after which a run that does not end is an error of the bench. */
const longest = 120_000;

/** What is asserted of every run, by the bounds of the perf suite. */
const assertions: Readonly<Record<string, (recording: Recording) => Judgement>> = {
  'p99 before the outage < 500 ms': (recording) => judge(p99, '<', 500, recording.before),
  'error rate during the outage < 1 %': (recording) => judge(errorRateOf(recording.during), '<', 1, recording.during),
  'p99 of the whole run < 500 ms': (recording) => judge(p99, '<', 500, recording),
  'recovers within 5 s': (recording) => judge(recoveryOf(recording), '<=', 5_000, recording),
  'loses nothing': loseNothing,
  'applies each once': applyEachOnce,
};

/** The assertions by their names, in their order. */
export const assertionNames: readonly string[] = Object.keys(assertions);

/** A run that was judged: a judgement for each assertion, by its name. */
export interface Judged {
  readonly recording: Recording;
  readonly judgements: ReadonlyMap<string, Judgement>;
}

type Definitions = { postgres: ServiceDefinition<PostgresService>; redis: ServiceDefinition<RedisService> };

/** Postgres and Redis for the ordering service. */
export function openOrderingStack(): Promise<Stack<Definitions>> {
  return openStack({
    services: { postgres: postgres({ schema: inFixture('schema.sql') }), redis: redis({ appendOnly: true }) },
  });
}

/** The healthy ordering service through a Redis outage of 3 s, freshly started on clean services, and judged. */
export async function judgedRun(stack: Stack<Definitions>, seed: number): Promise<Judged> {
  const { postgres, redis } = await stack.fresh();
  const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const app = await launch(command(['node', inFixture('main.ts')], { env, ready: '/ready' }), stack);
  try {
    const recording = await experiment(
      {
        load: arrivals({ rate: 200, duration: '11s', request: ({ n }) => webhook(n) }),
        faults: [refuse(redis).from('3s').to('6s')],
        finalState: () => postgres.query('select message_sid as key from orders'),
      },
      {
        app,
        services: [postgres, redis],
        others: () => stack.pids,
        seed,
        signal: AbortSignal.timeout(longest),
        onPhase: () => {},
        onProgress: () => {},
      },
    );
    const judgements = Object.entries(assertions).map(([name, judge]) => [name, judge(recording)] as const);
    return { recording, judgements: new Map(judgements) };
  } finally {
    await app.stop();
  }
}

function webhook(n: number) {
  const body = { message_sid: `SM${n}`, from: 'whatsapp:+4915112345678', body: `two coffees, order ${n}` };
  return { method: 'POST', path: '/webhook', body, key: `SM${n}`, name: 'webhook' };
}

function inFixture(file: string): string {
  return fileURLToPath(new URL(`../../fixtures/ordering/${file}`, import.meta.url));
}
