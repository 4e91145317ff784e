import { connect, createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';
import type { HangingMessage, HangOrder } from './hanging-listener.ts';

// A listener that accepts nothing: its queue of one is filled by connections of its own, and then the thread stands
// still until it is terminated. All in one turn of the event loop, so that no client's connect gets between.

/** A queue of one holds two on Linux; a connect that comes after them goes unanswered. */
const fillers = 2;

const tell = (message: HangingMessage) => parentPort?.postMessage(message);

parentPort?.once('message', ({ host, port, near }: HangOrder) => {
  const server = createServer();
  server.once('error', (error) => tell({ error: error.message }));
  server.listen({ host, port, backlog: 1 }, () => {
    for (let n = 0; n < fillers; n += 1) connect({ host: near, port }).on('error', ignore);
    // `connect` has the connection made at the next tick, where this one follows it.
    process.nextTick(() => {
      tell({ listens: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
  });
});
tell({ loaded: true });

/** A filler has no use once it is gone. */
function ignore(): void {}
