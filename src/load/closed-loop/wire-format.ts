import type { PreparedRequest } from '../requests/prepare.ts';

/** Methods of requests that say how long their body is even when they have none. */
const withBody = new Set(['POST', 'PUT', 'PATCH']);

/**
 * A request as HTTP/1.1 puts it on the wire, for a connection that is kept alive.
 * @param host what the `host` header says unless the request has one
 */
export function wireFormat({ method, path, headers, body }: PreparedRequest, host: string): Buffer {
  let head = `${method} ${path} HTTP/1.1\r\n`;
  let named = false;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    head += `${name}: ${headers[index + 1]}\r\n`;
    named ||= name.length === 4 && name.toLowerCase() === 'host';
  }
  if (!named) head += `host: ${host}\r\n`;
  const length = body ? Buffer.byteLength(body) : 0;
  if (length > 0 || withBody.has(method)) head += `content-length: ${length}\r\n`;
  head += 'connection: keep-alive\r\n\r\n';
  if (!body) return Buffer.from(head, 'latin1');
  const bytes = Buffer.allocUnsafe(head.length + length);
  bytes.write(head, 0, 'latin1');
  bytes.write(body, head.length);
  return bytes;
}
