import { arrivals, crash, profile, refuse } from 'breaking-point';
import { describe, expect } from 'vitest';
import { appliedMessages, test, webhook } from './ordering.ts';

const request = ({ n }: { n: number }) => webhook(n);
const refused = profile({
  quick: { end: '7s', duration: '13s' },
  full: { end: '14s', duration: '25s' },
  stress: { end: '34s', duration: '60s' },
} as const);
const killed = profile({
  quick: { end: '7s', duration: '13s' },
  full: { end: '14s', duration: '25s' },
  stress: { end: '64s', duration: '100s' },
} as const);

describe('redis failure', () => {
  test('redis failure, connection: orders survive while Redis refuses connections', async ({
    postgres,
    redis,
    run,
  }) => {
    const recording = await run({
      load: arrivals({ rate: 200, duration: refused.duration, request }),
      faults: [refuse(redis).from('4s').to(refused.end)],
      finalState: () => postgres.query(appliedMessages),
    });
    expect(recording.during).toHaveErrorRateBelow('1%');
    expect(recording).toRecoverWithin('5s');
    expect(recording).toLoseNothing();
    expect(recording).toApplyEachOnce();
  });

  test('redis failure, crash: orders survive when Redis is killed and comes back', async ({ postgres, redis, run }) => {
    const recording = await run({
      load: arrivals({ rate: 200, duration: killed.duration, request }),
      faults: [crash(redis).from('4s').to(killed.end)],
      finalState: () => postgres.query(appliedMessages),
    });
    expect(recording.during).toHaveErrorRateBelow('1%');
    expect(recording).toRecoverWithin('5s');
    expect(recording).toLoseNothing();
    expect(recording).toApplyEachOnce();
  });
});
