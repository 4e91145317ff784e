import { autocannon, profile } from 'breaking-point';
import { describe, expect } from 'vitest';
import { appliedMessages, test, webhook } from './ordering.ts';

describe('webhook load', () => {
  for (const { scenario, connections } of [
    { scenario: 'light', connections: 10 },
    { scenario: 'moderate', connections: 50 },
  ]) {
    test(`webhook load, ${scenario}: ${connections} connections`, async ({ postgres, run }) => {
      const recording = await run({
        load: autocannon({
          connections,
          duration: profile({ quick: '8s', full: '30s', stress: '60s' }),
          request: ({ n }) => webhook(n),
        }),
        finalState: () => postgres.query(appliedMessages),
        settle: '30s',
      });
      expect(recording).toMeet();
      expect(recording).toLoseNothing();
      expect(recording).toApplyEachOnce();
    });
  }
});
