import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { connected, flow, streams, timed } from '../proxied.ts';
import '../subject.ts';

describe.each(streams)('limit_data, %s', (stream) => {
  test('forwards exactly that many bytes of each connection, then closes', async () => {
    const { proxy, to: server, pair } = await connected();
    await proxy.add(stream, 'limit_data', { bytes: 100_003 });
    for (const one of [pair, await proxy.connect(server)]) {
      const { from, to } = flow(stream, one);
      const data = Buffer.alloc(200_000, 'abcdefg');
      from.socket.write(data);
      await to.closed;
      expect(to.received.equals(data.subarray(0, 100_003))).toBe(true);
      await from.closed;
    }
  });

  test('closes on the very byte, over several chunks', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'limit_data', { bytes: 6 });
    const { from, to } = flow(stream, pair);
    from.socket.write('abc');
    await to.has(3);
    await pause(50);
    expect(to.events).toEqual([]);
    from.socket.write('def');
    await to.closed;
    expect(to.text).toBe('abcdef');
  });

  test.each([0, -1])('of %i closes at the first chunk, which is lost', async (bytes) => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'limit_data', { bytes });
    const { from, to } = flow(stream, pair);
    await pause(50);
    expect(to.events).toEqual([]);
    from.socket.write('x');
    await to.closed;
    expect(to.text).toBe('');
  });

  test('lets an earlier end through', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'limit_data', { bytes: 10 });
    const { from, to } = flow(stream, pair);
    from.socket.end('abc');
    await to.closed;
    expect(to.text).toBe('abc');
  });

  test('counts on when it is raised', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'limit_data', { bytes: 5 });
    const { from, to } = flow(stream, pair);
    from.socket.write('abcd');
    await to.has(4);
    await proxy.update(stream, { attributes: { bytes: 6 } });
    from.socket.write('efgh');
    await to.closed;
    expect(to.text).toBe('abcdef');
  });

  test('that is lowered below what has passed closes at the next chunk', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'limit_data', { bytes: 10 });
    const { from, to } = flow(stream, pair);
    from.socket.write('abcd');
    await to.has(4);
    await proxy.update(stream, { attributes: { bytes: 4 } });
    await pause(50);
    expect(to.events).toEqual([]);
    from.socket.write('e');
    await to.closed;
    expect(to.text).toBe('abcd');
  });

  test('counts what passes while it is there, and starts anew when it is added again', async () => {
    const { proxy, pair } = await connected();
    const { from, to } = flow(stream, pair);
    from.socket.write('before');
    await to.has(6);
    await proxy.add(stream, 'limit_data', { bytes: 4 });
    from.socket.write('abc');
    await to.has(9);
    await proxy.remove(stream);
    await proxy.add(stream, 'limit_data', { bytes: 4 });
    from.socket.write('defgh');
    await to.closed;
    expect(to.text).toBe('beforeabcdefg');
  });

  test('before slow_close delays the end, behind it not', async () => {
    const { proxy, to: server, pair } = await connected();
    await proxy.add(stream, 'limit_data', { bytes: 3 }, { name: 'limit' });
    await proxy.add(stream, 'slow_close', { delay: 300 }, { name: 'slow' });
    const first = flow(stream, pair);
    expect(
      await timed(() => {
        first.from.socket.write('abcd');
        return first.to.closed;
      }),
    ).toBeGreaterThanOrEqual(298);
    expect(first.to.text).toBe('abc');
    await proxy.update('slow', { attributes: { delay: 600_000 } });
    await proxy.remove('limit');
    await proxy.add(stream, 'limit_data', { bytes: 3 }, { name: 'limit' });
    const second = flow(stream, await proxy.connect(server));
    second.from.socket.write('abcd');
    await second.to.closed;
    expect(second.to.text).toBe('abc');
  });
});
