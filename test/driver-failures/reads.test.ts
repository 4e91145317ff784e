import { arrivals, profile, type Request, refuse } from 'breaking-point';
import { describe, expect } from 'vitest';
import { offeredRoutings } from '../perf/back-office.ts';
import { accept, test } from '../perf/ordering.ts';

const { end, duration, seconds } = profile({
  quick: { end: '3s', duration: '7s', seconds: 7 },
  full: { end: '11s', duration: '20s', seconds: 20 },
  stress: { end: '61s', duration: '75s', seconds: 75 },
} as const);

const perSecond = 30;

/** Someone looks who has a routing. */
const look = (routing: string): Request => ({
  path: `/routings/${routing}`,
  key: routing,
  reads: '/winner',
  name: 'look',
});

/**
 * Each routing is looked at, accepted a second later, and looked at again two seconds after that: three requests in turn, each for the routing
 * whose time it is.
 */
function lifeOf(routings: readonly string[]) {
  return ({ n }: { readonly n: number }): Request => {
    const [what, step] = [n % 3, Math.floor(n / 3)];
    const routing = routings[step - ([0, 1, 3][what] ?? 0) * perSecond];
    if (routing === undefined) return { path: '/health', name: 'health' };
    return what === 1 ? accept(routing, 'vendor-0') : look(routing);
  };
}

describe('redis failure', () => {
  test('redis failure, look-up: whoever looks at a routing sees who won it', async ({ postgres, redis, run }) => {
    const routings = await offeredRoutings(postgres, perSecond * seconds, ['vendor-0', 'vendor-1']);
    const recording = await run({
      load: arrivals({ rate: perSecond * 3, duration, warmUp: '1s', request: lifeOf(routings) }),
      faults: [refuse(redis).from('2s').to(end)],
    });
    expect(recording).toReadItsWrites();
  });
});
