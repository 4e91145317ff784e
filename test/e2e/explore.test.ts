import { arrivals, command, explore, latency, redis, refuse } from 'breaking-point';
import { resilience } from 'breaking-point/vitest';
import { expect } from 'vitest';

const test = resilience({
  services: { cache: redis() },
  app: ({ cache }) =>
    command(['node', 'test/e2e/fixtures/forgetful.ts'], { env: { REDIS_URL: cache.url }, ready: '/health' }),
});

const load = arrivals({
  rate: 50,
  duration: '1.8s',
  warmUp: '100ms',
  timeout: '500ms',
  request: ({ n }) => ({ method: 'POST', path: `/${n}`, key: `/${n}` }),
});

test('a schedule under which writes are lost is found, made as small as it goes, and fails again', async ({
  cache,
  run,
}) => {
  const exploration = await explore({
    runs: 1,
    seed: 9,
    catalogue: [refuse(cache), latency(cache, '20ms')],
    between: ['300ms', '1.7s'],
    faults: 1,
    length: ['1.2s', '1.3s'],
    replays: 1,
    trial: (faults) =>
      run({
        load,
        faults,
        finalState: async () => ((await cache.command('keys', '*')) as string[]).map((key) => ({ key })),
        settle: '600ms',
      }),
    holds: (recording) => {
      expect(recording).toLoseNothing();
    },
  });
  expect(exploration.status, exploration.because).toBe('fail');
  expect(exploration.trials[0]?.schedule).toMatch(/^faults: \[refuse\(cache\)\.from/);
  const { failing } = exploration;
  expect(failing?.faults).toMatchObject([{ name: 'refuse(cache)' }]);
  const { from, to } = failing?.faults[0] ?? { from: 0, to: 0 };
  expect(to - from).toBe(1_000);
  expect(failing).toMatchObject({
    smallest: `faults: [refuse(cache).from('${from}ms').to('${to / 1_000}s')]`,
    // Without any fault, and with the shortest there is.
    shrinking: { trials: 2, complete: true },
    replays: { made: 1, failed: 1, unknown: 0 },
  });
  expect(failing?.message).toMatch(/acknowledged and are not in the final state.*during refuse\(cache\)/);
});

test('a final state that cannot be read after the load leaves the recording, and unknown what was lost', async ({
  run,
}) => {
  let reads = 0;
  const recording = await run({
    load,
    finalState: () => (reads++ === 0 ? [] : Promise.reject(new Error('no route to the database'))),
    settle: '100ms',
  });
  expect(recording.columns.length).toBeGreaterThan(80);
  expect(recording.stateUnread).toBe('no route to the database');
  expect(() => expect(recording).toLoseNothing()).toThrow(
    /^Unknown whether lost keys .*could not be read after the load.*no route to the database/s,
  );
});
