import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProxyClient } from '../../dist/proxy/client.js';
import type { Contender, Starter } from './contenders.ts';
import { connected, echo, pour, roundTrip, upstream } from './sockets.ts';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
const idleConnections = 500;

/** Whether this system tells what another process uses. */
export const canMeasure = existsSync('/proc/self/stat');

/**
 * Seconds of CPU that the proxy's process spends on relaying a GiB of one connection, measured over half of one.
 * @param delay milliseconds of a `latency` toxic on the way; without it no toxic
 */
export async function cpuPerGibibyte(contender: Contender, delay?: number): Promise<number> {
  const volume = 512 * mebibyte;
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  let received = 0;
  const sink = await upstream((socket) =>
    socket.on('data', (data) => {
      received += data.length;
      if (received === volume) resolve();
    }),
  );
  const client = new ProxyClient(contender.url);
  try {
    const proxy = await client.create('volume', sink.address);
    if (delay !== undefined) {
      await proxy.addToxic({ name: 'l', type: 'latency', stream: 'upstream', attributes: { latency: delay } });
    }
    const socket = await connected(proxy.port);
    const before = cpuSeconds(contender.pid);
    await pour(socket, volume);
    await arrived;
    const spent = cpuSeconds(contender.pid) - before;
    socket.destroy();
    return spent / (volume / gibibyte);
  } finally {
    await client.close();
    await sink.close();
  }
}

/**
 * Bytes that the resident memory of a new proxy process grows by for each of 500 connections that have been used once and are
 * kept.
 */
export async function memoryPerConnection(start: Starter, track: (pid: number) => void): Promise<number> {
  const contender = await start(track);
  const server = await echo();
  try {
    const proxy = await new ProxyClient(contender.url).create('idle', server.address);
    // What a process allocates only once belongs to no connection.
    for (const socket of await opened(50, proxy.port)) socket.destroy();
    await sleep(200);
    const before = residentBytes(contender.pid);
    const sockets = await opened(idleConnections, proxy.port);
    await sleep(500);
    const after = residentBytes(contender.pid);
    for (const socket of sockets) socket.destroy();
    return (after - before) / idleConnections;
  } finally {
    await contender.stop();
    await server.close();
  }
}

async function opened(count: number, port: number) {
  const sockets = [];
  for (let made = 0; made < count; made += 1) {
    const socket = await connected(port);
    await roundTrip(socket);
    sockets.push(socket);
  }
  return sockets;
}

const ticksPerSecond = canMeasure ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : Number.NaN;

/** User and system time of a process in seconds, to 10 ms; NaN where it can't be told. See proc_pid_stat(5). */
export function cpuSeconds(pid: number): number {
  if (!canMeasure) return Number.NaN;
  // The second field is the program's name in parentheses, which may hold spaces; utime and stime are fields 14 and 15.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}
