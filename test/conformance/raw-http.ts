import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { Peer } from '../e2e/fixtures/tcp.ts';
import { subject } from './subject.ts';

/** What came back over a connection of its own, without what differs from run to run. */
export interface RawReply {
  readonly text: string;
  /** Whether the server closed the connection. */
  readonly closed: boolean;
}

/**
 * Sends bytes to the API, a character per byte, and takes what comes until the server closes or what came matches
 * `until`. Each line ends with `\n` alone; dates are left out, request ids are `<id>`.
 */
export async function sendRaw(bytes: string, until = /\r\n\r\n.*$/s): Promise<RawReply> {
  const { hostname } = new URL(subject.url);
  const socket = connect({ host: hostname, port: subject.port });
  onTestFinished(() => {
    socket.destroy();
  });
  const peer = new Peer(socket);
  socket.write(Buffer.from(bytes, 'latin1'));
  while (!until.test(peer.text) && !peer.events.includes('close'))
    await peer.has(peer.received.length + 1).catch(() => {});
  // Whoever announces `Connection: close` is given the time to do so.
  if (/\r\nConnection: close\r\n/i.test(peer.text)) await peer.closed;
  const text = peer.text
    .replace(/Date: .*\r\n/, '')
    .replace(/(X-Toxiproxy-Request-Id: )[0-9a-v]{20}\r/, '$1<id>\r')
    .replaceAll('\r\n', '\n');
  return { text, closed: peer.events.includes('close') };
}

/** The lines of an answer's head in a fixed order, and its body. */
export function parts({ text }: RawReply): { status: string; headers: string[]; body: string } {
  const [head = '', ...rest] = text.split('\n\n');
  const [status = '', ...headers] = head.split('\n');
  return { status, headers: headers.sort(), body: rest.join('\n\n') };
}
