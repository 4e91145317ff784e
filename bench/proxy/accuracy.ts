import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProxyClient } from '../../dist/proxy/client.js';
import type { Contender } from './contenders.ts';
import { connected, echo, pour, roundTrip, upstream } from './sockets.ts';

/** Milliseconds that the latency toxic is asked for. */
export const askedLatency = 50;
/** Kilobytes (1,000 bytes) per second that the bandwidth toxic is asked for. */
export const askedBandwidth = 1_000;

const connections = 20;
const tripsEach = 25;
const volume = 2_000_000;

/**
 * How much later (or, below zero, earlier) than asked each of 500 answers came, in milliseconds: its round trip without the median
 * of round trips through the same proxy before it had a toxic, without the 50 ms.
 */
export async function latencyErrors(contender: Contender): Promise<number[]> {
  const server = await echo();
  const client = new ProxyClient(contender.url);
  try {
    const proxy = await client.create('latency', server.address);
    const sockets = await Promise.all(Array.from({ length: connections }, () => connected(proxy.port)));
    const base: number[] = [];
    for (let trip = 0; trip < tripsEach; trip += 1) {
      for (const socket of sockets) base.push(await roundTrip(socket));
    }
    const usual = base.sort((a, b) => a - b)[base.length / 2] ?? 0;
    const attributes = { latency: askedLatency, jitter: 0 };
    await proxy.addToxic({ name: 'asked', type: 'latency', stream: 'downstream', attributes });
    const errors = await Promise.all(
      sockets.map(async (socket, index) => {
        // Spread over the delay, so that the answers don't wait for each other.
        await sleep((index * askedLatency) / connections);
        const seen: number[] = [];
        for (let trip = 0; trip < tripsEach; trip += 1) seen.push((await roundTrip(socket)) - usual - askedLatency);
        return seen;
      }),
    );
    for (const socket of sockets) socket.destroy();
    return errors.flat();
  } finally {
    await client.close();
    await server.close();
  }
}

/**
 * How far the rate of 2 MB through a bandwidth toxic of 1,000 KB/s was from that, as a share: 0.01 is 1 % too fast. Undefined where
 * the server has no such toxic.
 */
export async function bandwidthError(contender: Contender): Promise<number | undefined> {
  const { promise: arrived, resolve } = Promise.withResolvers<number>();
  let received = 0;
  const sink = await upstream((socket) =>
    socket.on('data', (data) => {
      received += data.length;
      if (received === volume) resolve(performance.now());
    }),
  );
  const client = new ProxyClient(contender.url);
  try {
    const proxy = await client.create('bandwidth', sink.address);
    const attributes = { rate: askedBandwidth };
    try {
      await proxy.addToxic({ name: 'asked', type: 'bandwidth', stream: 'upstream', attributes });
    } catch (error) {
      if (error instanceof Error && error.message.includes('invalid toxic type')) return undefined;
      throw error;
    }
    const socket = await connected(proxy.port);
    const sent = performance.now();
    await pour(socket, volume);
    const seconds = ((await arrived) - sent) / 1_000;
    socket.destroy();
    await once(socket, 'close');
    return volume / seconds / (askedBandwidth * 1_000) - 1;
  } finally {
    await client.close();
    await sink.close();
  }
}
