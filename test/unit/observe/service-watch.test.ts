import { expect, test } from 'vitest';
import { ServiceWatch, subtractStatements } from '../../../src/observe/service-watch.ts';

const reading = { facts: [{ name: 'clients', unit: 'count', value: 3 } as const] };
const statement = (text: string, calls: number, total: number) => ({ subject: 'db', text, calls, total });

test('a service that fails or never answers is NaN, and the note says why', async () => {
  let time = 0;
  const answers = [
    () => Promise.resolve(reading),
    () => Promise.reject(new Error('connect ECONNREFUSED')),
    () => new Promise<typeof reading>(() => undefined),
  ];
  const watch = new ServiceWatch(
    'db',
    { facts: () => (answers.shift() ?? (() => Promise.resolve(reading)))() },
    () => time,
  );
  for (time = 0; time < 5; time++) {
    watch.ask();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(watch.series(0)[0]?.values).toEqual([3, Number.NaN, Number.NaN, Number.NaN]);
  expect(watch.note).toBe(
    'db could not be asked how it was doing 3 of 5 times (NaN in its series): it did not answer in time',
  );
});

test('a service that throws at once disturbs nobody', async () => {
  const watch = new ServiceWatch(
    'db',
    {
      facts: () => {
        throw new TypeError('broken');
      },
      statements: () => {
        throw new TypeError('broken too');
      },
    },
    () => 0,
  );
  watch.ask();
  await watch.end();
  expect(await watch.statements()).toEqual([]);
  expect(watch.note).toContain('1 of 1 times (NaN in its series): broken');
});

test('statements are those that ran meanwhile, most time first', () => {
  const before = [statement('a', 10, 100), statement('b', 5, 5)];
  const after = [statement('a', 12, 130), statement('b', 5, 5), statement('c', 1, 400)];
  expect(subtractStatements(before, after)).toEqual([statement('c', 1, 400), statement('a', 2, 30)]);
});

test('statements of a server that began to count anew are all that it has', () => {
  expect(subtractStatements([statement('a', 10, 100)], [statement('a', 3, 9)])).toEqual([statement('a', 3, 9)]);
});
