/**
 * Opens a stack of a real Postgres and Redis, and prints what there is as one line of JSON. Then it ends as told by its argument: wait
 * (for a signal), exit, close, keep. With `opening` it prints its line while the stack is being opened.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf } from '../../../dist/stack/machine/processes.js';
import { postgres } from '../../../dist/stack/postgres/postgres.js';
import { redis } from '../../../dist/stack/redis/redis.js';
import { openStack } from '../../../dist/stack/stack.js';

const end = process.argv[2];
const say = (what: object) => process.stdout.write(`${JSON.stringify({ driver: process.pid, ...what })}\n`);
if (end === 'opening') say({ pids: [], ports: [] });
const stack = await openStack({ services: { postgres: postgres(), redis: redis() } });
const services = Object.values(await stack.fresh());
if (end === 'opening') await sleep(600_000);
const ports = services.flatMap(({ url, directUrl }) =>
  [url, directUrl].map((address) => Number(new URL(address).port)),
);
say({ folder: stack.folder, marker: stack.marker, pids: descendantsOf(process.pid), ports });

if (end === 'close') {
  await stack.close();
  process.exit(0);
} else if (end === 'keep') {
  await stack.close();
  process.exit(0);
} else if (end === 'exit') {
  process.exit(0);
} else {
  await sleep(600_000);
}
