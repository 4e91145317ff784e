import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiAnswer } from './answer.ts';
import type { ParseError } from './escape-target.ts';
import { readTarget } from './path.ts';
import { route } from './routes.ts';

/** The last answer on a connection; the reason and the body are the status's own unless given. */
interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly body?: string;
}

/** Answers, as Toxiproxy does, a request that is no HTTP, and closes the connection. */
export function answerMalformed(error: ParseError, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
  else {
    const request = requestOf(error);
    if (error.code === 'HPE_INVALID_METHOD' && request)
      answerAndClose(socket, answerUnrouted(request.method, request.url));
    else refuseAndClose(socket, refusalOf(error));
  }
}

/** Answers a CONNECT, which has a way of its own in Node: no route takes it. */
export function answerTunnel({ url = '' }: IncomingMessage, socket: Duplex): void {
  // Node hands the socket over, its errors too; a client that went away needs no answer.
  socket.on('error', () => socket.destroy());
  answerAndClose(socket, answerUnrouted('CONNECT', url));
}

/** What is wrong with a request although Node could read it: its version, the host that it names or its target. */
export function faultOf({
  headersDistinct,
  httpVersionMajor,
  httpVersion,
  url = '',
}: IncomingMessage): Refusal | undefined {
  const hosts = headersDistinct.host ?? [];
  if (httpVersionMajor !== 1) return wrongVersion;
  if (hosts.length === 0 && httpVersion !== '1.0') {
    return { status: 400, reason: 'Bad Request: missing required Host header' };
  }
  if (hosts.length > 1 || (url !== '*' && !readTarget(url))) return { status: 400 };
  if (/^[A-Za-z0-9!$%&()*+,\-.:;=[\]'_~]*$/.test(hosts[0] ?? '')) return undefined;
  return { status: 400, reason: 'Bad Request: malformed Host header' };
}

/** Sends the last answer on a connection, in the bare form that Toxiproxy has for it. */
export function refuseAndClose(socket: Duplex, { status, reason = STATUS_CODES[status] ?? '', body }: Refusal): void {
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${body ?? `${status} ${reason}`}`,
  );
}

const wrongVersion: Refusal = { status: 505, reason: 'HTTP Version Not Supported: unsupported protocol version' };

/** Node knows a list of methods; to Toxiproxy any word is one. */
function requestOf({ rawPacket }: ParseError): { method: string; url: string } | undefined {
  const head = rawPacket?.toString('latin1') ?? '';
  const [, method, url] = /^([\w!#$%&'*+.^`|~-]+) (\S+) HTTP\/1\.[01]\r\n/.exec(head) ?? [];
  return method === undefined || url === undefined ? undefined : { method, url };
}

function refusalOf({ code, rawPacket }: ParseError): Refusal {
  const head = rawPacket?.toString('latin1') ?? '';
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431 };
  if (code === 'HPE_INVALID_VERSION' && /^\S+ \S+ HTTP\/\d\.\d\r\n/.test(head)) return wrongVersion;
  if (code === 'HPE_INVALID_TRANSFER_ENCODING') return { status: 501, body: 'Unsupported transfer encoding' };
  if (code === 'HPE_INVALID_HEADER_TOKEN' && /\n[^:\r\n]*[ \t][^:\r\n]*:/.test(head)) {
    return { status: 400, reason: 'Bad Request: invalid header name' };
  }
  return { status: 400 };
}

/** The answer to a method that no route has. */
function answerUnrouted(method: string, url: string): ApiAnswer {
  const answer = route(method, url);
  return typeof answer === 'function' ? { status: 405 } : answer;
}

function answerAndClose(socket: Duplex, { status, type, body = '', location }: ApiAnswer): void {
  const headers = [
    ...(type === undefined ? [] : [`Content-Type: ${type}`, 'X-Content-Type-Options: nosniff']),
    ...(location === undefined ? [] : [`Location: ${location}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}
