import { arrivals, blackhole, crash, latency, profile, type RedisService, refuse, restart } from 'breaking-point';
import { describe, expect } from 'vitest';
import { backlog } from './backlog.ts';
import { appliedMessages, test, webhook } from './ordering.ts';
import { ofThisProfile } from './scenarios.ts';

const begin = 4_000;

/** Milliseconds. The lengths of `stress` are those that are meant; a shortened outage cannot show what takes longer. */
const scenarios = ofThisProfile([
  {
    scenario: 'connection',
    what: 'orders survive while Redis refuses connections',
    profiles: ['quick', 'full', 'stress'],
    away: profile({ quick: 3_000, full: 6_000, stress: 30_000 }),
    faults: (redis: RedisService, away: number) => [refuse(redis).from(begin).for(away)],
  },
  {
    scenario: 'timeout',
    what: 'orders survive while Redis answers never, and then too late',
    profiles: ['full', 'stress'],
    // Silent for longer than a sender waits.
    away: profile({ quick: 12_000, full: 12_000, stress: 60_000 }),
    faults: (redis: RedisService, away: number) => [
      blackhole(redis)
        .from(begin)
        .to(begin + away / 2 - 200),
      // The app gives an answer of Redis half a second.
      latency(redis, '1s')
        .from(begin + away / 2)
        .to(begin + away),
    ],
  },
  {
    scenario: 'slow',
    what: 'orders are taken and worked off while Redis takes 50 ms for each answer',
    profiles: ['full', 'stress'],
    away: profile({ quick: 6_000, full: 6_000, stress: 45_000 }),
    faults: (redis: RedisService, away: number) => [latency(redis, '50ms', '10ms').from(begin).for(away)],
  },
  {
    scenario: 'crash',
    what: 'orders survive when Redis is killed and comes back',
    profiles: ['quick', 'full', 'stress'],
    away: profile({ quick: 3_000, full: 6_000, stress: 60_000 }),
    faults: (redis: RedisService, away: number) => [crash(redis).from(begin).for(away)],
  },
  {
    scenario: 'recovery',
    what: 'orders survive a restart of Redis, and all is well long after it',
    profiles: ['full', 'stress'],
    away: profile({ quick: 4_000, full: 4_000, stress: 60_000 }),
    back: profile({ quick: 12_000, full: 12_000, stress: 60_000 }),
    faults: (redis: RedisService, away: number) => [restart(redis).from(begin).for(away)],
  },
] as const);

describe('redis failure', () => {
  for (const { scenario, what, away, faults, ...times } of scenarios) {
    const back = 'back' in times ? times.back : 6_000;
    test(`redis failure, ${scenario}: ${what}`, async ({ app, postgres, redis, run }) => {
      const recording = await run({
        load: arrivals({ rate: 150, duration: begin + away + back, request: ({ n }) => webhook(n) }),
        faults: faults(redis, away),
        finalState: () => postgres.query(appliedMessages),
        probe: { backlog: backlog(app, postgres) },
      });
      expect.soft(recording.during).toHaveErrorRateBelow('1%');
      expect.soft(recording).toRecoverWithin('5s');
      expect.soft(recording).toHaveBacklogBelow(100);
      expect.soft(recording).toLoseNothing();
      expect.soft(recording).toApplyEachOnce();
      expect.soft(recording).toMeet();
    });
  }
});
