import {
  crash,
  exhaustConnections,
  lockRows,
  type PostgresService,
  profile,
  refuse,
  restart,
  slowStatements,
} from 'breaking-point';
import { describe, expect } from 'vitest';
import { fillPool, offeredRoutings } from './back-office.ts';
import { business, doneBusiness, vendor } from './business.ts';
import { test, testOfStatements } from './ordering.ts';
import { ofThisProfile } from './scenarios.ts';

/** Milliseconds. */
const begin = 4_000;
const away = profile({ quick: 3_000, full: 6_000, stress: 60_000 });
const duration = begin + away + 6_000;

const scenarios = ofThisProfile([
  {
    scenario: 'graceful',
    what: 'orders go on while Postgres is restarted',
    profiles: ['quick', 'full', 'stress'],
    test,
    faults: (postgres: PostgresService) => [restart(postgres).from(begin).for(away)],
  },
  {
    scenario: 'crash',
    what: 'orders go on when Postgres is killed and comes back',
    profiles: ['quick', 'full', 'stress'],
    test,
    faults: (postgres: PostgresService) => [crash(postgres).from(begin).for(away)],
  },
  {
    scenario: 'pool',
    what: 'orders go on while others have all connections of Postgres',
    profiles: ['full', 'stress'],
    test,
    faults: (postgres: PostgresService) => [exhaustConnections(postgres, { existing: 'cut' }).from(begin).for(away)],
  },
  {
    scenario: 'slow',
    what: 'orders go on while slow statements and waits for a lock hold the connections',
    profiles: ['full', 'stress'],
    test: testOfStatements,
    faults: (postgres: PostgresService) => [
      slowStatements(postgres, { matching: /insert into orders/i, by: '300ms' })
        .from(begin)
        .for(away),
      lockRows(postgres, 'select from vendor_routing for update')
        .from(begin + away / 2)
        .to(begin + away),
    ],
  },
] as const);

describe('database restart', () => {
  for (const { scenario, what, test, faults } of scenarios) {
    test(`database restart, ${scenario}: ${what}`, async ({ app, postgres, run }) => {
      const routings = await offeredRoutings(postgres, 100, [vendor]);
      await fillPool(app, postgres);
      const recording = await run({
        load: business(routings, duration),
        faults: faults(postgres),
        finalState: () => postgres.query(doneBusiness),
      });
      expect.soft(recording).toRecoverWithin('5s');
      expect.soft(recording.before).toHaveErrorRateBelow('1%');
      expect.soft(recording.during.named('webhook')).toHaveErrorRateBelow('1%');
      expect.soft(recording).toStayUp();
      expect.soft(recording).toLoseNothing();
      expect.soft(recording).toApplyEachOnce();
      expect.soft(recording).toMeet();
    });
  }

  for (const { scenario } of ofThisProfile([{ scenario: 'cascade', profiles: ['full', 'stress'] }])) {
    testOfStatements(
      `database restart, ${scenario}: orders go on after Redis was away, Postgres slow and the app restarted`,
      async ({ app, postgres, redis, run }) => {
        const routings = await offeredRoutings(postgres, 100, [vendor]);
        await fillPool(app, postgres);
        const third = Math.max(3_000, away / 3);
        const recording = await run({
          load: business(routings, begin + 3 * third + 10_000),
          faults: [
            refuse(redis)
              .from(begin)
              .for(2 * third),
            slowStatements(postgres, { matching: /insert into (orders|webhook_fallback)/i, by: '100ms' })
              .from(begin + third)
              .for(2 * third),
            restart(app).at(begin + 2 * third + 500),
          ],
          finalState: () => postgres.query(doneBusiness),
        });
        expect.soft(recording).toRecoverWithin('5s');
        expect.soft(recording.before).toHaveErrorRateBelow('1%');
        // The app itself is away for a moment: what holds is the bound of any database outage, that more than 10 % go well.
        expect.soft(recording.during).toHaveErrorRateBelow('90%');
        expect.soft(recording).toStayUp();
        expect.soft(recording).toLoseNothing();
        expect.soft(recording).toApplyEachOnce();
        expect.soft(recording).toMeet();
      },
    );
  }
});
