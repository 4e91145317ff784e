import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_000;
const tries = 20;

/**
 * A TCP port of 127.0.0.1 that nothing listens on, random in [20000, 32000].
 *
 * The range ends below the kernel's ephemeral ports (from 32768 on Linux), for two reasons. A client that keeps
 * connecting to a closed ephemeral port can be given that very port as its own and so connect to itself (TCP's
 * simultaneous open): an outage would look like a server that echoes. And while the port is closed during an outage,
 * another process's outgoing connection could take it, so that it could not be opened again.
 *
 * The port is free when this resolves, not kept: bind it soon, and ask again if someone was faster.
 * @throws Error when 20 random ports were all taken
 */
export async function freePort(): Promise<number> {
  let last: unknown;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const port = randomInt(lowest, highest + 1);
    try {
      await bindOnce(port);
      return port;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(
    `No free port on 127.0.0.1: ${tries} random ports in ${lowest}-${highest} could not be bound. End the servers that hold them, or look whether this user may listen at all.`,
    { cause: last },
  );
}

async function bindOnce(port: number): Promise<void> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const closed = once(server, 'close');
  server.close();
  await closed;
}
