import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Another socket of the same engine, which can be made to stop as if the engine did. */
export interface EngineRelay {
  /** As `DOCKER_HOST`. */
  readonly place: string;
  /** What was asked of the engine through it so far. */
  readonly asked: () => string;
  /** Cuts all connections and takes no more. */
  stop(): Promise<void>;
}

/** @param socketPath of the engine */
export async function engineRelay(socketPath: string): Promise<EngineRelay> {
  const folder = mkdtempSync(join(tmpdir(), 'relay-'));
  const path = join(folder, 'engine.sock');
  const sockets = new Set<Socket>();
  let asked = '';
  const server = createServer((client) => {
    const engine = connect(socketPath);
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
    client.on('data', (chunk) => {
      asked += chunk.toString('latin1');
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    place: `unix://${path}`,
    asked: () => asked,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
