import { type App, command, type PostgresService, postgres, type RedisService, type Recording, redis } from 'breaking-point';
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
    const recording = {} as Recording;
    expectTypeOf(expect(recording).toRecoverWithin).parameter(0).toExtend<string | number>();
    expectTypeOf(expect(recording).toLoseNothing).parameters.toEqualTypeOf<[]>();
    expectTypeOf(expect(recording).toHaveErrorRateBelow).toBeCallableWith('1%');
  });
});
