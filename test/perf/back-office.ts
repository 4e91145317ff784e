import type { App, PostgresService, Request } from 'breaking-point';
import { accept } from './ordering.ts';

/** An order that the back office enters, the n-th: straight into Postgres, with no queue between. */
export const order = (n: number): Request => ({
  method: 'POST',
  path: '/orders',
  body: { from: 'whatsapp:+4915112345678', body: `one cake, order ${n}` },
  key: `one cake, order ${n}`,
  name: 'order',
});

/** Orders of the back office, and instead of one in so many a vendor who accepts: each holds a connection for as long as that lasts. */
export const ordersWithVendors =
  (routings: readonly string[], vendor: string, oneIn: number) =>
  ({ n }: { readonly n: number }): Request =>
    n % oneIn === 0 ? accept(routings[Math.abs(n / oneIn) % routings.length] ?? '', vendor) : order(n);

/** The orders that were entered. */
export const enteredOrders = "select body as key from orders where body like 'one cake, %'";

/** Makes routings, each offered to the same vendors, around the app. Their ids. */
export async function offeredRoutings(
  postgres: PostgresService,
  count: number,
  vendors: readonly string[],
): Promise<string[]> {
  const routings = await postgres.query<{ id: string }>(
    `with entered as (
      insert into orders (customer, body) select 'whatsapp:+4915112345678', 'two coffees' from generate_series(1, $1) returning id
    ), routing as (
      insert into vendor_routing (order_id) select id from entered returning id
    ), offers as (
      insert into vendor_offers (routing_id, vendor) select id, vendor from routing, unnest($2::text[]) vendor
    )
    select id from routing`,
    [count, vendors],
  );
  return routings.map(({ id }) => id);
}

/** Connections that the app's pool may have. */
const pool = 10;

/**
 * Makes the app open all connections that its pool may have, so that most of them are idle: as after a busy hour. A burst opens as many as
 * it needs at once, and so is repeated.
 */
export async function fillPool(app: App, postgres: PostgresService): Promise<void> {
  for (let bursts = 0; bursts < 50; bursts++) {
    await Promise.all(Array.from({ length: 40 }, () => app.fetch('/orders?message_sid=SM0')));
    const sessions = await postgres.query("select from pg_stat_activity where application_name = 'ordering'");
    if (sessions.length >= pool) return;
  }
  throw new Error(`the app did not open ${pool} connections in 50 bursts of 40 requests`);
}
