import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { api } from '../api.ts';
import { connected, flow, type Proxied, streams, timed } from '../proxied.ts';
import '../subject.ts';

/** So long that only its end by something else can be seen. */
const forever = { latency: 600_000 };

describe.each(streams)('latency, %s', (stream) => {
  test('delays each chunk by that long, and the other stream not', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', { latency: 200 });
    const { from, to } = flow(stream, pair);
    to.socket.write('back');
    expect(
      await timed(() => {
        from.socket.write('x');
        return to.has(1);
      }),
    ).toBeGreaterThanOrEqual(198);
    expect(from.text).toBe('back');
  });

  test('acts on connections that are made later', async () => {
    const { proxy, to: server } = await connected();
    await proxy.add(stream, 'latency', { latency: 200 });
    const { from, to } = flow(stream, await proxy.connect(server));
    expect(
      await timed(() => {
        from.socket.write('x');
        return to.has(1);
      }),
    ).toBeGreaterThanOrEqual(198);
  });

  test('does not add up over chunks', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', { latency: 300 });
    const { from, to } = flow(stream, pair);
    const start = performance.now();
    let last = start;
    for (let n = 0; n < 20; n += 1) {
      last = performance.now();
      from.socket.write('x');
      await pause(5);
    }
    await to.has(20);
    const end = performance.now();
    expect(end - last).toBeGreaterThanOrEqual(298);
    // One after the other they would take 6 s.
    expect(end - start).toBeLessThan(3_000);
  });

  test('of two adds up', async () => {
    const { proxy, pair } = await connected();
    for (const name of ['a', 'b']) await proxy.add(stream, 'latency', { latency: 150 }, { name });
    const { from, to } = flow(stream, pair);
    expect(
      await timed(() => {
        from.socket.write('x');
        return to.has(1);
      }),
    ).toBeGreaterThanOrEqual(298);
  });

  test('does not delay the end of the data, which stays behind the data', async () => {
    const { proxy, to: server, pair } = await connected();
    await proxy.add(stream, 'latency', forever);
    flow(stream, pair).from.socket.end();
    await flow(stream, pair).to.closed;
    await proxy.update(stream, { attributes: { latency: 200 } });
    const { from, to } = flow(stream, await proxy.connect(server));
    from.socket.end('x');
    expect(await timed(to.closed)).toBeGreaterThanOrEqual(198);
    expect(to.text).toBe('x');
  });

  test('that is removed frees all that is queued', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', forever);
    const { from, to } = flow(stream, pair);
    for (const text of ['a', 'b', 'c']) {
      from.socket.write(text);
      await pause(50);
    }
    expect(to.text).toBe('');
    await proxy.remove(stream);
    from.socket.write('d');
    await to.has(4);
    expect(to.text).toBe('abcd');
  });

  test('that is reset frees all that is queued', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', forever);
    const { from, to } = flow(stream, pair);
    from.socket.write('a');
    await pause(50);
    expect(await api('POST', '/reset')).toMatchObject({ status: 204 });
    await to.has(1);
  });

  test.each([
    ['is updated, even to nothing new', (proxy: Proxied) => proxy.update(stream, {})],
    ['gets one behind it', (proxy: Proxied) => proxy.add(stream, 'noop', {}, { name: 'behind' })],
  ])('frees only the chunk in hand when it %s', async (_, change) => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', forever);
    const { from, to } = flow(stream, pair);
    for (const text of ['a', 'b', 'c']) {
      from.socket.write(text);
      await pause(50);
    }
    await change(proxy);
    await to.has(1);
    await pause(100);
    expect(to.text).toBe('a');
  });

  test('frees the chunk in hand when the next toxic is removed', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', forever);
    await proxy.add(stream, 'noop', {}, { name: 'behind' });
    const { from, to } = flow(stream, pair);
    for (const text of ['a', 'b']) {
      from.socket.write(text);
      await pause(50);
    }
    await proxy.remove('behind');
    await to.has(1);
    await pause(100);
    expect(to.text).toBe('a');
  });

  test('that is updated times what is queued anew, from when it came', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', forever);
    const { from, to } = flow(stream, pair);
    const start = performance.now();
    for (const text of ['a', 'b']) {
      from.socket.write(text);
      await pause(50);
    }
    await proxy.update(stream, { attributes: { latency: 400 } });
    await to.has(2);
    expect(performance.now() - start).toBeGreaterThanOrEqual(445);
  });

  test('acts by what a refused update could read, on live connections too', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency');
    const update = '{"attributes":{"jitter":"x","latency":200}}';
    expect(await api('PATCH', `${proxy.path}/toxics/${stream}`, update)).toMatchObject({ status: 400 });
    const { from, to } = flow(stream, pair);
    expect(
      await timed(() => {
        from.socket.write('x');
        return to.has(1);
      }),
    ).toBeGreaterThanOrEqual(198);
  });

  test('can be changed and removed while its connections break', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', forever);
    const { from, to } = flow(stream, pair);
    from.socket.write('x');
    to.socket.resetAndDestroy();
    await proxy.update(stream, { attributes: { latency: 1 } });
    await proxy.remove(stream);
    await from.closed;
  });

  test('with a negative latency or jitter is none', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', { latency: -60_000, jitter: -60_000 });
    const { from, to } = flow(stream, pair);
    from.socket.write('x');
    await to.has(1);
  });

  test('with jitter stays within it, and keeps the order', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'latency', { latency: 150, jitter: 50 });
    const { from, to } = flow(stream, pair);
    for (let n = 0; n < 10; n += 1) {
      const before = to.received.length;
      expect(
        await timed(() => {
          from.socket.write(`${n}`);
          return to.has(before + 1);
        }),
      ).toBeGreaterThanOrEqual(98);
    }
    from.socket.write('abcdef');
    await to.has(16);
    expect(to.text).toBe('0123456789abcdef');
  });

  test('with toxicity 0 spares every connection', async () => {
    const { proxy, to: server } = await connected();
    await proxy.add(stream, 'latency', forever, { toxicity: 0 });
    for (let n = 0; n < 10; n += 1) {
      const { from, to } = flow(stream, await proxy.connect(server));
      from.socket.write('x');
      await to.has(1);
    }
  });
});
