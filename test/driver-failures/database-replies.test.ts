import { arrivals, dropReplies } from 'breaking-point';
import { describe, expect } from 'vitest';
import { enteredOrders, order } from '../perf/back-office.ts';
import { test } from '../perf/ordering.ts';

describe('database failure', () => {
  test('database failure, replies: an order is not entered twice when its confirmation is lost', async ({
    postgres,
    run,
  }) => {
    const recording = await run({
      load: arrivals({ rate: 150, duration: '3500ms', warmUp: '1s', request: ({ n }) => order(n) }),
      // As short in every profile: it is at the healing that clients try again.
      faults: [dropReplies(postgres).from('1s').to('2s')],
      finalState: () => postgres.query(enteredOrders),
    });
    expect.soft(recording).toLoseNothing();
    expect.soft(recording).toApplyEachOnce();
  });
});
