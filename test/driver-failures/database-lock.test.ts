import { arrivals, lockTable, profile } from 'breaking-point';
import { describe, expect } from 'vitest';
import { offeredRoutings, ordersWithVendors } from '../perf/back-office.ts';
import { accept, test } from '../perf/ordering.ts';

const vendor = 'vendor-0';
const { end, duration } = profile({
  quick: { end: '6s', duration: '6500ms' },
  full: { end: '11s', duration: '15s' },
  stress: { end: '61s', duration: '70s' },
} as const);

describe('database failure', () => {
  test('database failure, lock: orders are taken while vendors wait for a lock', async ({ postgres, run }) => {
    const routings = await offeredRoutings(postgres, 100, [vendor]);
    const recording = await run({
      load: arrivals({ rate: 150, duration, warmUp: '1s', request: ordersWithVendors(routings, vendor, 40) }),
      faults: [lockTable(postgres, 'vendor_routing', { mode: 'exclusive' }).from('1s').to(end)],
    });
    expect(recording.during.named('order')).toHaveErrorRateBelow('5%');
  });

  test('database failure, pool: no vendor waits for a connection that does not come', async ({ postgres, run }) => {
    const routings = await offeredRoutings(postgres, 100, [vendor]);
    const recording = await run({
      load: arrivals({
        rate: 150,
        duration,
        warmUp: '1s',
        timeout: '2s',
        // "Not now" is an answer too; silence is none.
        request: ({ n }) => ({ ...accept(routings[Math.abs(n) % 100] ?? '', vendor), okWhen: [200, 503] }),
      }),
      faults: [lockTable(postgres, 'vendor_routing', { mode: 'exclusive' }).from('1s').to(end)],
    });
    expect(recording.during).toHaveErrorRateBelow('1%');
  });
});
