/** Opens a stack of one Redis, prints what it has as JSON, and with every line of its input does what the line says; prints what came of it. */
import { createInterface } from 'node:readline';
import { redis } from '../../../dist/stack/redis/redis.js';
import { openStack } from '../../../dist/stack/stack.js';

const say = (what: object) => console.log(JSON.stringify(what));
const outcome = async (attempt: () => Promise<unknown>) =>
  say(
    await attempt().then(
      () => ({ done: true }),
      (error: Error) => ({ error: error.message }),
    ),
  );

try {
  const stack = await openStack({ services: { redis: redis() } });
  const { redis: service } = await stack.fresh();
  say({ marker: stack.marker, port: Number(new URL(service.directUrl).port), said: stack.said });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'kill') await outcome(() => service.kill());
    if (line === 'fresh') await outcome(() => stack.fresh());
    if (line === 'close') await outcome(() => stack.close());
    if (line === 'end') break;
  }
  process.exit(0);
} catch (error) {
  say({ error: (error as Error).message });
  process.exit(1);
}
