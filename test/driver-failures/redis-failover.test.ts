import { arrivals, command, postgres, profile, redis } from 'breaking-point';
import { resilience } from 'breaking-point/vitest';
import { afterAll, describe, expect } from 'vitest';
import { stamp } from './customer.ts';
import { demote, FloatingAddress, replicate } from './faults/floating-address.ts';

const address = await FloatingAddress.open();
afterAll(() => address.close());

/** The ordering service with two Redis, of which an address of its own says which to use. */
const test = resilience({
  services: { postgres: postgres({ schema: 'fixtures/ordering/schema.sql' }), redis: redis(), replica: redis() },
  app: ({ postgres, redis }) => {
    address.leadTo(redis);
    return command(['node', 'fixtures/ordering/main.ts'], {
      env: { DATABASE_URL: postgres.url, REDIS_URL: address.url },
      ready: '/ready',
    });
  },
});

const { end, duration } = profile({
  quick: { end: '4s', duration: '7s' },
  full: { end: '13s', duration: '20s' },
  stress: { end: '63s', duration: '75s' },
} as const);

describe('redis failure', () => {
  test('redis failure, failover: stamps are given again once there is a primary', async ({ redis, replica, run }) => {
    const recording = await run({
      prepare: () => replicate(redis, replica),
      load: arrivals({ rate: 200, duration, warmUp: '1s', request: ({ n }) => stamp(n) }),
      faults: [demote(redis, replica, address).from('3s').to(end)],
    });
    expect(recording).toRecoverWithin('2s');
  });
});
