import { describe, expect, test } from 'vitest';
import { connected, flow, streams } from '../proxied.ts';
import '../subject.ts';

describe.each(streams)('noop, %s', (stream) => {
  test('changes nothing, however often it comes, changes and goes', async () => {
    const { proxy, pair } = await connected();
    const { from, to } = flow(stream, pair);
    for (let n = 0; n < 10; n += 1) {
      from.socket.write('a');
      await proxy.add(stream, 'noop', { anything: 'goes' });
      from.socket.write('b');
      await proxy.update(stream, { toxicity: 0.5 });
      from.socket.write('c');
      await proxy.remove(stream);
    }
    from.socket.end();
    await to.closed;
    expect(to.text).toBe('abc'.repeat(10));
  });
});
