import { arrivals, profile, slowStatements } from 'breaking-point';
import { describe, expect } from 'vitest';
import { offeredRoutings, ordersWithVendors } from '../perf/back-office.ts';
import { testOfStatements as test } from '../perf/ordering.ts';

const vendor = 'vendor-0';
const { end, duration } = profile({
  quick: { end: '4800ms', duration: '5s' },
  full: { end: '11s', duration: '15s' },
  stress: { end: '61s', duration: '70s' },
} as const);

describe('database failure', () => {
  test('database failure, late: orders are taken while vendors get their answers too late', async ({
    postgres,
    run,
  }) => {
    const routings = await offeredRoutings(postgres, 100, [vendor]);
    const recording = await run({
      load: arrivals({ rate: 150, duration, warmUp: '1s', request: ordersWithVendors(routings, vendor, 30) }),
      // The app gives a statement a second.
      faults: [
        slowStatements(postgres, { matching: /vendor_routing/i, by: '1200ms' })
          .from('1s')
          .to(end),
      ],
    });
    expect(recording.during.named('order')).toHaveErrorRateBelow('5%');
  });
});
