import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { upstream } from '../../e2e/fixtures/tcp.ts';
import { api, asked } from '../api.ts';
import { connected, flow, type Pair, type Proxied, proxyTo, streams, timed } from '../proxied.ts';
import '../subject.ts';

const reset = ['ECONNRESET', 'close'];
const end = ['end', 'close'];

/** Waits until the proxy has joined both ends: until then a change of its toxics counts as made before the connection. */
async function joined({ near, far }: Pair, stream: string): Promise<void> {
  const { from, to } = flow(stream, { near, far });
  to.socket.write('-');
  await from.has(1);
}

/** A connection that was made while a reset_peer was there. */
async function marked(stream: string, timeout = 0): Promise<{ proxy: Proxied; pair: Pair }> {
  const to = await upstream();
  const proxy = await proxyTo(to.address);
  await proxy.add(stream, 'reset_peer', { timeout });
  const pair = await proxy.connect(to);
  await joined(pair, stream);
  return { proxy, pair };
}

async function bothClosed({ near, far }: Pair): Promise<string[][]> {
  await Promise.all([near.closed, far.closed]);
  return [near.events, far.events];
}

describe.each(streams)('reset_peer, %s', (stream) => {
  test('resets both sides at the first chunk, which is lost', async () => {
    const { pair } = await marked(stream);
    const { from, to } = flow(stream, pair);
    await pause(50);
    expect([...from.events, ...to.events]).toEqual([]);
    from.socket.write('lost');
    expect(await bothClosed(pair)).toEqual([reset, reset]);
    expect(to.text).toBe('');
  });

  test('resets both sides at the end of the data', async () => {
    const { pair } = await marked(stream);
    flow(stream, pair).from.socket.end();
    expect(await bothClosed(pair)).toEqual([reset, reset]);
  });

  test('lets the other stream pass', async () => {
    const { pair } = await marked(stream);
    const { from, to } = flow(stream, pair);
    to.socket.write('back');
    await from.has(5);
    expect([...from.events, ...to.events]).toEqual([]);
  });

  test('waits before it resets', async () => {
    const { pair } = await marked(stream, 300);
    const { from, to } = flow(stream, pair);
    expect(
      await timed(() => {
        from.socket.write('lost');
        return to.closed;
      }),
    ).toBeGreaterThanOrEqual(298);
    expect(await bothClosed(pair)).toEqual([reset, reset]);
  });

  test('on a connection that was there before closes with an end', async () => {
    const { proxy, pair } = await connected();
    await joined(pair, stream);
    await proxy.add(stream, 'reset_peer', { timeout: 0 });
    flow(stream, pair).from.socket.write('lost');
    expect(await bothClosed(pair)).toEqual([end, end]);
  });

  test.each([
    ['at toxicity 0', (proxy: Proxied) => proxy.update(stream, { toxicity: 0 })],
    ['after its removal', (proxy: Proxied) => proxy.remove(stream)],
  ])('makes the end of either side a reset for the other, %s', async (_, change) => {
    for (const side of ['near', 'far'] as const) {
      const { proxy, pair } = await marked(stream);
      await change(proxy);
      const { from, to } = flow(stream, pair);
      from.socket.write('passes');
      await to.has(6);
      pair[side].socket.end();
      const other = pair[side === 'near' ? 'far' : 'near'];
      await other.closed;
      expect(other.events).toEqual(reset);
    }
  });

  test('makes the cut of a disabled proxy a reset', async () => {
    const { proxy, pair } = await marked(stream);
    await proxy.change({ enabled: false });
    expect(await bothClosed(pair)).toEqual([reset, reset]);
  });

  test.each([
    ['removed', (proxy: Proxied) => proxy.remove(stream)],
    ['updated', (proxy: Proxied) => proxy.update(stream, { attributes: { timeout: 0 } })],
    ['followed by another', (proxy: Proxied) => proxy.add(stream, 'noop', {}, { name: 'behind' })],
    ['reset', () => asked(204, 'POST', '/reset')],
  ])('cannot be interrupted: being %s takes as long as its wait', async (_, change) => {
    const { proxy, pair } = await marked(stream, 500);
    const { from, to } = flow(stream, pair);
    from.socket.write('lost');
    const start = performance.now();
    await pause(150);
    const changed = change(proxy);
    await pause(20);
    expect(to.events).toEqual([]);
    await changed;
    expect(performance.now() - start).toBeGreaterThanOrEqual(495);
    await to.closed;
    expect(to.events).toEqual(reset);
  });

  test('holds up the API of its proxy meanwhile, and that of no other', async () => {
    const { proxy, pair } = await marked(stream, 1_000);
    const other = await proxyTo('u:1');
    flow(stream, pair).from.socket.write('lost');
    await pause(50);
    let removed = false;
    const removing = proxy.remove(stream).then(() => {
      removed = true;
    });
    await pause(50);
    const shown = proxy.show();
    await other.add('upstream', 'noop');
    await other.remove('upstream');
    expect(removed).toBe(false);
    // Held up until the toxic is gone, or it would show it.
    expect(await shown).toMatchObject({ toxics: [] });
    await removing;
  });

  test('that is removed before its first chunk lets data pass', async () => {
    const { proxy, pair } = await marked(stream);
    await proxy.remove(stream);
    const { from, to } = flow(stream, pair);
    from.socket.write('x');
    await to.has(1);
  });
});

test('a change that takes longer than 25 s is answered with a 503, and done later', { timeout: 40_000 }, async () => {
  const { proxy, pair } = await marked('downstream', 26_500);
  pair.far.socket.write('lost');
  await pause(50);
  const reply = await api('DELETE', `${proxy.path}/toxics/downstream`);
  expect(reply).toMatchObject({
    status: 503,
    text: '<html><head><title>Timeout</title></head><body><h1>Timeout</h1></body></html>',
  });
  expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
  await pair.near.closed;
  expect(await proxy.show()).toMatchObject({ toxics: [] });
});
