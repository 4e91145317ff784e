import { setTimeout as sleep } from 'node:timers/promises';
import {
  arrivals,
  command,
  type Experiment,
  findBreakingPoint,
  findCapacity,
  objectives,
  Recording,
  redis,
  refuse,
} from 'breaking-point';
import { resilience } from 'breaking-point/vitest';
import { describe, expect, test } from 'vitest';
import { now } from '../../src/recording/clock.ts';
import { ScriptedServer } from './fixtures/scripted-server.ts';

/** Carries out a load without services or faults. */
const runAgainst =
  (url: string) =>
  async ({ load }: Experiment): Promise<Recording> => {
    const target = { url, seed: 1, onZero: () => {}, onProgress: () => {} };
    const result = await load.run(target, new AbortController().signal);
    const startedAt = new Date().toISOString();
    return new Recording({ ...result, faults: [], finalState: undefined, exits: [], series: [], seed: 1, startedAt });
  };

test('the capacity of a server that answers 400 requests per second lies in the bracket, which is narrow', async () => {
  const each = 1_000 / 400;
  let free = 0;
  await using server = await ScriptedServer.start(async () => {
    free = Math.max(now(), free) + each;
    await sleep(free - now());
    return 200;
  });
  const point = await findCapacity(runAgainst(server.url), {
    request: ({ n }) => ({ path: `/keys/${n}` }),
    from: 360,
    to: 430,
    // A pause of this machine is no breaking point of the server: its growing queue is.
    p99: '3s',
    duration: '2s',
    warmUp: '300ms',
  });
  expect(point.status, point.picture).toBe('found');
  const [held, broke] = [point.heldAt as number, point.brokeAt as number];
  expect(held, point.picture).toBeLessThanOrEqual(400);
  expect(broke, point.picture).toBeGreaterThan(400);
  expect((broke - held) / held).toBeLessThanOrEqual(0.1);
  expect(point.brokeFirst.map(({ metric }) => metric)).toContain('answered of offered');
  // Each trial is on the books: the server saw what they say was sent, and nothing else.
  const sent = point.trials.map(
    ({ recording }) => [...(recording?.columns.startedAt ?? [])].filter(Number.isFinite).length,
  );
  expect([...server.seen.values()].reduce((sum, times) => sum + times, 0)).toBe(
    sent.reduce((sum, count) => sum + count, 0),
  );
}, 180_000);

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
