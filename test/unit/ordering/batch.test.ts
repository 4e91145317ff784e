import { describe, expect, test } from 'vitest';
import { Batcher } from '../../../fixtures/ordering/batch.ts';

class Unstorable extends Error {}

/** A batcher whose writes are kept in order of arrival; `bad` items make their batch fail. */
function collecting(size: number, bad: (item: number) => Error | undefined = () => undefined) {
  const writes: (readonly number[])[] = [];
  const batcher = new Batcher<number>({
    size,
    writers: 1,
    isItemsFault: (error) => error instanceof Unstorable,
    write: async (items) => {
      writes.push(items);
      const error = items.map(bad).find((found) => found !== undefined);
      if (error !== undefined) throw error;
    },
  });
  return { batcher, writes };
}

describe('the batcher of the reference app', () => {
  test('writes together what is added at the same time', async () => {
    const { batcher, writes } = collecting(10);
    await Promise.all([1, 2, 3].map((item) => batcher.add(item)));
    expect(writes).toEqual([[1, 2, 3]]);
  });

  test('splits what exceeds the size and loses nothing', async () => {
    const { batcher, writes } = collecting(2);
    await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.add(item)));
    expect(writes).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('what arrives during a write is the next batch', async () => {
    const first = Promise.withResolvers<void>();
    const writes: (readonly number[])[] = [];
    const batcher = new Batcher<number>({
      size: 10,
      writers: 1,
      isItemsFault: () => false,
      write: async (items) => {
        writes.push(items);
        if (writes.length === 1) await first.promise;
      },
    });
    const one = batcher.add(1);
    await new Promise((resolve) => setImmediate(resolve));
    const others = [batcher.add(2), batcher.add(3)];
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes).toEqual([[1]]);
    first.resolve();
    await Promise.all([one, ...others]);
    expect(writes).toEqual([[1], [2, 3]]);
  });

  test('an item that cannot be stored fails alone', async () => {
    const { batcher, writes } = collecting(10, (item) => (item === 2 ? new Unstorable('NUL') : undefined));
    const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(writes).toEqual([[1, 2, 3], [1], [2], [3]]);
  });

  test('when the database is away, all of a batch fail and nothing is tried again', async () => {
    const { batcher, writes } = collecting(10, () => new Error('away'));
    const results = await Promise.allSettled([1, 2].map((item) => batcher.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(writes).toEqual([[1, 2]]);
  });
});
