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
  restart,
  type ScheduledFault,
} from 'breaking-point';
import { describe, expect } from 'vitest';
import { appliedMessages, test, webhook } from '../perf/ordering.ts';

type Services = { readonly postgres: PostgresService; readonly redis: RedisService };
const load = arrivals({ rate: 120, duration: '5s', warmUp: '1s', request: ({ n }) => webhook(n) });

/** Every fault on either service, in the middle of 120 messages a second. */
const faults: Record<string, (services: Services) => ScheduledFault> = {
  'Redis refuses': ({ redis }) => refuse(redis).from('1s').to('2500ms'),
  'Redis is silent': ({ redis }) => blackhole(redis).from('1s').to('2500ms'),
  'Redis is slow': ({ redis }) => latency(redis, '200ms', '50ms').from('1s').to('3s'),
  'Redis is killed': ({ redis }) => crash(redis).from('1s').to('2500ms'),
  'Redis is restarted at once': ({ redis }) => restart(redis).at('1s'),
  'Postgres refuses': ({ postgres }) => refuse(postgres).from('1s').to('2500ms'),
  'Postgres is silent': ({ postgres }) => blackhole(postgres).from('1s').to('2500ms'),
  'Postgres is slow': ({ postgres }) => latency(postgres, '200ms').from('1s').to('3s'),
  'Postgres is killed and started at once': ({ postgres }) => crash(postgres).at('1s'),
  'Postgres is restarted': ({ postgres }) => restart(postgres).from('1s').to('2500ms'),
};

describe('the ordering service stays up, loses nothing and applies nothing twice', () => {
  for (const [what, fault] of Object.entries(faults)) {
    test(`while ${what}`, async ({ postgres, redis, run }) => {
      const recording = await run({
        load,
        faults: [fault({ postgres, redis })],
        finalState: () => postgres.query(appliedMessages),
      });
      expect(recording.faults[0]?.bite).toMatchObject({ seenAtStart: true, seenBeforeEnd: true });
      expect(recording.faults[0]?.bite.connectionsBefore).toBeGreaterThan(0);
      expect(recording.exits).toEqual([]);
      expect(recording).toLoseNothing();
      expect(recording).toApplyEachOnce();
      expect(recording.after).toHaveErrorRateBelow('2%');
    });
  }
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
