import { command, postgres, type Request, redis } from 'breaking-point';
import { resilience } from 'breaking-point/vitest';

/** The ordering service with real Postgres and Redis behind the fault proxy. Redis keeps what it has acknowledged. */
export const test = resilience({
  services: {
    postgres: postgres({ schema: 'fixtures/ordering/schema.sql' }),
    redis: redis({ appendOnly: true }),
  },
  app: ({ postgres, redis }) =>
    command(['node', 'fixtures/ordering/main.ts'], {
      env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
      ready: '/ready',
    }),
});

/** A customer's message, the n-th. */
export const webhook = (n: number): Request => ({
  method: 'POST',
  path: '/webhook',
  body: { message_sid: `SM${n}`, from: 'whatsapp:+4915112345678', body: `two coffees, order ${n}` },
  key: `SM${n}`,
  name: 'webhook',
});

/** The messages that became orders. */
export const appliedMessages = 'select message_sid as key from orders';
