import type { Suite } from 'breaking-point';

/** What this suite says of the ordering service in words of its own. Grades: times in milliseconds, shares in per cent. */
export const suite = {
  scenarios: [
    { title: 'webhook load, light' },
    { title: 'webhook load, moderate' },
    { title: 'webhook load, heavy' },
    { title: 'webhook load, stress' },
    { title: 'vendor race, light' },
    { title: 'vendor race, moderate' },
    { title: 'vendor race, heavy' },
    { title: 'vendor race, stress' },
    { title: 'redis failure, connection', outage: 30 },
    { title: 'redis failure, timeout', outage: 60 },
    { title: 'redis failure, slow', outage: 45 },
    { title: 'redis failure, crash', outage: 60 },
    { title: 'redis failure, recovery', outage: 120 },
    { title: 'database restart, graceful' },
    { title: 'database restart, crash' },
    { title: 'database restart, pool' },
    { title: 'database restart, slow' },
    { title: 'database restart, cascade' },
  ],
  notMeasured: [
    'messages processed after a Redis outage, over time',
    'race time p99 (it needs 299 races)',
    'failover of the database',
    'database statement p95',
    'cache hit rate',
    'trace p95',
  ],
  remedies: {
    rps: 'To try next: a larger connection pool (10 to 30), an index on every column that the path filters by, fewer statements per request; then look whether the app or the database has no CPU left.',
    latency:
      'To try next: indexes on webhook_idempotency(message_sid), vendor_routing_responses(routing_id) and (routing_id, response); then waits for a connection of the pool, and the event-loop delay of the app.',
    oneWinner:
      "A healthy service lets the database decide: CREATE UNIQUE INDEX ... ON vendor_routing_responses(routing_id) WHERE response = 'ACCEPTED', or SELECT ... FOR UPDATE inside the transaction that writes; never a read followed by a write on its own.",
    lost: 'A healthy service answers 2xx only after the message is durable: commit to Postgres before the answer, and see that whatever is queued elsewhere survives the outage.',
    duplicated:
      'A healthy service applies a message once however often it is sent or retried: record its id in the same transaction (INSERT ... ON CONFLICT DO NOTHING on webhook_idempotency) and apply only when the row was new.',
    backlog:
      'A healthy service drains what waited faster than new work comes, and takes no more than it can hold: to try next, more workers (concurrency 10), batches (50 messages, or every 500 ms), priority queues so that what is fresh does not wait behind what is old, and an answer of 503 when the queue is full.',
    raceTime:
      'To try next: an index on (routing_id, response); hold the row lock for one statement only; look for waits on the connection pool.',
    redisOutage:
      'A healthy service goes on without Redis: it queues in the database meanwhile and drains it afterwards, has a time-out on every Redis call, and a circuit breaker (5 failures, 60 s).',
  },
  grades: {
    RPS: [
      { below: 100, grade: 'critical', action: 'act now' },
      { below: 500, grade: 'warning', action: 'optimise the database path' },
      { below: 1_000, grade: 'good', action: 'monitor' },
      { grade: 'excellent', action: null },
    ],
    p99: [
      { below: 500, grade: 'good', action: null },
      { below: 2_000, grade: 'warning', action: 'database bottleneck' },
      { below: 5_000, grade: 'critical', action: 'severe' },
      { grade: 'critical', action: 'queue saturation' },
    ],
    'race time': [
      { below: 100, grade: 'excellent', action: null },
      { below: 500, grade: 'good', action: null },
      { below: 1_000, grade: 'warning', action: 'check database latency' },
      { grade: 'critical', action: 'look at lock contention' },
    ],
  },
} as const satisfies Suite;
