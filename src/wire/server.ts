// The relay in front of a server that reads statements and commands, to delay them: a process of its own (main.ts).
// Begin here; start.ts is how a stack drives it. Imports nothing of src but random.ts and fifo.ts.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { ClientReader } from './client-reader.ts';
import { CommandReader } from './command-reader.ts';
import { FrontendReader } from './frontend-reader.ts';
import type { StatementGate } from './gate.ts';
import { Relay } from './relay.ts';

/** Protocol that a relay reads. */
export type WireProtocol = 'postgres' | 'redis';

const readers: Readonly<Record<WireProtocol, () => ClientReader>> = {
  postgres: () => new FrontendReader(),
  redis: () => new CommandReader(),
};

/** A relay in front of a server. It asks a gate about each statement. */
export interface WireServer {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/**
 * Listens on a free port of 127.0.0.1.
 * @param upstream port of the server on 127.0.0.1
 */
export async function startWireServer(
  upstream: number,
  gate: StatementGate,
  protocol: WireProtocol = 'postgres',
): Promise<WireServer> {
  const relays = new Set<Relay>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    connections += 1;
    const relay = new Relay({ client, port: upstream, gate, connection: connections, reader: readers[protocol]() });
    relays.add(relay);
    client.once('close', () => relays.delete(relay));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const relay of relays) relay.cut();
      await closed;
    },
  };
}
