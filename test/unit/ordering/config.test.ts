import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../fixtures/ordering/config.ts';
import { DEFECTS } from '../../../fixtures/ordering/defects.ts';

const good = { DATABASE_URL: 'postgres://u@127.0.0.1:5432/db', REDIS_URL: 'redis://127.0.0.1:6379', PORT: '8080' };

describe('the configuration of the reference app', () => {
  test('is healthy unless defects are named', () => {
    expect(readConfig(good).defects.size).toBe(0);
    expect([...readConfig({ ...good, ORDERING_DEFECTS: 'naive-accept, no-redis-fallback' }).defects]).toEqual([
      'naive-accept',
      'no-redis-fallback',
    ]);
  });

  test('an unknown defect is an error that lists the known ones', () => {
    expect(() => readConfig({ ...good, ORDERING_DEFECTS: 'naive-acept' })).toThrow(
      `unknown defect "naive-acept"; known are ${DEFECTS.join(', ')}`,
    );
  });

  test.each([
    ['DATABASE_URL', undefined, 'DATABASE_URL is not set'],
    ['DATABASE_URL', 'mysql://x', 'DATABASE_URL must be a postgres:// address, not "mysql://x"'],
    ['REDIS_URL', 'localhost', 'REDIS_URL must be a redis:// address, not "localhost"'],
    ['PORT', '80a', 'PORT must be a whole number from 0 to 65535, not "80a"'],
    ['PORT', '70000', 'PORT must be'],
    ['PORT', '', 'PORT must be'],
  ])('%s=%s is refused', (name, value, message) => {
    expect(() => readConfig({ ...good, [name]: value })).toThrow(message);
  });
});
