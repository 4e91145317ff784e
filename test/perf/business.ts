import { arrivals, type Duration, type Load, mixed } from 'breaking-point';
import { order } from './back-office.ts';
import { accept, webhook } from './ordering.ts';

/** The one vendor who is offered every routing: nobody competes, and accepting again changes nothing. */
export const vendor = 'vendor-0';

/**
 * All that the service does, 200 times a second: customers' messages, orders of the back office, and now and then a vendor who
 * accepts. Only the messages can do without Postgres.
 */
export const business = (routings: readonly string[], duration: Duration): Load =>
  arrivals({
    rate: 200,
    duration,
    request: mixed({
      weights: { webhook: 88, order: 10, accept: 2 },
      requests: {
        webhook: ({ n }) => webhook(n),
        order: ({ n }) => order(n),
        accept: ({ n }) => accept(routings[Math.abs(n) % routings.length] ?? '', vendor),
      },
    }),
  });

/** What the business has left: orders of messages, orders of the back office, and vendors who hold one. */
export const doneBusiness = `
  select message_sid as key, null as value from orders where message_sid is not null
  union all
  select body, null from orders where body like 'one cake, %'
  union all
  select routing_id::text, vendor from vendor_routing_responses where response = 'ACCEPTED'`;
