import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { api, asked } from '../api.ts';
import { connected, flow, type Proxied, streams, timed } from '../proxied.ts';
import '../subject.ts';

describe.each(streams)('timeout, %s', (stream) => {
  test('at 0 drops everything and does not close', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'timeout', { timeout: 0 });
    const { from, to } = flow(stream, pair);
    from.socket.write('lost');
    to.socket.write('back');
    await from.has(4);
    await pause(200);
    expect(to.text).toBe('');
    expect([...from.events, ...to.events]).toEqual([]);
  });

  test('closes after that long without a chunk, each chunk counting', async () => {
    const { proxy, to: server } = await connected();
    await proxy.add(stream, 'timeout', { timeout: 300 });
    const { from, to } = flow(stream, await proxy.connect(server));
    const start = performance.now();
    await pause(200);
    from.socket.write('lost');
    await Promise.all([to.closed, from.closed]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(495);
    expect([to.text, to.events]).toEqual(['', ['end', 'close']]);
  });

  test('lets the end of the data through', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'timeout', { timeout: 600_000 });
    const { from, to } = flow(stream, pair);
    from.socket.end('lost');
    await to.closed;
    expect(to.text).toBe('');
  });

  test.each([
    ['removed', (proxy: Proxied) => proxy.remove(stream)],
    ['reset', () => asked(204, 'POST', '/reset')],
  ])('closes live connections when it is %s, at toxicity 0 too', async (_, change) => {
    for (const toxicity of [1, 0]) {
      const { proxy, to: server, pair } = await connected();
      await proxy.add(stream, 'timeout', { timeout: 0 }, { toxicity });
      await change(proxy);
      await Promise.all([pair.near.closed, pair.far.closed]);
      const { from, to } = flow(stream, await proxy.connect(server));
      from.socket.write('x');
      await to.has(1);
    }
  });

  test('stays open and silent when it is updated, counting anew', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'timeout', { timeout: 400 });
    const { from, to } = flow(stream, pair);
    const start = performance.now();
    await pause(250);
    await proxy.update(stream, { attributes: { timeout: 401 } });
    from.socket.write('lost');
    await to.closed;
    expect(performance.now() - start).toBeGreaterThanOrEqual(649);
    expect(to.text).toBe('');
  });

  test('passes data again on the same connection at toxicity 0', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'timeout', { timeout: 0 });
    const { from, to } = flow(stream, pair);
    from.socket.write('lost');
    await pause(200);
    await proxy.update(stream, { toxicity: 0 });
    from.socket.write('seen');
    await to.has(4);
    expect(to.text).toBe('seen');
  });

  test('that is negative acts as 0', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'timeout', { timeout: -5 });
    const { from, to } = flow(stream, pair);
    from.socket.write('lost');
    await pause(100);
    expect([to.text, ...to.events]).toEqual(['']);
  });

  test('does not hold up an answer of the API', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'timeout', { timeout: 0 });
    expect(
      await timed(() => {
        flow(stream, pair).from.socket.write('lost');
        return api('GET', '/proxies');
      }),
    ).toBeLessThan(5_000);
  });
});
