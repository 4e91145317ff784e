/**
 * Opens a stack that is kept, prints what there is as one line of JSON, and is then in the middle of faults for as long as it lives: a
 * Redis that is stopped in order and waits for its replica, one that is slow, and one that is about to be killed once more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { restart } from '../../../dist/fault/process/restart.js';
import { slow } from '../../../dist/fault/process/slow.js';
import { redis } from '../../../dist/stack/redis/redis.js';
import { openStack } from '../../../dist/stack/stack.js';

process.env.BREAKING_POINT_KEEP = '1';
const stack = await openStack({
  services: { stopping: redis({ settings: { 'shutdown-timeout': '60' } }), slowed: redis(), killed: redis() },
});
const { stopping, slowed, killed } = await stack.fresh();
const ports = [stopping, slowed, killed].map(({ directUrl }) => Number(new URL(directUrl).port));
process.stdout.write(`${JSON.stringify({ reaper: stack.pids[0], ports })}\n`);
// The other end attaches a replica.
await new Promise((resolve) => process.stdin.once('data', resolve));

const { signal } = new AbortController();
const act = (fault: { inject: (signal: AbortSignal, note: () => void) => Promise<unknown> }) =>
  fault.inject(signal, () => undefined);
await act(slow(slowed, { to: '50%' }).from(0).to('1m').fault);
await killed.kill();
// A server that is down is no less so for being told to go on.
await killed.resume();
void act(restart(stopping).from(0).to('1m').fault);
await sleep(600_000);
