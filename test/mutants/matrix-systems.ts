import type { Mutant } from './mutant.ts';

const oneWinner = { metric: 'race conditions', cause: /contenders were told that they had won/ } as const;
const withoutFallback = {
  metric: 'Redis outage error rate',
  cause: /without Redis: it queues in the database/,
} as const;

/** Mistakes that the four systems find, in the scenarios that a run for every change leaves out. */
export const systemMutants: readonly Mutant[] = [
  {
    defect: 'blocking-hash',
    file: 'perf/webhook-load',
    title: 'webhook load, moderate',
    profile: 'full',
    metric: 'RPS',
    cause: /ok answers in .*, from autocannon 50 connections/,
  },
  {
    defect: 'few-connections',
    file: 'perf/webhook-load',
    title: 'webhook load, heavy',
    profile: 'full',
    metric: 'error rate',
    cause: /operations over the whole run failed: reset \(/,
  },
  {
    defect: 'blocking-hash',
    file: 'perf/webhook-load',
    title: 'webhook load, stress',
    profile: 'full',
    metric: 'RPS',
    cause: /ok answers in .*, from autocannon 500 connections/,
  },
  { defect: 'naive-accept', file: 'perf/vendor-race', title: 'vendor race, light', profile: 'full', ...oneWinner },
  { defect: 'naive-accept', file: 'perf/vendor-race', title: 'vendor race, heavy', profile: 'full', ...oneWinner },
  {
    defect: 'lock-outside-transaction',
    file: 'perf/vendor-race',
    title: 'vendor race, stress',
    profile: 'full',
    ...oneWinner,
  },
  {
    defect: 'redis-offline-queue',
    file: 'perf/redis-failure',
    title: 'redis failure, timeout',
    profile: 'full',
    metric: 'Redis outage error rate',
    cause: /operations during blackhole\(redis\) .*failed: .*timeout \(\d+\)/,
  },
  {
    defect: 'hoarding-worker',
    file: 'perf/redis-failure',
    title: 'redis failure, slow',
    profile: 'full',
    metric: 'queue backlog',
    cause: /It was largest at .*, during latency\(redis, 50 ms\): \d{3,}\./,
  },
  {
    defect: 'silent-worker',
    file: 'perf/redis-failure',
    title: 'redis failure, crash',
    profile: 'full',
    metric: 'Redis recovery',
    cause: /Not as good as before within .* of the fault being lifted/,
  },
  {
    defect: 'no-redis-fallback',
    file: 'perf/redis-failure',
    title: 'redis failure, recovery',
    profile: 'full',
    ...withoutFallback,
  },
  {
    defect: 'stuck-breaker',
    file: 'perf/database-restart',
    title: 'database restart, crash',
    profile: 'full',
    metric: 'database recovery',
    cause: /Not as good as before within .* of the fault being lifted/,
  },
  {
    defect: 'no-pool-error-handler',
    file: 'perf/database-restart',
    title: 'database restart, pool',
    profile: 'full',
    metric: 'database recovery',
    cause: /the app exited with code \d+ at/i,
  },
  {
    defect: 'poisoned-client',
    file: 'perf/database-restart',
    title: 'database restart, slow',
    profile: 'full',
    metric: 'lost',
    cause: /keys? (was|were) acknowledged and (is|are) not in the final state/,
  },
  {
    defect: 'no-redis-fallback',
    file: 'perf/database-restart',
    title: 'database restart, cascade',
    profile: 'full',
    ...withoutFallback,
  },
];
