import { race } from 'breaking-point';
import { describe, expect } from 'vitest';
import { offeredRoutings } from '../perf/back-office.ts';
import { accept, acceptedVendors, test } from '../perf/ordering.ts';
import { cutWinners } from './faults/cut-winners.ts';

describe('vendor race', () => {
  test('vendor race, cut: the next vendor wins when the write of the first one fails', async ({ postgres, run }) => {
    const vendors = Array.from({ length: 6 }, (_, index) => `vendor-${index}`);
    const routings = await offeredRoutings(postgres, 100, vendors);
    const recording = await run({
      load: race({
        races: 100,
        contenders: vendors.length,
        attempt: ({ race, contender }) => accept(routings[race] as string, vendors[contender] as string),
      }),
      faults: [cutWinners(postgres).from('0ms').for('1s')],
      finalState: () => postgres.query(acceptedVendors),
    });
    expect(recording).toHaveOneWinner();
  });
});
