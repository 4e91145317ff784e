import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A server of 127.0.0.1 in this process, as something for a proxy to connect to. */
export interface Upstream {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Starts a server that hands each connection to `serve`. */
export async function upstream(serve: (socket: Socket) => void): Promise<Upstream> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    // What a proxy does with its end is its affair; the measurement notices what is missing.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A server that sends back what it gets. */
export function echo(): Promise<Upstream> {
  return upstream((socket) => socket.on('data', (data) => socket.write(data)));
}

/** A connection to a port of 127.0.0.1, once it is made. */
export async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Sends a byte and waits for the answer. @returns the milliseconds that took */
export async function roundTrip(socket: Socket): Promise<number> {
  const answer = once(socket, 'data');
  const sent = performance.now();
  socket.write('x');
  await answer;
  return performance.now() - sent;
}

/** Writes so many bytes of nothing in particular, as fast as they are taken. */
export async function pour(socket: Socket, bytes: number): Promise<void> {
  const block = Buffer.alloc(64 * 1024);
  for (let left = bytes; left > 0; left -= block.length) {
    if (!socket.write(block.subarray(0, left))) await once(socket, 'drain');
  }
}
