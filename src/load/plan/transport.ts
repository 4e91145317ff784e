import { readFileSync } from 'node:fs';
import { isLoopback, loadOrigin } from './loopback.ts';

/** What the app's certificate must be, where the app is reached by TLS. */
export interface TlsOptions {
  /**
   * Certificates (PEM) of the authorities that are trusted, or the path of a file of them; a self-signed certificate is
   * its own.
   */
  readonly ca?: string;
  /**
   * Whether a certificate that cannot be verified is an error (category `certificate`). Default: true where `ca` is
   * given or the app is on another host; false for an app on this machine, since the certificates of apps under test
   * are self-signed.
   */
  readonly rejectUnauthorized?: boolean;
}

/** How a load is to reach its target. */
export interface TransportOptions {
  /** HTTP version: 1 (default) for HTTP/1.1, 2 for HTTP/2: by ALPN on https, by prior knowledge (h2c) on http. */
  readonly http?: 1 | 2;
  /** For an app whose address is https. */
  readonly tls?: TlsOptions;
  /** Hosts besides this machine that the load may go to. */
  readonly allowHosts?: readonly string[];
}

/** How a load reaches its target: plain data, so that it can go to another thread. */
export interface Transport {
  /** `http://127.0.0.1:41234` */
  readonly origin: string;
  readonly http: 1 | 2;
  /** Undefined for http. */
  readonly tls: { readonly ca: string | undefined; readonly verify: boolean } | undefined;
}

const pem = '-----BEGIN CERTIFICATE-----';

/**
 * Checks the options of a transport and reads the file that they name.
 * @param subject the load, named in errors: `arrivals`
 * @returns makes the transport to a target; it throws what {@link loadOrigin} throws
 * @throws TypeError for an option that is wrong; Error for a file that cannot be read
 */
export function checkTransport(subject: string, options: TransportOptions): (url: string) => Transport {
  const { http = 1, tls = {}, allowHosts } = options;
  if (http !== 1 && http !== 2) {
    throw new TypeError(`${subject}: http must be 1 for HTTP/1.1 or 2 for HTTP/2; got ${JSON.stringify(http)}`);
  }
  const { ca, rejectUnauthorized } = checkTls(subject, tls);
  return (url) => {
    const origin = loadOrigin(url, allowHosts, ['http:', 'https:']);
    const verify = rejectUnauthorized ?? (ca !== undefined || !isLoopback(origin));
    return { origin, http, tls: origin.startsWith('https:') ? { ca, verify } : undefined };
  };
}

function checkTls(subject: string, tls: unknown): { ca: string | undefined; rejectUnauthorized: boolean | undefined } {
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls)) {
    throw new TypeError(`${subject}: tls must be an object such as { ca: 'test/ca.pem' }; got ${JSON.stringify(tls)}`);
  }
  const { ca, rejectUnauthorized, ...others } = tls as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new TypeError(`${subject}: tls has the parts ca and rejectUnauthorized; got ${JSON.stringify(unknown)}`);
  }
  if (rejectUnauthorized !== undefined && typeof rejectUnauthorized !== 'boolean') {
    throw new TypeError(
      `${subject}: tls.rejectUnauthorized must be true or false; got ${JSON.stringify(rejectUnauthorized)}`,
    );
  }
  return { ca: ca === undefined ? undefined : certificates(subject, ca), rejectUnauthorized };
}

function certificates(subject: string, ca: unknown): string {
  if (typeof ca !== 'string' || ca === '') {
    throw new TypeError(
      `${subject}: tls.ca must be certificates as PEM text, or the path of a PEM file; got ${JSON.stringify(ca)}`,
    );
  }
  if (ca.includes(pem)) return ca;
  const text = textOf(subject, ca);
  if (text.includes(pem)) return text;
  throw new TypeError(`${subject}: tls.ca must be certificates as PEM (${pem}); the file ${ca} holds none`);
}

function textOf(subject: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(`${subject}: tls.ca names a file that cannot be read (${code}): ${path}`, { cause: error });
  }
}
