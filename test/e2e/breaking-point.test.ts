import { arrivals, command, findBreakingPoint, objectives, redis, refuse } from 'breaking-point';
import { resilience } from 'breaking-point/vitest';
import { describe, expect } from 'vitest';

/** Milliseconds of outage after which the app gives up. */
const patience = 1_700;

const impatient = resilience({
  services: { cache: redis() },
  app: ({ cache }) =>
    command(['node', 'test/e2e/fixtures/impatient.ts'], {
      env: { REDIS_URL: cache.url, PATIENCE: String(patience) },
      ready: '/health',
    }),
});

describe('on an app that outages of Redis end for good', () => {
  const offer = (duration: number) =>
    arrivals({
      rate: 100,
      duration,
      warmUp: '200ms',
      timeout: '500ms',
      request: ({ n }) => ({ method: 'POST', path: `/${n}`, key: `/${n}` }),
    });

  impatient(
    'the longest outage that it survives is found, though it dies in every trial beyond',
    async ({ cache, run }) => {
      const point = await findBreakingPoint({
        of: 'outage length',
        from: '1s',
        to: '2s',
        width: '45%',
        trial: (length) => run({ load: offer(length + 1_000), faults: [refuse(cache).from('300ms').for(length)] }),
        holds: objectives({ errorRate: '50%', over: 'after' }),
      });
      expect(point.status, point.picture).toBe('found');
      expect(point.heldAt as number, point.picture).toBeLessThan(patience);
      expect(point.brokeAt as number, point.picture).toBeGreaterThan(patience);
      expect(point.because).toMatch(
        /it broke: error rate after refuse\(cache\) 100 %, must be < 50 %\. The app exited with code 3 at /,
      );
      expect(point.contradictions).toEqual([]);
      expect(point).toHoldAtLeast('1s');
    },
  );

  impatient('a run is repeated, each time from a fresh start', async ({ app, cache, run }) => {
    const pids = new Set<number>();
    const { url } = cache;
    const repeats = await run({
      load: offer(1_000),
      prepare: () => pids.add(app.pid),
      finalState: async () => ((await cache.command('keys', '*')) as string[]).map((key) => ({ key })),
      repeat: 2,
    });
    // A key left over from the repeat before would be answered with 409.
    expect(repeats).toHaveErrorRateBelow('5%');
    expect(repeats).toLoseNothing();
    expect(repeats.recordings.map(({ finalState }) => finalState?.before)).toEqual([[], []]);
    expect([pids.size, cache.url]).toEqual([2, url]);
  });
});
