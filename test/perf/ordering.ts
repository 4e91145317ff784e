import {
  type App,
  command,
  type PostgresService,
  postgres,
  type RedisService,
  type Request,
  redis,
} from 'breaking-point';
import { resilience } from 'breaking-point/vitest';
import { suite } from './suite.ts';

const app = ({ postgres, redis }: { readonly postgres: PostgresService; readonly redis: RedisService }) =>
  command(['node', 'fixtures/ordering/main.ts'], {
    env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    ready: '/ready',
    live: '/health',
  });
const schema = 'fixtures/ordering/schema.sql';

/** The ordering service with real Postgres and Redis behind the fault proxy. Redis keeps what it has acknowledged. */
export const test = resilience({
  services: { postgres: postgres({ schema }), redis: redis({ appendOnly: true }) },
  app,
  suite,
});

/** The same with a Postgres that can be slow at some statements and not at others. */
export const testOfStatements = resilience({
  services: { postgres: postgres({ schema, statements: true }), redis: redis({ appendOnly: true }) },
  app,
  suite,
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

/** Opens routings, each offered to the same vendors. Their ids. */
export async function openRoutings(app: App, count: number, vendors: readonly string[]): Promise<string[]> {
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const routings: string[] = [];
  for (let n = 0; n < count; n++) {
    const order = await post<{ order_id: string }>('/orders', {
      from: 'whatsapp:+4915112345678',
      body: `two coffees, order ${n}`,
    });
    routings.push((await post<{ routing_id: string }>(`/orders/${order.order_id}/offers`, { vendors })).routing_id);
  }
  return routings;
}

/** A vendor wants an order: the routing is the key, the vendor its value. */
export const accept = (routing: string, vendor: string): Request => ({
  method: 'POST',
  path: `/routings/${routing}/accept`,
  body: { vendor },
  key: routing,
  value: vendor,
  name: 'accept',
});

/** The vendors that hold an order. */
export const acceptedVendors =
  "select routing_id as key, vendor as value from vendor_routing_responses where response = 'ACCEPTED'";
