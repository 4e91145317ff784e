import type { Mutant } from './mutant.ts';

/** Mistakes with pg, with locks, and with who may decide a race. */
export const databaseMutants: readonly Mutant[] = [
  {
    defect: 'naive-accept',
    file: 'perf/vendor-race',
    title: 'vendor race, moderate',
    metric: 'race conditions',
    cause: /contenders were told that they had won/,
  },
  {
    defect: 'lock-outside-transaction',
    file: 'perf/vendor-race',
    title: 'vendor race, moderate',
    metric: 'race conditions',
    cause: /contenders were told that they had won/,
  },
  {
    defect: 'incr-arbiter',
    file: 'driver-failures/vendor-race-cut',
    title: 'vendor race, cut',
    metric: 'race conditions',
    cause: /\d+ races? of 100 had no winner at all/,
  },
  {
    defect: 'no-pool-error-handler',
    file: 'perf/database-restart',
    title: 'database restart, graceful',
    metric: 'database recovery',
    cause: /the app exited with code \d+ at/i,
  },
  {
    defect: 'no-client-error-handler',
    file: 'driver-failures/database-sessions',
    title: 'database failure, sessions',
    metric: 'database recovery',
    cause: /the app exited with code \d+ at/i,
  },
  {
    defect: 'no-query-timeout',
    file: 'driver-failures/database-silent',
    title: 'database failure, silent:',
    metric: 'error rate',
    cause: /operations over the whole run failed: timeout \(\d+\)\./,
  },
  {
    defect: 'no-connect-timeout',
    file: 'driver-failures/database-lock',
    title: 'database failure, pool',
    metric: 'error rate',
    cause: /operations during lockTable\(.*\) failed: timeout \(\d+\)\./,
  },
  {
    defect: 'poisoned-client',
    file: 'driver-failures/database-lock',
    title: 'database failure, lock',
    metric: 'error rate',
    cause: /operations during lockTable\(.*\), order only failed: 503 \(\d+\)\./,
  },
  {
    defect: 'leaked-connect',
    file: 'driver-failures/database-silent',
    title: 'database failure, silent for a while',
    metric: 'database recovery',
    cause: /Not as good as before within .* of the fault being lifted/,
  },
  {
    defect: 'leaked-transaction',
    file: 'driver-failures/database-sessions',
    title: 'database failure, sessions',
    metric: 'database recovery',
    cause: /Not as good as before within .* of the fault being lifted/,
  },
  {
    defect: 'blind-retry',
    file: 'driver-failures/database-replies',
    title: 'database failure, replies',
    metric: 'duplicated',
    cause: /keys? (was|were) applied more than once/,
  },
  {
    defect: 'stale-primary',
    file: 'driver-failures/database-failover',
    title: 'database failure, failover',
    metric: 'database recovery',
    cause: /Not as good as before within .* of the fault being lifted/,
  },
];
