import { lookup } from 'node:dns/promises';
import { type AddressInfo, isIPv6 } from 'node:net';

/** A TCP address; an empty host is every address of the machine, port 0 any free port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `[ipv6]:port`, `:port` or `host:` (any port).
 * @throws Error in the words that a Toxiproxy uses, when there is no port, or none that is a number in [0, 65535]
 */
export function parseAddress(text: string): Address {
  if (text === '') return { host: '', port: 0 };
  const { host, port } = splitAddress(text);
  if (!/^[+-]?\d*$/.test(port)) throw new Error(`lookup tcp/${port}: unknown port`);
  const number = Number(port);
  if (!(number >= 0 && number <= 65_535)) throw new Error(`address ${port}: invalid port`);
  return { host, port: number };
}

function splitAddress(text: string): { host: string; port: string } {
  const wrong = (why: string) => new Error(`address ${text}: ${why}`);
  const colon = text.lastIndexOf(':');
  if (colon < 0) throw wrong('missing port in address');
  const port = text.slice(colon + 1);
  if (!text.startsWith('[')) {
    const host = text.slice(0, colon);
    if (host.includes(':')) throw wrong('too many colons in address');
    for (const bracket of '[]') if (text.includes(bracket)) throw wrong(`unexpected '${bracket}' in address`);
    return { host, port };
  }
  const end = text.indexOf(']');
  if (end < 0) throw wrong("missing ']' in address");
  if (end + 1 !== colon) throw wrong(text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address');
  if (text.includes('[', 1)) throw wrong("unexpected '[' in address");
  if (text.includes(']', end + 1)) throw wrong("unexpected ']' in address");
  return { host: text.slice(1, end), port };
}

/** `host:port`, with an IPv6 host in brackets. */
export function formatAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address that a server was bound to, as text. */
export function boundAddress(info: AddressInfo | string | null): string {
  if (info === null || typeof info === 'string') throw new Error(`Expected a TCP server that listens; got ${info}`);
  return formatAddress({ host: info.address, port: info.port });
}

/**
 * The address with its host name looked up (IPv4 first).
 * @throws Error in a Toxiproxy's words when the name is unknown
 */
export async function resolveAddress({ host, port }: Address): Promise<Address> {
  if (host === '') return { host, port };
  try {
    const { address } = await lookup(host, { order: 'ipv4first' });
    return { host: address, port };
  } catch (error) {
    throw new Error(`lookup ${host}: no such host`, { cause: error });
  }
}
