import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { asked } from '../api.ts';
import { connected, flow, type Proxied, streams, timed } from '../proxied.ts';
import '../subject.ts';

const forever = { delay: 600_000 };

describe.each(streams)('slow_close, %s', (stream) => {
  test('lets data pass and holds back the end', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slow_close', { delay: 300 });
    const { from, to } = flow(stream, pair);
    from.socket.end('data');
    const start = performance.now();
    await to.has(4);
    expect(to.events).toEqual([]);
    await to.closed;
    expect(performance.now() - start).toBeGreaterThanOrEqual(298);
    await from.closed;
  });

  test('does not hold back the end of the other stream', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slow_close', forever);
    const { from, to } = flow(stream, pair);
    to.socket.end();
    await from.closed;
  });

  test('lets replies pass meanwhile', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slow_close', forever);
    const { from, to } = flow(stream, pair);
    from.socket.allowHalfOpen = true;
    from.socket.end('ask');
    await to.has(3);
    to.socket.write('reply');
    await from.has(5);
  });

  test('starts its delay anew at each update', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slow_close', { delay: 400 });
    const { from, to } = flow(stream, pair);
    from.socket.end();
    const start = performance.now();
    await pause(250);
    await proxy.update(stream, {});
    await to.closed;
    expect(performance.now() - start).toBeGreaterThanOrEqual(648);
  });

  test.each([
    ['is removed', (proxy: Proxied) => proxy.remove(stream)],
    ['is reset', () => asked(204, 'POST', '/reset')],
    ['gets toxicity 0', (proxy: Proxied) => proxy.update(stream, { toxicity: 0 })],
    ['gets a delay of 0', (proxy: Proxied) => proxy.update(stream, { attributes: { delay: 0 } })],
  ])('closes at once when it %s', async (_, change) => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slow_close', forever);
    const { from, to } = flow(stream, pair);
    from.socket.end('data');
    await to.has(4);
    await pause(50);
    expect(to.events).toEqual([]);
    await change(proxy);
    await to.closed;
  });

  test('of two adds up', async () => {
    const { proxy, pair } = await connected();
    for (const name of ['a', 'b']) await proxy.add(stream, 'slow_close', { delay: 150 }, { name });
    const { from, to } = flow(stream, pair);
    from.socket.end();
    expect(await timed(to.closed)).toBeGreaterThanOrEqual(298);
  });
});
