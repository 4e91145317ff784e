import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { upstream } from '../../e2e/fixtures/tcp.ts';
import { connected, flow, type Proxied, proxyTo, streams, timed } from '../proxied.ts';
import '../subject.ts';

describe.each(streams)('several toxics, %s', (stream) => {
  test('run in the order of their addition', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'slicer', { average_size: 1, size_variation: 0, delay: 30_000 }, { name: 'slice' });
    await proxy.add(stream, 'limit_data', { bytes: 3 }, { name: 'limit' });
    await proxy.add(stream, 'latency', { latency: 100 }, { name: 'slow' });
    const { from, to } = flow(stream, pair);
    expect(
      await timed(() => {
        from.socket.write('abcdef');
        return to.closed;
      }),
    ).toBeGreaterThanOrEqual(98);
    expect(to.text).toBe('abc');
  });

  test('come and go on a connection that stays', async () => {
    const { proxy, pair } = await connected();
    const { from, to } = flow(stream, pair);
    const kinds: [string, object][] = [
      ['latency', { latency: 20, jitter: 10 }],
      ['bandwidth', { rate: 1_000 }],
      ['slicer', { average_size: 5, size_variation: 2, delay: 50 }],
      ['slow_close', { delay: 10 }],
      ['limit_data', { bytes: 1_000_000 }],
      ['noop', {}],
    ];
    let sent = '';
    const send = (text: string) => {
      sent += text;
      from.socket.write(text);
    };
    for (const [type, attributes] of kinds) {
      await proxy.add(stream, type, attributes, { name: type });
      send(`with ${type}, `);
      await proxy.update(type, { toxicity: 0.5 });
      send(`with half a ${type}, `);
    }
    for (const [type] of kinds) {
      await proxy.remove(type);
      send(`without ${type}, `);
    }
    from.socket.end();
    await to.closed;
    expect(to.text).toBe(sent);
  });

  test('of every loss-free type let a large transfer through whole', async () => {
    const to = await upstream();
    const proxy = await proxyTo(to.address);
    await proxy.add(stream, 'latency', { latency: 10, jitter: 10 }, { name: 'a' });
    await proxy.add(stream, 'bandwidth', { rate: 20_000 }, { name: 'b' });
    await proxy.add(stream, 'slicer', { average_size: 4_000, size_variation: 500, delay: 10 }, { name: 'c' });
    await proxy.add(stream, 'slow_close', { delay: 20 }, { name: 'd' });
    const ends = flow(stream, await proxy.connect(to));
    const data = Buffer.alloc(2_000_000, '0123456789abcdefg');
    ends.from.socket.end(data);
    await ends.to.closed;
    expect(ends.to.received.equals(data)).toBe(true);
  });
});

describe('toxics of both streams', () => {
  test('do not touch each other', async () => {
    const { proxy, pair } = await connected();
    await proxy.add('upstream', 'timeout', { timeout: 0 });
    await proxy.add('downstream', 'latency', { latency: 100 });
    pair.near.socket.write('lost');
    expect(
      await timed(() => {
        pair.far.socket.write('late');
        return pair.near.has(4);
      }),
    ).toBeGreaterThanOrEqual(98);
    await pause(50);
    expect(pair.far.text).toBe('');
  });

  test('survive what happens to the proxy', async () => {
    const { proxy, to } = await connected();
    const other = await upstream();
    await proxy.add('upstream', 'latency', { latency: 150 });
    await proxy.change({ upstream: other.address });
    await proxy.change({ enabled: false });
    await proxy.change({ enabled: true, upstream: to.address });
    const pair = await proxy.connect(to);
    expect(
      await timed(() => {
        pair.near.socket.write('x');
        return pair.far.has(1);
      }),
    ).toBeGreaterThanOrEqual(148);
  });
});

describe('toxicity', () => {
  test('of one half acts on some connections and spares others, for as long as they live', async () => {
    const to = await upstream();
    const proxy = await proxyTo(to.address);
    await proxy.add('upstream', 'timeout', { timeout: 0 }, { toxicity: 0.5 });
    const pairs = [];
    for (let n = 0; n < 60; n += 1) pairs.push(await proxy.connect(to));
    for (const { near } of pairs) near.socket.write('a');
    await pause(300);
    const spared = pairs.filter(({ far }) => far.text === 'a');
    // At one half, 60 connections fall within 8 and 52 but for one run in about 10^8.
    expect(spared.length).toBeGreaterThanOrEqual(8);
    expect(spared.length).toBeLessThanOrEqual(52);
    for (const { near } of pairs) near.socket.write('b');
    await Promise.all(spared.map(({ far }) => far.has(2)));
    await pause(100);
    expect(pairs.filter(({ far }) => far.text !== '')).toHaveLength(spared.length);
  });

  test.each([
    ['at each update, even one of nothing', (proxy: Proxied) => proxy.update('upstream', {})],
    [
      'when another is added behind it, and again when that is removed',
      async (proxy: Proxied) => {
        await proxy.add('upstream', 'noop', {}, { name: 'behind' });
        await proxy.remove('behind');
      },
    ],
  ])('is rolled again %s', async (_, change) => {
    const { proxy, pair } = await connected();
    await proxy.add('upstream', 'timeout', { timeout: 0 }, { toxicity: 0.5 });
    const seen = new Set<boolean>();
    // Both happen but for one run in 2^39.
    for (let n = 0; n < 40 && seen.size < 2; n += 1) {
      await change(proxy);
      const before = pair.far.received.length;
      pair.near.socket.write('x');
      await pause(60);
      seen.add(pair.far.received.length > before);
    }
    expect(seen.size).toBe(2);
  });

  test('is rolled by each toxic for itself', async () => {
    const { proxy, to } = await connected();
    for (const stream of streams) await proxy.add(stream, 'timeout', { timeout: 0 }, { toxicity: 0.5 });
    const seen = new Set<string>();
    // Each of the four outcomes is missed by one run in 10^7.
    for (let n = 0; n < 60 && seen.size < 4; n += 1) {
      const { near, far } = await proxy.connect(to);
      near.socket.write('x');
      far.socket.write('x');
      await pause(60);
      seen.add(`${near.text}-${far.text}`);
    }
    expect(seen.size).toBe(4);
  });

  test('above 1 is 1, below 0 is 0', async () => {
    const { proxy, pair } = await connected();
    await proxy.add('upstream', 'timeout', { timeout: 0 }, { toxicity: 7 });
    pair.near.socket.write('lost');
    await pause(200);
    await proxy.update('upstream', { toxicity: -7 });
    pair.near.socket.write('seen');
    await pair.far.has(4);
    expect(pair.far.text).toBe('seen');
  });
});
