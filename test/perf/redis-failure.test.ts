import { arrivals, crash, profile, refuse } from 'breaking-point';
import { describe, expect } from 'vitest';
import { appliedMessages, test, webhook } from './ordering.ts';

const end = profile({ quick: '7s', full: '14s', stress: '64s' } as const);
const duration = profile({ quick: '13s', full: '25s', stress: '100s' } as const);
const load = arrivals({ rate: 200, duration, request: ({ n }) => webhook(n) });

describe('redis failure', () => {
  test('redis failure, connection: orders survive while Redis refuses connections', async ({
    postgres,
    redis,
    run,
  }) => {
    const recording = await run({
      load,
      faults: [refuse(redis).from('4s').to(end)],
      finalState: () => postgres.query(appliedMessages),
    });
    expect(recording.during).toHaveErrorRateBelow('1%');
    expect(recording).toRecoverWithin('5s');
    expect(recording).toLoseNothing();
    expect(recording).toApplyEachOnce();
    expect(recording).toMeet();
  });

  test('redis failure, crash: orders survive when Redis is killed and comes back', async ({ postgres, redis, run }) => {
    const recording = await run({
      load,
      faults: [crash(redis).from('4s').to(end)],
      finalState: () => postgres.query(appliedMessages),
    });
    expect(recording.during).toHaveErrorRateBelow('1%');
    expect(recording).toRecoverWithin('5s');
    expect(recording).toLoseNothing();
    expect(recording).toApplyEachOnce();
    expect(recording).toMeet();
  });
});
