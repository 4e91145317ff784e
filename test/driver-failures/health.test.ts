import { arrivals, blackhole, profile, refuse } from 'breaking-point';
import { describe, expect } from 'vitest';
import { test, webhook } from '../perf/ordering.ts';

const { end, duration } = profile({
  quick: { end: '5s', duration: '9s' },
  full: { end: '12s', duration: '18s' },
  stress: { end: '62s', duration: '75s' },
} as const);

describe('health', () => {
  test('health, both stores away: not ready while no message can be accepted, and alive throughout', async ({
    postgres,
    redis,
    run,
  }) => {
    const recording = await run({
      load: arrivals({ rate: 50, duration, warmUp: '1s', timeout: '2s', request: ({ n }) => webhook(n) }),
      // With one of them it can do its work, and is ready.
      faults: [refuse(redis).from('1s').to(end), blackhole(postgres).from('1s').to(end)],
    });
    expect.soft(recording).toReportReadiness({ within: '2s' });
    expect.soft(recording).toStayLive({ within: '500ms' });
  });
});
