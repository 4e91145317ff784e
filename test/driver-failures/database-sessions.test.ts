import { arrivals, latency, profile, terminateBackends } from 'breaking-point';
import { describe, expect } from 'vitest';
import { offeredRoutings } from '../perf/back-office.ts';
import { accept, test } from '../perf/ordering.ts';

const vendor = 'vendor-0';
const { end, over, duration } = profile({
  quick: { end: '4800ms', over: '5s', duration: '8s' },
  full: { end: '12800ms', over: '13s', duration: '20s' },
  stress: { end: '62800ms', over: '63s', duration: '75s' },
} as const);

describe('database failure', () => {
  test('database failure, sessions: vendors are served again after sessions ended in the middle of transactions', async ({
    postgres,
    run,
  }) => {
    const routings = await offeredRoutings(postgres, 100, [vendor]);
    const recording = await run({
      load: arrivals({
        rate: 200,
        duration,
        warmUp: '1s',
        request: ({ n }) => accept(routings[Math.abs(n) % 100] ?? '', vendor),
      }),
      // Far away, so that a transaction lasts long enough to be met; and long enough apart for the breaker to let some begin again.
      faults: [
        latency(postgres, '5ms').from('3s').to(over),
        terminateBackends(postgres, { every: '500ms' }).from('3100ms').to(end),
      ],
    });
    expect(recording).toRecoverWithin('2s');
  });
});
