import { METHODS, type Server, type ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { percentEncode } from './path.ts';

/**
 * What Node's parser says of a request that it can't read; with the bytes it was reading, and how many of them were
 * right.
 */
export interface ParseError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

/** The method and what was read of the target; the body of the request before may end right in front of it. */
const begunRequest = new RegExp(`(?:${METHODS.join('|')}) \\S*$`);

/**
 * Reads a request again whose target holds bytes above ASCII, such as a raw `é`, now with each of them escaped: Node
 * refuses them, and a Toxiproxy takes them. The connection goes on as before.
 * @param pending the last answer that is under way on the connection; what follows is read once it is out
 * @returns false when something else is wrong with the request, or its first line came in several packets
 */
export function readWithEscapes(
  server: Server,
  { code, rawPacket, bytesParsed = 0 }: ParseError,
  socket: Duplex,
  pending: ServerResponse | undefined,
): boolean {
  if (code !== 'HPE_INVALID_URL' || !rawPacket) return false;
  const text = rawPacket.toString('latin1');
  const begun = begunRequest.exec(text.slice(0, bytesParsed));
  if (!begun) return false;
  const [line = ''] = /^[^\r\n]*/.exec(text.slice(begun.index)) ?? [];
  const escaped = line.replace(/[\x80-\xff]/g, percentEncode);
  if (escaped === line) return false;
  const again = takeOver(socket, Buffer.from(escaped + text.slice(begun.index + line.length), 'latin1'));
  const goOn = () => server.emit('connection', again);
  if (pending && !pending.writableFinished) pending.once('close', goOn);
  else goOn();
  return true;
}

/** Hands on the connection to a new reader, who reads `first` before what comes next. */
function takeOver(socket: Duplex, first: Buffer): Duplex {
  for (const event of ['data', 'end', 'error', 'close', 'drain', 'timeout']) socket.removeAllListeners(event);
  const again = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Buffer, _, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  again.push(first);
  socket.on('data', (chunk: Buffer) => again.push(chunk) || socket.pause());
  socket.on('end', () => again.push(null));
  socket.on('error', (error) => again.destroy(error));
  socket.on('close', () => again.destroy());
  return again;
}
