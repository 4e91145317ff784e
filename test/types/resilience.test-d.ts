import {
  type App,
  command,
  type Duration,
  type PostgresService,
  postgres,
  type Recording,
  type RedisService,
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
      expectTypeOf(run).returns.resolves.toEqualTypeOf<Recording>();
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
