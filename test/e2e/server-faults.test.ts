import { crash, pause, postgres, redis, slow } from 'breaking-point';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStack, type ServicesOf, type Stack } from '../../dist/stack/stack.js';
import { seen } from './fixtures/suffering.ts';

const definitions = { db: postgres(), cache: redis({ appendOnly: true }) };

let stack: Stack<typeof definitions>;
let services: ServicesOf<typeof definitions>;

beforeAll(async () => {
  stack = await openStack({ services: definitions });
});
afterAll(() => stack.close());
beforeEach(async () => {
  services = await stack.fresh();
});

/** Milliseconds that some work takes. */
async function time(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

describe.each(['db', 'cache'] as const)('a server (%s)', (name) => {
  const ask = () => (name === 'db' ? services.db.query('select 1') : services.cache.command('ping'));

  test('that is paused answers nobody, loses nothing, and goes on', async () => {
    await ask();
    let answered = false;
    let asked: Promise<unknown> | undefined;
    await seen(pause(services[name]), async () => {
      asked = ask().then(() => {
        answered = true;
      });
      await expect.poll(() => services[name].sight('proxy', 100)).toMatchObject({ kind: 'silent' });
      expect(answered).toBe(false);
    });
    await asked;
  });

  test('that is slow takes longer for the same work, and no longer afterwards', async () => {
    const work = () =>
      name === 'db'
        ? services.db.query('select count(*) from generate_series(1, 500000)')
        : services.cache.command('eval', 'local n = 0 for i = 1, 1e7 do n = n + 1 end return n', 0);
    const before = Math.min(await time(work), await time(work), await time(work));
    let meanwhile = 0;
    await seen(slow(services[name], { to: '20%' }), async () => {
      meanwhile = await time(work);
    });
    // Five times as long, and more if others use the machine.
    expect(meanwhile / before).toBeGreaterThan(2.5);
  });

  test('whose start-up takes long is away for at least that time', async () => {
    let down = 0;
    const instants = await seen(crash(services[name], { startUp: '700ms' }), async () => {
      down = performance.now();
    });
    expect(performance.now() - down).toBeGreaterThanOrEqual(700);
    expect(instants).toEqual(['killed', 'start asked', 'listens', 'ready']);
  });
});
