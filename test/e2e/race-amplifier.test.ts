import { command, judgementsOf, postgres, race, redis, refuse } from 'breaking-point';
import { resilience } from 'breaking-point/vitest';
import { expect } from 'vitest';
import { accept, acceptedVendors, openRoutings } from '../perf/ordering.ts';

const vendors = ['vendor-0', 'vendor-1'];

for (const [title, defects, verdict] of [
  ['the defect naive-accept is caught in ten amplified races of two', 'naive-accept', 'fail'],
  ['its healthy twin has one winner in each of them', '', 'pass'],
] as const) {
  const test = resilience({
    services: { postgres: postgres({ schema: 'fixtures/ordering/schema.sql', statements: true }), redis: redis() },
    app: ({ postgres, redis }) =>
      command(['node', 'fixtures/ordering/main.ts'], {
        env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url, ORDERING_DEFECTS: defects },
        ready: '/ready',
      }),
  });

  test(title, async ({ app, postgres, run }) => {
    const routings = await openRoutings(app, 10, vendors);
    const recording = await run({
      load: race({
        races: routings.length,
        contenders: vendors.length,
        widen: '20ms',
        attempt: ({ race, contender }) => accept(routings[race] as string, vendors[contender] as string),
      }),
      finalState: () => postgres.query(acceptedVendors),
    });
    expect(recording.generator.load).toBe('race of 2 contenders, 10 times, widened by up to 20 ms');
    const judged = expect(() => expect(recording).toHaveOneWinner());
    if (verdict === 'fail') judged.toThrow('2 contenders were told that they had won');
    else judged.not.toThrow();
    expect(judgementsOf(recording).map(({ status }) => status)).toEqual([verdict]);
  });
}

const plain = resilience({
  services: { redis: redis() },
  app: () => command(['node', 'test/e2e/fixtures/app.ts'], { ready: '/health' }),
});

plain('a race cannot be widened where no service tells one statement from another', async ({ run }) => {
  const widened = race({ races: 1, contenders: 2, widen: '20ms', attempt: () => ({ path: '/', key: 'x' }) });
  await expect(run({ load: widened })).rejects.toThrow('make one with postgres({ statements: true })');
});

plain(
  'a race that is over before a fault begins is an error, and nobody waits for that fault',
  async ({ redis, run }) => {
    const short = race({ races: 1, contenders: 2, attempt: () => ({ path: '/', key: 'x' }) });
    await expect(run({ load: short, faults: [refuse(redis).from('50m').to('51m')] })).rejects.toThrow(
      /^refuse\(redis\) was to begin at 50.0 min, and the load was over at .*: begin it earlier, or give the load more to do$/,
    );
  },
);
