import { arrivals, profile, reset } from 'breaking-point';
import { describe, expect } from 'vitest';
import { offeredRoutings } from '../perf/back-office.ts';
import { accept, test } from '../perf/ordering.ts';

const vendor = 'vendor-0';
const { end, duration } = profile({
  quick: { end: '5200ms', duration: '8s' },
  full: { end: '13s', duration: '20s' },
  stress: { end: '63s', duration: '75s' },
} as const);

describe('database failure', () => {
  test('database failure, sessions: vendors are served again after connections broke in the middle of transactions', async ({
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
      // Some transactions' worth of answers: always while a statement waits for the rest of its own.
      faults: [reset(postgres, { afterBytes: 2_000 }).from('3s').to(end)],
    });
    expect(recording).toRecoverWithin('2s');
  });
});
