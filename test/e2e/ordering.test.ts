import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  arrivals,
  blackhole,
  crash,
  judgementsOf,
  latency,
  loadRecording,
  type PostgresService,
  type RedisService,
  refuse,
  repeated,
  restart,
} from 'breaking-point';
import { describe, expect } from 'vitest';
import { appliedMessages, test, webhook } from '../perf/ordering.ts';

/** Every fault of the four systems on either service, one after another, in the middle of 120 messages a second. */
const faults = {
  Redis: ({ redis }: { redis: RedisService }) => [
    refuse(redis).from('1s').for('1500ms'),
    blackhole(redis).from('3500ms').for('1500ms'),
    latency(redis, '200ms', '50ms').from('6s').for('2s'),
    crash(redis).from('9s').for('1500ms'),
    restart(redis).at('11500ms'),
  ],
  Postgres: ({ postgres }: { postgres: PostgresService }) => [
    refuse(postgres).from('1s').for('1500ms'),
    blackhole(postgres).from('3500ms').for('1500ms'),
    latency(postgres, '200ms').from('6s').for('2s'),
    crash(postgres).at('9s'),
    restart(postgres).from('11500ms').for('1500ms'),
  ],
};

describe('the ordering service stays up, loses nothing and applies nothing twice', () => {
  for (const [service, schedule] of Object.entries(faults)) {
    test(`while ${service} refuses, is silent, is slow, is killed and is restarted`, async ({
      postgres,
      redis,
      run,
    }) => {
      const recording = await run({
        load: arrivals({ rate: 120, duration: '16s', warmUp: '1s', request: ({ n }) => webhook(n) }),
        faults: schedule({ postgres, redis }),
        finalState: () => postgres.query(appliedMessages),
      });
      for (const { name, bite } of recording.faults) {
        expect(bite, name).toMatchObject({ seenAtStart: true, seenBeforeEnd: true });
        expect(bite.connectionsBefore, name).toBeGreaterThan(0);
      }
      expect(recording.exits).toEqual([]);
      expect(recording).toLoseNothing();
      expect(recording).toApplyEachOnce();
      expect(recording.after).toHaveErrorRateBelow('2%');
    });
  }
});

test('it survives a cascade: Redis away twice, Postgres slow, itself restarted', async ({
  app,
  postgres,
  redis,
  run,
}) => {
  const second = { times: 2, every: '3500ms' } as const;
  const recording = await run({
    load: arrivals({ rate: 120, duration: '12s', warmUp: '1s', request: ({ n }) => webhook(n) }),
    faults: [
      ...repeated(refuse(redis).from('1s').for('2500ms'), second),
      latency(postgres, '100ms').from('2s').to('8s'),
      restart(app).at('5s'),
    ],
    finalState: () => postgres.query(appliedMessages),
  });
  expect(recording.faults.map(({ name }) => name)).toContain('refuse(redis) #2');
  expect(recording).toStayUp();
  expect(recording).toLoseNothing();
  expect(recording).toApplyEachOnce();
  expect(recording.after).toHaveErrorRateBelow('2%');
});

test('a recording is judged alike when it is read back from its file', async ({ redis, run }) => {
  const recording = await run({
    load: arrivals({ rate: 100, duration: '4s', warmUp: '1s', request: ({ n }) => webhook(n) }),
    faults: [refuse(redis).from('1s').to('3s')],
  });
  expect(recording).toHaveErrorRateBelow('50%');
  const results = process.env.BREAKING_POINT_RESULTS || 'breaking-point-results';
  const folder = readdirSync(results).find((name) => name.startsWith('ordering-a-recording-is-judged-alike'));
  const again = await loadRecording(join(results, folder ?? '', 'recording-1.bin'));
  expect(again).toHaveErrorRateBelow('50%');
  expect(judgementsOf(again)).toEqual(judgementsOf(recording));
});
