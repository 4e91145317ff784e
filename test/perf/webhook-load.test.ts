import { autocannon, profile } from 'breaking-point';
import { describe, expect } from 'vitest';
import { appliedMessages, test, webhook } from './ordering.ts';
import { ofThisProfile } from './scenarios.ts';

const duration = profile({ quick: '8s', full: '20s', stress: '60s' } as const);
/** What was accepted faster than it becomes orders is worked off afterwards. */
const settle = profile({ quick: '30s', full: '60s', stress: '180s' } as const);

describe('webhook load', () => {
  for (const { scenario, connections } of ofThisProfile([
    { scenario: 'light', connections: 10, profiles: ['quick', 'full'] },
    { scenario: 'moderate', connections: 50, profiles: ['quick', 'full'] },
    { scenario: 'heavy', connections: 200, profiles: ['full'] },
    { scenario: 'stress', connections: 500, profiles: ['full', 'stress'] },
  ])) {
    test(`webhook load, ${scenario}: ${connections} connections`, async ({ postgres, run }) => {
      const recording = await run({
        load: autocannon({ connections, duration, request: ({ n }) => webhook(n) }),
        finalState: () => postgres.query(appliedMessages),
        settle,
      });
      expect.soft(recording).toMeet();
      expect.soft(recording).toLoseNothing();
      expect.soft(recording).toApplyEachOnce();
    });
  }
});
