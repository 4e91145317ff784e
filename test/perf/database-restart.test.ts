import { arrivals, crash, profile, restart } from 'breaking-point';
import { describe, expect } from 'vitest';
import { fillPool } from './back-office.ts';
import { appliedMessages, test, webhook } from './ordering.ts';

const { end, duration } = profile({
  quick: { end: '7s', duration: '13s' },
  full: { end: '14s', duration: '25s' },
  stress: { end: '64s', duration: '100s' },
} as const);
const load = arrivals({ rate: 200, duration, request: ({ n }) => webhook(n) });

describe('database restart', () => {
  test('database restart, graceful: orders go on while Postgres is restarted', async ({ app, postgres, run }) => {
    await fillPool(app);
    const recording = await run({
      load,
      faults: [restart(postgres).from('4s').to(end)],
      finalState: () => postgres.query(appliedMessages),
    });
    expect(recording).toRecoverWithin('5s');
    expect(recording).toLoseNothing();
    expect(recording).toApplyEachOnce();
    expect(recording).toMeet();
  });

  test('database restart, crash: orders go on when Postgres is killed and comes back', async ({
    app,
    postgres,
    run,
  }) => {
    await fillPool(app);
    const recording = await run({
      load,
      faults: [crash(postgres).from('4s').to(end)],
      finalState: () => postgres.query(appliedMessages),
    });
    expect(recording).toRecoverWithin('5s');
    expect(recording).toLoseNothing();
    expect(recording).toApplyEachOnce();
    expect(recording).toMeet();
  });
});
