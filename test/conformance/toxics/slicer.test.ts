import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { connected, flow, streams, timed } from '../proxied.ts';
import '../subject.ts';

describe.each(streams)('slicer, %s', (stream) => {
  test('halves a chunk until the pieces are small enough, and waits between them', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slicer', { average_size: 100, size_variation: 0, delay: 20_000 });
    const { from, to } = flow(stream, pair);
    const sizes: number[] = [];
    to.socket.on('data', (data: Buffer) => sizes.push(data.length));
    const data = Buffer.alloc(1_000, '0123456789');
    from.socket.write(data);
    // 16 pieces, a wait after each but the last to be seen.
    expect(await timed(to.has(1_000))).toBeGreaterThanOrEqual(298);
    const pieces = [62, 63, 62, 63, 62, 63, 62, 63, 62, 63, 62, 63, 62, 63, 62, 63];
    // A slow machine may read two pieces at once, never a part of one.
    expect(ends(pieces)).toEqual(expect.arrayContaining(ends(sizes)));
    expect(sizes.length).toBeGreaterThan(8);
    expect(to.received.equals(data)).toBe(true);
  });

  test('varies the sizes within the variation, in order and without loss', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slicer', { average_size: 100, size_variation: 30, delay: 20_000 });
    const { from, to } = flow(stream, pair);
    const sizes: number[] = [];
    to.socket.on('data', (data: Buffer) => sizes.push(data.length));
    const data = Buffer.alloc(3_000, '0123456789');
    from.socket.write(data);
    await to.has(3_000);
    expect(to.received.equals(data)).toBe(true);
    // A slow machine may read some pieces two at once.
    const single = sizes.filter((size) => size <= 130);
    expect(single.length).toBeGreaterThan(15);
    expect(new Set(single).size).toBeGreaterThan(3);
  });

  test.each([
    { average_size: 10, size_variation: 100, size: 110 },
    { average_size: 10, size_variation: 10, size: 20 },
    { average_size: 1, size_variation: 1, size: 2 },
    { average_size: 100, size_variation: 0, size: 100 },
  ])('leaves a chunk whole that is no larger than size and variation together: %o', async ({ size, ...sizes }) => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slicer', { ...sizes, delay: 100_000 });
    const { from, to } = flow(stream, pair);
    const seen: number[] = [];
    to.socket.on('data', (data: Buffer) => seen.push(data.length));
    from.socket.write(Buffer.alloc(size));
    await to.has(size);
    expect(seen).toEqual([size]);
  });

  test('with a variation as large as the size cuts every size of chunk without loss, into no piece above both together', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slicer', { average_size: 4, size_variation: 4, delay: 2_000 });
    const { from, to } = flow(stream, pair);
    const seen: number[] = [];
    to.socket.on('data', (data: Buffer) => seen.push(data.length));
    let sent = 0;
    for (let size = 1; size <= 24; size++) {
      const data = Buffer.alloc(size, '0123456789abcdef');
      sent += size;
      from.socket.write(data);
      await to.has(sent);
      expect(to.received.subarray(sent - size).equals(data)).toBe(true);
    }
    // A slow machine may read some pieces two at once.
    const single = seen.filter((size) => size <= 8);
    expect(single.length).toBeGreaterThan(0.8 * seen.length);
    expect(new Set(single).size).toBeGreaterThan(4);
  });

  test('waits after the last piece too', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slicer', { average_size: 10, size_variation: 0, delay: 300_000 });
    const { from, to } = flow(stream, pair);
    from.socket.write('first');
    await to.has(5);
    expect(
      await timed(() => {
        from.socket.write('second');
        return to.has(11);
      }),
    ).toBeGreaterThanOrEqual(250);
  });

  test('with a delay of 10 us takes far less than a millisecond a piece', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slicer', { average_size: 10, size_variation: 0, delay: 10 });
    const { from, to } = flow(stream, pair);
    const pieces = 4_096;
    from.socket.write(Buffer.alloc(32_768));
    // A timer that counts whole milliseconds would take over 4 s.
    expect(await timed(to.has(32_768))).toBeLessThan(pieces * 0.9);
  });

  test.each(['removed', 'updated'])('that is %s sends the rest in one piece', async (kind) => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slicer', { average_size: 1, size_variation: 0, delay: 600_000_000 });
    const { from, to } = flow(stream, pair);
    from.socket.write('abcdef');
    await to.has(1);
    await pause(50);
    expect(to.text).toBe('a');
    if (kind === 'removed') await proxy.remove(stream);
    else await proxy.update(stream, {});
    await to.has(6);
    expect(to.text).toBe('abcdef');
  });
});

/** Where pieces of these sizes end. */
function ends(sizes: readonly number[]): number[] {
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return end;
  });
}
