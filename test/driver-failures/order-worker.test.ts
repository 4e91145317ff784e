import { arrivals, crash, latency, pause, profile, reset } from 'breaking-point';
import { describe, expect } from 'vitest';
import { backlog } from '../perf/backlog.ts';
import { appliedMessages, test, webhook } from '../perf/ordering.ts';

const load = () =>
  arrivals({
    rate: 100,
    duration: profile({ quick: '5s', full: '15s', stress: '60s' }),
    warmUp: '1s',
    request: ({ n }) => webhook(n),
  });

describe('order worker', () => {
  test('order worker, reset: messages become orders when its idle connections were reset', async ({
    postgres,
    redis,
    run,
  }) => {
    const recording = await run({
      load: load(),
      faults: [reset(redis).at('1s')],
      finalState: () => postgres.query(appliedMessages),
      settle: '5s',
    });
    expect(recording).toLoseNothing();
  });

  test('order worker, slow: messages become orders while Redis takes 50 ms for each answer', async ({
    app,
    postgres,
    redis,
    run,
  }) => {
    const recording = await run({
      load: load(),
      faults: [latency(redis, '50ms', '10ms').from('1s').to('4s')],
      probe: { backlog: backlog(app, postgres) },
    });
    expect(recording).toHaveBacklogBelow(100);
  });

  test('order worker, pause: a message becomes one order when its job is run again', async ({ app, postgres, run }) => {
    const recording = await run({
      load: load(),
      faults: [
        // Orders are written and their confirmations under way when the worker stands still for longer than it may keep a job.
        latency(postgres, '300ms').from('500ms').to('4500ms'),
        pause(app).from('1500ms').to('4s'),
      ],
      finalState: () => postgres.query(appliedMessages),
    });
    expect(recording).toApplyEachOnce();
  });

  test('order worker, crash: a message becomes one order when its worker was killed', async ({
    app,
    postgres,
    run,
  }) => {
    const recording = await run({
      load: load(),
      // The next process finds the jobs of the killed one, whose orders are written.
      faults: [latency(postgres, '300ms').from('500ms').to('3s'), crash(app).at('1500ms')],
      finalState: () => postgres.query(appliedMessages),
    });
    expect(recording).toApplyEachOnce();
  });
});
