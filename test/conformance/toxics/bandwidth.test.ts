import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { connected, flow, streams, timed } from '../proxied.ts';
import '../subject.ts';

describe.each(streams)('bandwidth, %s', (stream) => {
  test('waits for the time that a chunk takes, then sends it whole', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 5 });
    const { from, to } = flow(stream, pair);
    from.socket.write(Buffer.alloc(500));
    await pause(50);
    expect(to.received.length).toBe(0);
    await to.has(1);
    expect(to.received.length).toBe(500);
  });

  test('takes as long as the rate says, for each connection', async () => {
    const { proxy, to: server, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 100 });
    const pairs = [pair, await proxy.connect(server)];
    const took = await Promise.all(
      pairs.map((one) => {
        const { from, to } = flow(stream, one);
        from.socket.write(Buffer.alloc(60_000));
        return timed(to.has(60_000));
      }),
    );
    for (const ms of took) {
      expect(ms).toBeGreaterThanOrEqual(590);
      // Sharing one rate they would take twice as long.
      expect(ms).toBeLessThan(1_150);
    }
  });

  test('sends a chunk that is larger than the rate for 100 ms in portions of that size', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 1 });
    const { from, to } = flow(stream, pair);
    const ends: number[] = [];
    to.socket.on('data', () => ends.push(to.received.length));
    expect(
      await timed(() => {
        from.socket.write(Buffer.alloc(350));
        return to.has(350);
      }),
    ).toBeGreaterThanOrEqual(348);
    // A slow machine may read two portions at once, never a part of one.
    expect([100, 200, 300, 350]).toEqual(expect.arrayContaining(ends));
    expect(ends.length).toBeGreaterThan(1);
  });

  test('at rate 0 forwards nothing until it is removed', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 0 });
    const { from, to } = flow(stream, pair);
    from.socket.write('abc');
    await pause(250);
    expect(to.text).toBe('');
    await proxy.remove(stream);
    from.socket.write('d');
    await to.has(4);
    expect(to.text).toBe('abcd');
  });

  test('at rate 0 keeps a timeout behind it from closing, by empty chunks', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 0 });
    await proxy.add(stream, 'timeout', { timeout: 2_000 }, { name: 'behind' });
    const { from, to } = flow(stream, pair);
    from.socket.write('abc');
    await pause(2_600);
    expect(to.events).toEqual([]);
  });

  test('that is updated sends the chunk in hand, and the rest at the new rate', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 1 });
    const { from, to } = flow(stream, pair);
    from.socket.write(Buffer.alloc(20_000));
    await pause(30);
    await proxy.update(stream, { attributes: { rate: 2 } });
    await to.has(20_000);
    expect(
      await timed(() => {
        from.socket.write(Buffer.alloc(600));
        return to.has(20_600);
      }),
    ).toBeGreaterThanOrEqual(298);
  });

  test('does not hold back the other stream, and the end comes after the data', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 1 });
    const { from, to } = flow(stream, pair);
    to.socket.write('back');
    from.socket.end(Buffer.alloc(300));
    await from.has(4);
    expect(await timed(to.closed)).toBeGreaterThanOrEqual(250);
    expect(to.received.length).toBe(300);
  });

  test('with latency behind it takes both times', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 1 });
    await proxy.add(stream, 'latency', { latency: 300 }, { name: 'behind' });
    const { from, to } = flow(stream, pair);
    from.socket.write(Buffer.alloc(350));
    // The first portion leaves after 100 ms, and each one was received when the whole was.
    expect(await timed(to.has(1))).toBeGreaterThanOrEqual(298);
    await to.has(350);
  });
});
