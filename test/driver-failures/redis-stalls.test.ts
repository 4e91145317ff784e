import { arrivals, blackhole, profile, refuse } from 'breaking-point';
import { describe, expect } from 'vitest';
import { test, webhook } from '../perf/ordering.ts';

const { end, duration } = profile({
  quick: { end: '4500ms', duration: '5s' },
  full: { end: '11s', duration: '15s' },
  stress: { end: '61s', duration: '70s' },
} as const);
/** A sender waits two seconds, and then sends again. */
const load = () => arrivals({ rate: 150, duration, warmUp: '1s', timeout: '2s', request: ({ n }) => webhook(n) });

describe('redis failure', () => {
  test('redis failure, waiting: no message waits for a Redis that refuses connections', async ({ redis, run }) => {
    const recording = await run({ load: load(), faults: [refuse(redis).from('1s').to(end)] });
    expect(recording.during).toHaveErrorRateBelow('1%');
  });

  test('redis failure, silent: no message waits for a Redis that says nothing', async ({ redis, run }) => {
    const recording = await run({ load: load(), faults: [blackhole(redis).from('1s').to(end)] });
    expect(recording.during).toHaveErrorRateBelow('1%');
  });
});
