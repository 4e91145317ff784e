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
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text) ?? [];
  if (port === undefined) {
    const why = (text.match(/:/g) ?? []).length > 1 ? 'too many colons in address' : 'missing port in address';
    throw new Error(`address ${text}: ${why}`);
  }
  if (!/^\d*$/.test(port)) throw new Error(`lookup tcp/${port}: unknown port`);
  if (Number(port) > 65_535) throw new Error(`address ${port}: invalid port`);
  return { host: bracketed ?? plain ?? '', port: Number(port) };
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

/** The address with its host name looked up (IPv4 first). @throws Error when the name is unknown */
export async function resolveAddress({ host, port }: Address): Promise<Address> {
  if (host === '') return { host, port };
  const { address } = await lookup(host, { order: 'ipv4first' });
  return { host: address, port };
}
