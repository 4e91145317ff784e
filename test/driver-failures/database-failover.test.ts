import { arrivals, profile } from 'breaking-point';
import { describe, expect } from 'vitest';
import { order } from '../perf/back-office.ts';
import { test } from '../perf/ordering.ts';
import { failOver } from './faults/fail-over.ts';

const { end, duration } = profile({
  quick: { end: '4500ms', duration: '7500ms' },
  full: { end: '13s', duration: '20s' },
  stress: { end: '63s', duration: '75s' },
} as const);

describe('database failure', () => {
  test('database failure, failover: orders are written again once there is a primary', async ({ postgres, run }) => {
    const recording = await run({
      load: arrivals({ rate: 200, duration, warmUp: '1s', request: ({ n }) => order(n) }),
      faults: [failOver(postgres).from('3s').to(end)],
    });
    expect(recording).toRecoverWithin('2s');
  });
});
