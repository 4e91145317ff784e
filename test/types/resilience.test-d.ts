import {
  type App,
  arrivals,
  type BreakingPoint,
  command,
  type Duration,
  findBreakingPoint,
  findCapacity,
  objectives,
  type PostgresService,
  postgres,
  type Recording,
  type RedisService,
  type Repeats,
  redis,
} from 'breaking-point';
import { type Run, resilience } from 'breaking-point/vitest';
import { describe, expect, expectTypeOf, it } from 'vitest';

const test = resilience({
  services: { db: postgres(), cache: redis() },
  app: ({ db, cache }) => {
    expectTypeOf(db).toEqualTypeOf<PostgresService>();
    expectTypeOf(cache).toEqualTypeOf<RedisService>();
    return command(['node', 'main.js'], { ready: '/health' });
  },
});

describe('the fixtures of a test', () => {
  it('are the services by the names given to them, the app and run', () => {
    test('typed', ({ db, cache, app, run }) => {
      expectTypeOf(db).toEqualTypeOf<PostgresService>();
      expectTypeOf(cache).toEqualTypeOf<RedisService>();
      expectTypeOf(app).toEqualTypeOf<App>();
      expectTypeOf(run).toEqualTypeOf<Run>();
    });
  });

  it('hold a run whose result goes by whether it is repeated', () => {
    test('typed', ({ run }) => {
      const load = arrivals({ rate: 1, duration: '1s', request: () => ({ path: '/' }) });
      expectTypeOf(run({ load })).resolves.toEqualTypeOf<Recording>();
      expectTypeOf(run({ load, repeat: 5, prepare: async () => undefined })).resolves.toEqualTypeOf<Repeats>();
      expectTypeOf<Repeats['during']>().toEqualTypeOf<Repeats['after']>();
      // @ts-expect-error repeat is a number
      void run({ load, repeat: '5' });
    });
  });

  it('hold a run that searches take', () => {
    test('typed', ({ run }) => {
      const request = () => ({ path: '/' });
      expectTypeOf(findCapacity).toBeCallableWith(run, {
        request,
        crossCheck: true,
        settle: '5s',
        finalState: () => [],
      });
      const search = findBreakingPoint({
        of: 'outage length',
        from: '1s',
        to: '30s',
        reset: 'app',
        trial: (length) => run({ load: arrivals({ rate: 1, duration: length, request }) }),
        holds: objectives({ errorRate: '1%', over: 'after' }),
      });
      expectTypeOf(search).resolves.toEqualTypeOf<BreakingPoint>();
      // @ts-expect-error there is no such reset
      void findBreakingPoint({ of: 'x', from: 1, to: 2, reset: 'half', trial: async () => 1, holds: () => true });
    });
  });

  it('hold no service that was not asked for', () => {
    test('typed', (fixtures) => {
      expectTypeOf(fixtures).not.toHaveProperty('postgres');
      expectTypeOf(fixtures).not.toHaveProperty('mysql');
    });
  });
});

describe('the matchers', () => {
  it('are known to expect, with the bounds that they take', () => {
    const assertion = expectTypeOf(expect({} as Recording));
    assertion.toHaveProperty('toRecoverWithin').parameter(0).toEqualTypeOf<Duration>();
    assertion.toHaveProperty('toHaveErrorRateBelow').toBeCallableWith('1%');
    assertion.toHaveProperty('toLoseNothing').parameters.toEqualTypeOf<[]>();
  });
});
