import { expect, test } from 'vitest';
import type { Service } from '../../../src/stack/service.ts';
import { widenable, widenWhile } from '../../../src/stack/widening.ts';

const ended: string[] = [];

function service(name: string, parts: object): Service {
  return { name, ...parts } as unknown as Service;
}

const widen = (name: string) => async (upTo: number, seed: number) => ({
  [Symbol.asyncDispose]: async () => void ended.push(`${name} ${upTo} ${seed}`),
});

test('a service that tells writes from reads can be widened; one whose relay only delays commands cannot', () => {
  const postgres = service('postgres', { wire: {}, widen: widen('postgres') });
  const redis = service('redis', { wire: { slow: () => undefined } });
  expect(widenable([redis, postgres, service('api', {})])).toEqual([postgres]);
});

test('a race that is to be widened on services of which none can be is an error with the remedy', () => {
  expect(() => widenable([service('redis', { wire: { slow: () => undefined } })])).toThrow(
    'race({ widen }): no service of this test can delay a statement; make one with postgres({ statements: true })',
  );
});

test('services are widened while the work lasts, and no longer when it fails', async () => {
  const services = widenable(['a', 'b'].map((name) => service(name, { widen: widen(name) })));
  const work = widenWhile(services, { upTo: 20, seed: 7 }, async () => {
    expect(ended).toEqual([]);
    throw new Error('the work failed');
  });
  await expect(work).rejects.toThrow('the work failed');
  expect(ended).toEqual(['a 20 7', 'b 20 7']);
});
