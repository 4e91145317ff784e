import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { behaviours, type Log, replyOn } from './behaviours.ts';

// A server with one behaviour, in a process of its own. Tells its port, and the truth when it is asked for it.
const behaviour = behaviours[process.argv[2] ?? '']?.();
if (!behaviour || !process.send) throw new Error(`no behaviour "${process.argv[2]}", or no channel to the bench`);
const log: Log = { received: [], served: [], answered: [], injected: { status: 0, connection: 0 } };

const server = createServer({ noDelay: true }, (socket) => {
  // A client that goes away in the middle of an answer is no matter of the server.
  socket.on('error', () => socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    // Requests are without a body, so each ends with an empty line.
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      text = text.slice(end + 4);
      const at = performance.now();
      const index = log.received.push(at) - 1;
      behaviour.answer(index, at, replyOn(socket, at, log));
    }
  });
  // A frozen server's queue of new connections must not overflow: the kernel would have each of them wait for another second.
}).listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
await once(server, 'listening');

process.on('message', ({ open }: { open: boolean }) => process.send?.({ truth: behaviour.truth(log, open) }));
process.on('disconnect', () => process.exit());
process.send({ port: (server.address() as AddressInfo).port });
