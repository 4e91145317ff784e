import { fileURLToPath } from 'node:url';
import { findWinners } from '../../dist/analysis/races/winners.js';
import type { Duration } from '../../dist/duration.js';
import { experiment } from '../../dist/experiment.js';
import { race } from '../../dist/load/race.js';
import type { App } from '../../dist/stack/app/app.js';
import { command } from '../../dist/stack/app/command.js';
import { launch } from '../../dist/stack/app/standing-app.js';
import { type PostgresService, postgres } from '../../dist/stack/postgres/postgres.js';
import { type RedisService, redis } from '../../dist/stack/redis/redis.js';
import { openStack } from '../../dist/stack/stack.js';

/** Whom the races are run on, and how. */
export interface Arm {
  readonly name: string;
  /** As in ORDERING_DEFECTS. */
  readonly defects: string;
  /** How far the races are widened; undefined for plain ones. */
  readonly widen?: Duration;
}

/** What one run came to. */
export interface Raced {
  readonly races: number;
  /** Races that had two winners. */
  readonly broken: number;
}

/** How much a run is. */
interface Size {
  readonly races: number;
  readonly contenders: number;
  readonly seed: number;
}

/** Milliseconds after which a run that does not end is an error of the bench. */
const longest = 60_000;

/** The ordering service with and without its defect, on one Postgres and one Redis. Both stay up: a run has orders of its own. */
export async function openRaces() {
  const stack = await openStack({
    services: { postgres: postgres({ schema: inFixture('schema.sql'), statements: true }), redis: redis() },
  });
  const services = await stack.fresh();
  const apps = new Map<string, App>();
  const appOf = async ({ defects }: Arm): Promise<App> => {
    const env = { DATABASE_URL: services.postgres.url, REDIS_URL: services.redis.url, ORDERING_DEFECTS: defects };
    const started =
      apps.get(defects) ?? (await launch(command(['node', inFixture('main.ts')], { env, ready: '/ready' }), stack));
    apps.set(defects, started);
    return started;
  };
  return {
    async run(arm: Arm, size: Size): Promise<Raced> {
      return raced(await appOf(arm), services, arm, size);
    },
    async close(): Promise<void> {
      await Promise.all([...apps.values()].map((app) => app.stop()));
      await stack.close();
    },
  };
}

async function raced(
  app: App,
  services: { readonly postgres: PostgresService; readonly redis: RedisService },
  { widen }: Arm,
  { races, contenders, seed }: Size,
): Promise<Raced> {
  const vendors = Array.from({ length: contenders }, (_, index) => `vendor-${index}`);
  const routings: string[] = [];
  for (let n = 0; n < races; n++) routings.push(await openRouting(app, vendors));
  const recording = await experiment(
    {
      load: race({
        races,
        contenders,
        warmUp: '100ms',
        ...(widen !== undefined && { widen }),
        attempt: ({ race, contender }) => {
          const [key, value] = [routings[race] ?? '', vendors[contender] ?? ''];
          return { method: 'POST', path: `/routings/${key}/accept`, body: { vendor: value }, key, value };
        },
      }),
    },
    {
      app,
      services: Object.values(services),
      seed,
      signal: AbortSignal.timeout(longest),
      onPhase: () => {},
      onProgress: () => {},
    },
  );
  const seen = findWinners(recording);
  return { races: seen.races, broken: seen.violations.length };
}

/** An order that is offered to the vendors; the id of its routing. */
async function openRouting(app: App, vendors: readonly string[]): Promise<string> {
  const order = await post<{ order_id: string }>(app, '/orders', {
    from: 'whatsapp:+4915112345678',
    body: 'two coffees',
  });
  return (await post<{ routing_id: string }>(app, `/orders/${order.order_id}/offers`, { vendors })).routing_id;
}

async function post<T>(app: App, path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const answer = await app.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

function inFixture(file: string): string {
  return fileURLToPath(new URL(`../../fixtures/ordering/${file}`, import.meta.url));
}
