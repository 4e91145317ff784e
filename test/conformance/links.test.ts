import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { client, echo, upstream } from '../e2e/fixtures/tcp.ts';
import { connected, flow, proxyTo, streams } from './proxied.ts';
import './subject.ts';

const mib = 2 ** 20;

describe.each(streams)('a stream without toxics, %s', (stream) => {
  test('carries bytes of every value, and many of them, in order', async () => {
    const { pair } = await connected();
    const { from, to } = flow(stream, pair);
    const data = Buffer.alloc(3 * mib);
    for (let n = 0; n < data.length; n += 1) data[n] = (n * 7 + (n >> 8)) % 256;
    from.socket.write(data);
    await to.has(data.length);
    expect(to.received.equals(data)).toBe(true);
  });

  test('takes the other stream along when it ends, although its sender goes on: there is no half-close', async () => {
    const { pair } = await connected();
    const { from, to } = flow(stream, pair);
    for (const { socket } of [from, to]) socket.allowHalfOpen = true;
    const over = once(from.socket, 'end');
    from.socket.end('the end');
    await once(to.socket, 'end');
    await over;
    expect(to.text).toBe('the end');
  });

  test('ends after all that was sent', async () => {
    const { pair } = await connected();
    const { from, to } = flow(stream, pair);
    from.socket.end('the end');
    await to.closed;
    expect(to.text).toBe('the end');
    await from.closed;
    expect([from.events, to.events]).toEqual([
      ['end', 'close'],
      ['end', 'close'],
    ]);
  });

  test('brings a reset of one side to the other as an end', async () => {
    const { pair } = await connected();
    const { from, to } = flow(stream, pair);
    from.socket.write('last words');
    await to.has(10);
    from.socket.resetAndDestroy();
    await to.closed;
    expect(to.events).toEqual(['end', 'close']);
  });

  test('holds the sender back while the reader does not read, and loses nothing', async () => {
    const offered = 64 * mib;
    const { pair } = await connected();
    const { from, to } = flow(stream, pair);
    to.socket.pause();
    const sent = sending(from.socket, offered);
    await settled(() => sent.accepted);
    // What kernels hold on two connections, and a little more.
    expect(sent.accepted).toBeLessThan(40 * mib);
    to.socket.removeAllListeners('data');
    let received = 0;
    to.socket.on('data', (data: Buffer) => {
      received += data.length;
    });
    to.socket.resume();
    await once(to.socket, 'end');
    expect(received).toBe(offered);
  });
});

describe('many connections', () => {
  test('500 at once each get their own bytes, both ways, and are all cut', { timeout: 60_000 }, async () => {
    const proxy = await proxyTo((await upstream(echo)).address);
    const clients = await Promise.all(Array.from({ length: 500 }, () => client(proxy.port)));
    clients.forEach((one, n) => {
      one.socket.write(`number ${n};`);
    });
    await Promise.all(clients.map((one, n) => one.has(`number ${n};`.length)));
    expect(clients.map(({ text }) => text)).toEqual(clients.map((_, n) => `number ${n};`));
    await proxy.change({ enabled: false });
    await Promise.all(clients.map((one) => one.closed));
  });

  test('2,000 short ones in a row each get their answer', { timeout: 60_000 }, async () => {
    const to = await upstream((peer) => peer.socket.on('data', (data) => peer.socket.end(data)));
    const proxy = await proxyTo(to.address);
    for (let n = 0; n < 2_000; n += 1) {
      const socket = connect({ host: '127.0.0.1', port: proxy.port });
      socket.write(`${n}`);
      const [data] = (await once(socket, 'data')) as [Buffer];
      if (data.toString() !== `${n}`) expect(data.toString()).toBe(`${n}`);
      socket.destroy();
    }
  });

  test('one that does not read does not hold back the others', async () => {
    const to = await upstream();
    const proxy = await proxyTo(to.address);
    const [stuck, free] = [await proxy.connect(to), await proxy.connect(to)];
    stuck.near.socket.pause();
    const sent = sending(stuck.far.socket, 64 * mib);
    await settled(() => sent.accepted);
    free.far.socket.write('x');
    await free.near.has(1);
    const fresh = await proxy.connect(to);
    fresh.near.socket.write('y');
    await fresh.far.has(1);
  });
});

describe('a client', () => {
  test('that sends and ends before the upstream answers is heard', async () => {
    const to = await upstream();
    const proxy = await proxyTo(to.address);
    const socket = connect({ host: '127.0.0.1', port: proxy.port });
    onTestFinished(() => {
      socket.destroy();
    });
    socket.end('early');
    const far = await to.peer();
    await far.closed;
    expect(far.text).toBe('early');
  });

  test('that says nothing still makes the upstream be dialled, and hears it', async () => {
    const to = await upstream((peer) => peer.socket.end('welcome'));
    const one = await client((await proxyTo(to.address)).port);
    await one.closed;
    expect(one.text).toBe('welcome');
  });

  test('goes on while another proxy is changed and deleted', async () => {
    const { pair } = await connected();
    const other = await proxyTo('127.0.0.1:1');
    await other.add('upstream', 'timeout');
    await other.change({ enabled: false });
    pair.near.socket.write('x');
    await pair.far.has(1);
  });
});

/** Offers so many bytes, no faster than they are taken, and then the end. */
function sending(socket: Socket, offered: number): { accepted: number } {
  const sent = { accepted: 0 };
  const piece = Buffer.alloc(2 ** 18, 'x');
  const fill = () => {
    while (sent.accepted < offered && socket.writableLength === 0) {
      sent.accepted += piece.length;
      socket.write(piece);
    }
    if (sent.accepted >= offered) socket.end();
  };
  socket.on('drain', fill);
  fill();
  return sent;
}

/** Resolves when a number above 0 has not changed for 300 ms. */
async function settled(read: () => number): Promise<void> {
  for (let before = -1; before !== read() || before === 0; ) {
    before = read();
    await pause(300);
  }
}
