import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { quantile } from '../statistics.ts';

// The static server of the load bench, in a process of its own: two bytes to every request, and when each one came.
const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'latin1');
const emptyLine = Buffer.from('\r\n\r\n', 'latin1');
let times = new Float64Array(1 << 20);
let count = 0;

const server = createServer({ noDelay: true }, (socket) => {
  // A client that goes away is no matter of the server.
  socket.on('error', () => socket.destroy());
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const at = performance.now();
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    // Requests are without a body, so each ends with an empty line.
    for (let end = data.indexOf(emptyLine); end >= 0; end = data.indexOf(emptyLine, from)) {
      from = end + emptyLine.length;
      seen(at);
      socket.write(answer);
    }
    rest = data.subarray(from);
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');

function seen(at: number): void {
  if (count === times.length) {
    const larger = new Float64Array(count * 2);
    larger.set(times);
    times = larger;
  }
  times[count++] = at;
}

/**
 * By how much requests came later than even spacing at this rate would have them, in milliseconds at p99; the earliest of them is taken for
 * punctual. It means something only if none of them is missing.
 */
function lateness(rate: number, from: number, to: number): number {
  const late = Array.from(times.subarray(from, to), (at, index) => at - (index * 1_000) / rate);
  const earliest = late.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  return quantile(late, 0.99) - earliest;
}

process.on('message', (question: { rate: number; from: number; to: number } | 'count') => {
  process.send?.(question === 'count' ? count : lateness(question.rate, question.from, question.to));
});
process.on('disconnect', () => process.exit());
process.send?.((server.address() as AddressInfo).port);
