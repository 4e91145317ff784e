import { fileURLToPath } from 'node:url';
import type { App } from '../../dist/stack/app/app.js';
import { command } from '../../dist/stack/app/command.js';
import { launch } from '../../dist/stack/app/standing-app.js';
import { postgres } from '../../dist/stack/postgres/postgres.js';
import { redis } from '../../dist/stack/redis/redis.js';
import type { Service, ServiceDefinition } from '../../dist/stack/service.js';
import { openStack } from '../../dist/stack/stack.js';
import { median } from '../statistics.ts';
import type { Stages } from './stages.ts';

// One round: a stack opened, given an app, reset five times and closed. Prints its stages as one line of JSON.
const load = performance.now();
const resets = 5;
const starts: Record<string, { readonly from: number; readonly took: number }> = {};
const freshTimes: Record<string, number[]> = {};

const began = performance.now();
const stack = await openStack({
  services: {
    postgres: timed('postgres', postgres({ schema: inFixture('schema.sql') })),
    redis: timed('redis', redis({ appendOnly: true })),
  },
});
const opened = performance.now();
let services = await stack.fresh();
const fresh = performance.now();
let app = await start();
const ready = performance.now();

const resetTimes: number[] = [];
const appTimes: number[] = [];
for (let time = 0; time < resets; time += 1) {
  await app.stop();
  const ended = performance.now();
  services = await stack.fresh();
  const clean = performance.now();
  app = await start();
  resetTimes.push(clean - ended);
  appTimes.push(performance.now() - clean);
}
await app.stop();
const last = performance.now();
await stack.close();
const closed = performance.now();

const measured: Stages = {
  load,
  toReady: ready - began,
  open: opened - began,
  postgres: starts.postgres?.took ?? Number.NaN,
  redis: starts.redis?.took ?? Number.NaN,
  other: (starts.postgres?.from ?? Number.NaN) - began,
  firstFresh: fresh - opened,
  firstApp: ready - fresh,
  reset: median(resetTimes),
  resetPostgres: median(freshTimes.postgres?.slice(1) ?? []),
  resetRedis: median(freshTimes.redis?.slice(1) ?? []),
  app: median(appTimes),
  close: closed - last,
};
console.log(JSON.stringify(measured));

function start(): Promise<App> {
  const env = { DATABASE_URL: services.postgres.url, REDIS_URL: services.redis.url };
  return launch(command(['node', inFixture('main.ts')], { env, ready: '/ready' }), stack);
}

/** The definition, with the times that its server takes to start and to become fresh. */
function timed<S extends Service>(name: string, definition: ServiceDefinition<S>): ServiceDefinition<S> {
  return {
    ...definition,
    async start(...args) {
      const from = performance.now();
      const server = await definition.start(...args);
      starts[name] = { from, took: performance.now() - from };
      return {
        stop: () => server.stop(),
        async fresh() {
          const asked = performance.now();
          const service = await server.fresh();
          freshTimes[name] = [...(freshTimes[name] ?? []), performance.now() - asked];
          return service;
        },
      };
    },
  };
}

function inFixture(file: string): string {
  return fileURLToPath(new URL(`../../fixtures/ordering/${file}`, import.meta.url));
}
