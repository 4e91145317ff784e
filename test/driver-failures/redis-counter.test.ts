import { arrivals, dropReplies, NotApplied, profile, refuse } from 'breaking-point';
import { describe, expect } from 'vitest';
import { test } from '../perf/ordering.ts';
import { givenStamps, stamp } from './customer.ts';

const away = profile({ quick: '1500ms', full: '5s', stress: '30s' } as const);
const back = profile({ quick: '1s', full: '5s', stress: '10s' } as const);

describe('redis failure', () => {
  test('redis failure, replies: a stamp is given once when its confirmation is lost', async ({ redis, run }) => {
    const recording = await run({
      load: arrivals({ rate: 100, duration: '3s', warmUp: '1s', request: ({ n }) => stamp(n) }),
      // Shorter than an idle connection is kept: it is cut by the healing.
      faults: [dropReplies(redis).from('1s').to('2200ms')],
      finalState: () => givenStamps(redis),
    });
    expect(recording).toApplyEachOnce();
  });

  test('redis failure, retries: a stamp that was refused is not given later', async ({ app, redis, run }) => {
    const recording = await run({
      // Nothing is under way when Redis goes away, so what was under way then is not in question.
      load: arrivals({
        rate: 50,
        stages: [
          { hold: '1s' },
          { to: 0, over: 0 },
          { hold: '800ms' },
          { to: 50, over: 0 },
          { hold: away },
          { hold: back },
        ],
        warmUp: '1s',
        timeout: profile({ quick: '5s', full: '10s', stress: '60s' }),
        async call({ n, about, signal }) {
          const { path, key } = stamp(n);
          about({ key });
          for (;;) {
            const { status } = await app.fetch(path, { method: 'POST', signal });
            if (status < 400) return;
            // 503 says that nothing was done, and asks to try again.
            if (status !== 503) throw new NotApplied(String(status));
            await new Promise((resolve) => setTimeout(resolve, 200));
          }
        },
      }),
      faults: [refuse(redis).from('1500ms').for(away)],
      finalState: () => givenStamps(redis),
    });
    expect(recording).toApplyEachOnce();
  });
});
