import { race } from 'breaking-point';
import { describe, expect } from 'vitest';
import { accept, acceptedVendors, openRoutings, test } from './ordering.ts';
import { ofThisProfile } from './scenarios.ts';

describe('vendor race', () => {
  for (const { scenario, contenders, races } of ofThisProfile([
    { scenario: 'light', contenders: 5, races: 10, profiles: ['quick', 'full'] },
    { scenario: 'moderate', contenders: 10, races: 50, profiles: ['quick', 'full'] },
    { scenario: 'heavy', contenders: 25, races: 100, profiles: ['full'] },
    { scenario: 'stress', contenders: 50, races: 100, profiles: ['full', 'stress'] },
  ])) {
    test(`vendor race, ${scenario}: ${contenders} vendors want each of ${races} orders`, async ({
      app,
      postgres,
      run,
    }) => {
      const vendors = Array.from({ length: contenders }, (_, index) => `vendor-${index}`);
      const routings = await openRoutings(app, races, vendors);
      const recording = await run({
        load: race({
          races,
          contenders,
          attempt: ({ race, contender }) => accept(routings[race] as string, vendors[contender] as string),
        }),
        finalState: () => postgres.query(acceptedVendors),
      });
      expect.soft(recording).toHaveOneWinner();
      expect.soft(recording).toHaveWinRateAbove('99%');
      expect.soft(recording).toMeet();
    });
  }
});
