import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { sight } from '../clients/sighting.ts';
import type { Sighting } from '../service.ts';
import { within } from './tcp-transfer.ts';

/** Where something listens. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** A question in bytes. */
export interface TcpExchange {
  /** Sent once connected. Default: nothing, for a server that speaks first. */
  readonly send?: string | Uint8Array;
  /** What the answer begins with, or matches, byte for byte as Latin-1. */
  readonly expect: string | RegExp;
}

type Sight = (address: TcpAddress, timeout: number) => Promise<Sighting>;

/** Time (ms) within which a server on this machine hangs up, if it does. */
const hangsUpWithin = 100;

/** Connects, sends nothing, and waits whether the connection stays open: then it counts as an answer. */
export const sightByConnect: Sight = ({ host, port }, timeout) => {
  const { promise, resolve, reject } = Promise.withResolvers<Sighting>();
  const begin = performance.now();
  const socket = connect({ host, port });
  const seen = (sighting: Sighting): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve(sighting);
  };
  let timer = setTimeout(() => seen({ kind: 'silent', after: performance.now() - begin }), timeout);
  socket.resume();
  socket.on('connect', () => {
    clearTimeout(timer);
    const after = performance.now() - begin;
    timer = setTimeout(() => seen({ kind: 'answered', ready: true, after }), Math.min(timeout, hangsUpWithin));
  });
  socket.on('end', () => seen({ kind: 'cut' }));
  socket.on('error', (error) => {
    const kind = kindOf(error);
    if (kind) return seen(kind === 'silent' ? { kind, after: performance.now() - begin } : { kind });
    clearTimeout(timer);
    reject(new Error(`a probe could not connect to ${host}:${port}`, { cause: error }));
  });
  return promise;
};

/**
 * Sends bytes and waits for the expected answer. Another answer means that the server is not ready.
 * @throws TypeError when the exchange has no expected answer
 */
export function sightByExchange(exchange: TcpExchange): Sight {
  const { send = '', expect } = exchange ?? {};
  if (!(expect instanceof RegExp) && (typeof expect !== 'string' || expect === '')) {
    throw new TypeError(
      `tcp({ sight }) must be a function, or { send, expect } with what the answer begins with or a RegExp; got ${JSON.stringify(exchange)}`,
    );
  }
  const pattern = expect instanceof RegExp ? new RegExp(expect.source, expect.flags.replace(/[gy]/g, '')) : undefined;
  const opening = typeof send === 'string' ? Buffer.from(send, 'latin1') : send;
  const hear = (heard: Buffer): boolean | undefined => {
    const text = heard.toString('latin1');
    if (pattern) return pattern.test(text) || undefined;
    if (text.startsWith(String(expect))) return true;
    return String(expect).startsWith(text) ? undefined : false;
  };
  return (address, timeout) => sight(address, { opening, hear }, timeout);
}

/** A probe of the user's own, with a time limit. The error it rejects with tells refused, cut and silent apart. */
export function checkSight(probe: (address: TcpAddress, signal: AbortSignal) => Promise<unknown>): Sight {
  return async (address, timeout) => {
    const { outcome, after } = await within((signal) => probe(address, signal), timeout);
    if (!outcome) return { kind: 'silent', after };
    if (outcome.kind === 'done') return { kind: 'answered', ready: outcome.value !== false, after };
    const kind = kindOf(outcome.error) ?? 'cut';
    return kind === 'silent' ? { kind, after } : { kind };
  };
}

const kinds: Readonly<Record<string, 'refused' | 'cut' | 'silent'>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'cut',
  EPIPE: 'cut',
  UND_ERR_SOCKET: 'cut',
  ETIMEDOUT: 'silent',
  UND_ERR_CONNECT_TIMEOUT: 'silent',
  UND_ERR_HEADERS_TIMEOUT: 'silent',
  UND_ERR_BODY_TIMEOUT: 'silent',
};

/** What an error means, by its code or that of its cause; undefined for an unknown code. */
function kindOf(error: unknown): 'refused' | 'cut' | 'silent' | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    const kind = code === undefined ? undefined : kinds[code];
    if (kind) return kind;
    // Several addresses of one name were tried.
    if (at instanceof AggregateError) return kindOf(at.errors[0]);
  }
  return undefined;
}
