import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WireRules } from '../../../src/wire/rules.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const inserts = { kind: 'slow', matching: ['insert', 'i'], by: 100, canary: 'select 1' } as const;

/** When a statement may go on, in milliseconds from now; undefined while it waits. */
function arrival(rules: WireRules, text: string): () => number | undefined {
  const begin = Date.now();
  let at: number | undefined;
  const wait = rules.onStatement({ text, connection: 1 });
  if (wait === undefined) at = 0;
  else
    void wait.then(() => {
      at = Date.now() - begin;
    });
  return () => at;
}

describe('a statement that matches', () => {
  test('waits, and others do not', async () => {
    const rules = new WireRules();
    rules.add(1, inserts);
    const [slow, quick] = [arrival(rules, 'INSERT INTO orders'), arrival(rules, 'select 2')];
    expect(quick()).toBe(0);
    await vi.advanceTimersByTimeAsync(99);
    expect(slow()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(slow()).toBe(100);
  });

  test('is counted, and the canary is slow and not counted', async () => {
    const rules = new WireRules();
    rules.add(1, inserts);
    const canary = arrival(rules, 'select 1');
    arrival(rules, 'insert');
    arrival(rules, 'select 2');
    expect(rules.matched(1)).toBe(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(canary()).toBe(100);
  });

  test('is not counted where a client of ours says it', () => {
    const rules = new WireRules('us');
    rules.add(1, { ...inserts, matching: ['', ''] });
    void rules.onStatement({ text: 'PING', connection: 1, client: 'us' });
    expect(rules.matched(1)).toBe(0);
    void rules.onStatement({ text: 'PING', connection: 2, client: 'app' });
    void rules.onStatement({ text: 'PING', connection: 3 });
    expect(rules.matched(1)).toBe(2);
  });

  test('waits for one rule after the other', async () => {
    const rules = new WireRules();
    rules.add(1, inserts);
    rules.add(2, { ...inserts, by: 30 });
    const both = arrival(rules, 'insert');
    await vi.advanceTimersByTimeAsync(200);
    expect(both()).toBe(130);
  });

  test('is let go when its rule is taken away, and the rule behind it too if that is gone', async () => {
    const rules = new WireRules();
    rules.add(1, inserts);
    rules.add(2, inserts);
    const held = arrival(rules, 'insert');
    await vi.advanceTimersByTimeAsync(10);
    rules.clear();
    await vi.advanceTimersByTimeAsync(0);
    expect(held()).toBe(10);
    expect(arrival(rules, 'insert')()).toBe(0);
  });
});

test('a pattern that cannot be read is refused, and nothing is in force', () => {
  const rules = new WireRules();
  expect(() => rules.add(1, { ...inserts, matching: ['(', ''] })).toThrow('Invalid regular expression');
  expect(arrival(rules, 'insert')()).toBe(0);
});

describe('widened', () => {
  const delays = async (seed: number): Promise<readonly (number | undefined)[]> => {
    const rules = new WireRules();
    rules.add(1, { kind: 'widen', upTo: 20, seed });
    const all = Array.from({ length: 50 }, () => arrival(rules, 'insert into orders'));
    await vi.advanceTimersByTimeAsync(25);
    return all.map((at) => at());
  };

  test('what writes waits from half of the time to all of it, by times that follow from the seed', async () => {
    const first = await delays(7);
    expect(await delays(7)).toEqual(first);
    expect(await delays(8)).not.toEqual(first);
    const numbers = first.map((at) => at ?? Number.NaN);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(20);
    expect(Math.max(...numbers)).toBeGreaterThan(18);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(10);
    expect(Math.min(...numbers)).toBeLessThan(12);
  });

  test('what reads passes', () => {
    const rules = new WireRules();
    rules.add(1, { kind: 'widen', upTo: 20, seed: 1 });
    expect(arrival(rules, 'select * from orders')()).toBe(0);
    expect(arrival(rules, 'begin')()).toBe(0);
  });
});
