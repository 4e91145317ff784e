import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { client } from '../e2e/fixtures/tcp.ts';
import { api } from './api.ts';
import { connected, flow, portOf, proxyTo, streams } from './proxied.ts';
import './subject.ts';

// Requests that end the real server's process, or make it hang: ours has to stay up and go on.

describe.each(streams)('a toxic that the real server dies of, %s', (stream) => {
  test.each([
    ['a slicer without a size', 'slicer', {}],
    ['a slicer with a negative size', 'slicer', { average_size: -5 }],
    ['a slicer that varies by more than its size', 'slicer', { average_size: 10, size_variation: 100 }],
    ['a slicer with huge numbers', 'slicer', { average_size: 2 ** 40, size_variation: 2 ** 52 }],
    ['a slicer with negative numbers', 'slicer', { average_size: 3, size_variation: -5, delay: -5 }],
    ['a latency with a huge jitter, which may be none', 'latency', { latency: -(2 ** 52), jitter: 2 ** 40 }],
  ])('passes every byte: %s', async (_, type, attributes) => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, type, attributes);
    const { from, to } = flow(stream, pair);
    const data = Buffer.alloc(5_000, '0123456789a');
    from.socket.write(data);
    await to.has(data.length);
    expect(to.received.equals(data)).toBe(true);
  });

  test.each([
    ['bandwidth', { rate: -1 }],
    ['latency', { latency: 1, jitter: 2 ** 62 }],
  ])('is survived: %s %j', async (type, attributes) => {
    const { proxy, pair } = await connected();
    const body = JSON.stringify({ name: 't', stream, type, attributes }).replace(
      String(2 ** 62),
      '9223372036854775807',
    );
    expect(await api('POST', `${proxy.path}/toxics`, body)).toMatchObject({ status: 200 });
    const { from, to } = flow(stream, pair);
    from.socket.write('x');
    await pause(150);
    await proxy.remove('t');
    await to.has(1);
  });

  test('is survived: a bandwidth that is raised under traffic, again and again', async () => {
    const { proxy, pair } = await connected();
    await proxy.add(stream, 'bandwidth', { rate: 1 });
    const { from, to } = flow(stream, pair);
    let sent = 0;
    const timer = setInterval(() => {
      sent += 700;
      from.socket.write(Buffer.alloc(700));
    }, 1);
    for (let rate = 1; rate < 60; rate += 1) await proxy.update(stream, { attributes: { rate: rate * 1_000 } });
    clearInterval(timer);
    await to.has(sent);
    expect(to.received.length).toBe(sent);
  });
});

test('a client that does not read holds up no change of its proxy', async () => {
  const { proxy, pair } = await connected();
  pair.near.socket.pause();
  pair.far.socket.write(Buffer.alloc(20_000_000));
  await pause(200);
  for (const name of ['a', 'b']) await proxy.add('downstream', 'latency', { latency: 1 }, { name });
  await proxy.update('a', { attributes: { latency: 2 } });
  await proxy.remove('b');
  expect(await proxy.show()).toMatchObject({ toxics: [{ name: 'a' }] });
  pair.near.socket.resume();
  await pair.near.has(20_000_000);
});

test('an upstream that never accepts holds up neither other clients nor the API', async () => {
  const address = await neverAccepting();
  const proxy = await proxyTo(address);
  const waiting = [await client(proxy.port), await client(proxy.port)];
  await pause(50);
  const { proxy: other, to } = await connected();
  await other.connect(to);
  const { address: moved } = to;
  await proxy.change({ enabled: false });
  await Promise.all(waiting.map(({ closed }) => closed));
  await proxy.change({ enabled: true, upstream: moved });
  const pair = await proxy.connect(to);
  pair.near.socket.write('x');
  await pair.far.has(1);
});

/** A listener of a stopped process whose queue is full: dialling it goes unanswered. */
async function neverAccepting(): Promise<string> {
  const listen = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })`;
  const child = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const address = `127.0.0.1:${line.toString().trim()}`;
  child.kill('SIGSTOP');
  let unanswered = false;
  for (let n = 0; n < 8 && !unanswered; n += 1) {
    const socket = connect(portOf(address), '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => {
      socket.destroy();
    });
    await pause(100);
    unanswered = socket.connecting;
  }
  expect(unanswered).toBe(true);
  return address;
}
