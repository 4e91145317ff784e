import { describe, expect, test } from 'vitest';
import { combineLoads } from '../../../src/load/mixed-loads.ts';
import { race } from '../../../src/load/race.ts';

const attempt = () => ({ path: '/accept', key: 'R1' });
const widened = (widen: string | number) => race({ races: 2, contenders: 3, attempt, widen: widen as number });

describe('a race that is widened', () => {
  test('carries its wish, in milliseconds, and says so', () => {
    expect(widened('20ms')).toMatchObject({
      widen: 20,
      name: 'race of 3 contenders, 2 times, widened by up to 20 ms',
    });
  });

  test('has none by default', () => {
    const plain = race({ races: 2, contenders: 3, attempt });
    expect(plain.name).toBe('race of 3 contenders, 2 times');
    expect(plain).not.toHaveProperty('widen');
  });

  test('is refused when the time makes no sense', () => {
    expect(() => widened(0)).toThrow('race: widen must be longer than 0; got 0');
    expect(() => widened('2s')).toThrow('race: widen must be at most 1 s');
    expect(() => widened('soon')).toThrow('race: widen');
  });

  test('widens the loads beside it as well, by the widest wish', () => {
    const loads = [widened('20ms'), widened('30ms'), race({ races: 1, contenders: 2, attempt })];
    const mixed = combineLoads(
      loads.map((load, index) => ({ name: `race ${index}`, load })),
      { sharedKeys: true },
    );
    expect(mixed.widen).toBe(30);
    expect(combineLoads([{ name: 'plain', load: race({ races: 1, contenders: 2, attempt }) }])).not.toHaveProperty(
      'widen',
    );
  });
});
