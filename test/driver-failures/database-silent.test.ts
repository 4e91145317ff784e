import { arrivals, blackhole, profile } from 'breaking-point';
import { describe, expect } from 'vitest';
import { fillPool, order } from '../perf/back-office.ts';
import { test } from '../perf/ordering.ts';

const silence = profile({
  quick: { end: '4s', duration: '4500ms' },
  full: { end: '11s', duration: '13s' },
  stress: { end: '61s', duration: '65s' },
} as const);
const passing = profile({
  quick: { end: '5s', duration: '8s' },
  full: { end: '13s', duration: '20s' },
  stress: { end: '63s', duration: '75s' },
} as const);

describe('database failure', () => {
  test('database failure, silent: nobody waits for a Postgres that says nothing', async ({ app, postgres, run }) => {
    // It is on the connections that there are that a statement is never answered.
    await fillPool(app, postgres);
    const recording = await run({
      load: arrivals({
        rate: 100,
        duration: silence.duration,
        warmUp: '1s',
        timeout: '2s',
        // That it cannot be entered now is an answer too; silence is none.
        request: ({ n }) => ({ ...order(n), okWhen: [201, 503] }),
      }),
      faults: [blackhole(postgres).from('1s').to(silence.end)],
    });
    // Of the whole run, for what hangs was sent while the fault came about. No more can hang than the pool holds.
    expect(recording).toHaveErrorRateBelow('1%');
  });

  test('database failure, silent for a while: orders are entered again afterwards', async ({ postgres, run }) => {
    const recording = await run({
      load: arrivals({ rate: 200, duration: passing.duration, warmUp: '1s', request: ({ n }) => order(n) }),
      faults: [blackhole(postgres).from('3s').to(passing.end)],
    });
    expect(recording).toRecoverWithin('2s');
  });
});
