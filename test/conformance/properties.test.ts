import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { upstream } from '../e2e/fixtures/tcp.ts';
import { api, asked } from './api.ts';
import { freshName, Proxied, type ProxyJson, streams } from './proxied.ts';
import { subject } from './subject.ts';

const seed = Number(process.env.CONFORMANCE_SEED ?? randomBytes(4).readUInt32BE());
console.log(`CONFORMANCE_SEED=${seed}`);

const small = (max: number) => fc.integer({ min: 1, max });
const toxics = fc.oneof(
  fc.record({ type: fc.constant('latency'), attributes: fc.record({ latency: small(30), jitter: small(20) }) }),
  fc.record({ type: fc.constant('bandwidth'), attributes: fc.record({ rate: fc.integer({ min: 200, max: 5_000 }) }) }),
  fc.record({
    type: fc.constant('slicer'),
    attributes: fc.record({
      average_size: fc.integer({ min: 50, max: 500 }),
      size_variation: small(50),
      delay: small(50),
    }),
  }),
  fc.record({ type: fc.constant('slow_close'), attributes: fc.record({ delay: small(30) }) }),
  fc.record({ type: fc.constant('limit_data'), attributes: fc.record({ bytes: fc.constant(1_000_000_000) }) }),
  fc.record({ type: fc.constant('noop'), attributes: fc.constant({}) }),
);

const step = fc.record({
  do: fc.constantFrom('add', 'add', 'update', 'remove'),
  stream: fc.constantFrom(...streams),
  toxic: toxics,
  toxicity: fc.constantFrom(1, 1, 0.5, 0),
  which: fc.nat(20),
  after: fc.integer({ min: 0, max: 10 }),
});

/** Raising a bandwidth under traffic can kill the real server (a race of its own), so an update leaves one as it is. */
const harmless = (type: string, attributes: object) => (type === 'bandwidth' ? {} : { attributes });

test('no sequence of loss-free toxics loses, repeats or moves a byte, in either stream', {
  timeout: 120_000,
}, async () => {
  const to = await upstream();
  const made = { name: freshName(), upstream: to.address, listen: '127.0.0.1:0' };
  const proxy = new Proxied(await asked<ProxyJson>(201, 'POST', '/proxies', made));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const { near, far } = await proxy.connect(to);
      const writers = [records(near.socket), records(far.socket)];
      const present: { name: string; toxic: { type: string; attributes: object } }[] = [];
      for (const [index, { do: kind, stream, toxic, toxicity, which, after }] of steps.entries()) {
        const chosen = present[which % Math.max(1, present.length)];
        if (kind === 'add' || !chosen) {
          present.push({ name: `t${index}`, toxic });
          await proxy.add(stream, toxic.type, toxic.attributes, { name: `t${index}`, toxicity });
        } else if (kind === 'remove') {
          await proxy.remove(chosen.name);
          present.splice(present.indexOf(chosen), 1);
        } else if (toxic.type === chosen.toxic.type) {
          await proxy.update(chosen.name, { toxicity, ...harmless(toxic.type, toxic.attributes) });
        } else await proxy.update(chosen.name, { toxicity });
        await pause(after);
      }
      const [up = '', down = ''] = writers.map((writer) => writer.stop());
      await Promise.all([far.has(up.length), near.has(down.length)]);
      for (const { name } of present) await proxy.remove(name);
      near.socket.end();
      await Promise.all([near.closed, far.closed]);
      expect(far.text === up).toBe(true);
      expect(near.text === down).toBe(true);
    }),
    { seed, numRuns: 25, endOnFailure: true },
  );
});

const header = fc.constantFrom(
  'Host: x',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Expect: 100-continue',
  'Connection: close',
  'X',
  ': y',
  'Content-Length: -1',
);
const requestLine = fc.tuple(
  fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'CONNECT', 'get', '', 'G\x00T'),
  fc.constantFrom('/proxies', '/populate', '/proxies/%zz', '//', '*', '', '/proxies/\xff', 'a:1', '/reset'),
  fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/9.9', 'SMTP', ''),
);
const body = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constant('['.repeat(20_000)),
  fc.constant('5\r\nhello\r\n'),
);
const malformed = fc
  .tuple(requestLine, fc.array(header, { maxLength: 4 }), body, fc.boolean())
  .map(([line, headers, text, cut]) => {
    const whole = `${line.join(' ')}\r\n${headers.join('\r\n')}\r\n\r\n${text}`;
    return Buffer.from(cut ? whole.slice(0, whole.length >> 1) : whole, 'latin1');
  });

test('no bytes that are sent to the API, however they end, stop it from answering', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(malformed, fc.constantFrom('end', 'reset', 'stay'), async (bytes, ending) => {
      const socket = connect({ host: new URL(subject.url).hostname, port: subject.port });
      socket.on('error', () => {});
      socket.resume();
      await new Promise<void>((written) => {
        socket.write(bytes, () => written());
      });
      if (ending === 'end') socket.end();
      else if (ending === 'reset') socket.resetAndDestroy();
      expect((await api('GET', '/version')).status).toBe(200);
      socket.destroy();
    }),
    { seed, numRuns: 300, endOnFailure: true },
  );
});

test('no JSON that is sent to the API, of whatever shape, stops it from answering', { timeout: 120_000 }, async () => {
  const { path } = new Proxied(
    await asked<ProxyJson>(201, 'POST', '/proxies', { name: freshName(), upstream: 'u:1', enabled: false }),
  );
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('latency', 'upstream', 'x:0'));
  const order = fc.dictionary(
    fc.constantFrom('name', 'type', 'stream', 'toxicity', 'attributes', 'listen', 'Logger'),
    value,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/proxies', '/populate', `${path}/toxics`, path),
      order,
      async (target, fields) => {
        // Only what creates nothing that listens: an upstream is never given.
        const { status } = await api('POST', target, target === '/populate' ? [fields] : { ...fields, enabled: false });
        expect([200, 201, 400, 409, 500]).toContain(status);
        for (const { name } of (JSON.parse((await api('GET', path)).text) as ProxyJson).toxics) {
          await api('DELETE', `${path}/toxics/${encodeURIComponent(name)}`);
        }
      },
    ),
    { seed, numRuns: 200, endOnFailure: true },
  );
});

/** Writes numbered records of uneven length until it is stopped; gives all that it wrote. */
function records(socket: { write(text: string): unknown }): { stop(): string } {
  let sent = '';
  let n = 0;
  const timer = setInterval(() => {
    for (let batch = 0; batch < 5; batch += 1) {
      const record = `${n}${'.'.repeat(n % 97)};`;
      n += 1;
      sent += record;
      socket.write(record);
    }
  }, 2);
  return {
    stop() {
      clearInterval(timer);
      return sent;
    },
  };
}
