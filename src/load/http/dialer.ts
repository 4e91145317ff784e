import { isIP, connect as openPlain, type Socket } from 'node:net';
import { createSecureContext, connect as openSecure, type SecureContext } from 'node:tls';
import type { Transport } from '../plan/transport.ts';

/** The app's certificate was not accepted. */
export class CertificateError extends Error {}

/** The app does not speak the HTTP version that was asked for, and said so in the TLS handshake. */
export class NegotiationError extends Error {}

/** A socket that is connected and, on https, secured; or why there is none. */
export type Dialed = (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void;

/** Opens connections to one target. A connection is made anew each time: no TLS session is resumed. */
export class Dialer {
  readonly #transport: Transport;
  readonly #timeout: number;
  readonly #host: string;
  readonly #port: number;
  readonly #secure: SecureContext | undefined;

  /** @param timeout milliseconds until a connection must be there */
  constructor(transport: Transport, timeout: number) {
    const { protocol, hostname, port } = new URL(transport.origin);
    this.#transport = transport;
    this.#timeout = timeout;
    this.#host = hostname.replace(/^\[|\]$/g, '');
    this.#port = port ? Number(port) : protocol === 'https:' ? 443 : 80;
    const { tls } = transport;
    this.#secure = tls && createSecureContext(tls.ca === undefined ? {} : { ca: tls.ca });
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** @returns the socket on its way; destroying it ends the attempt, with an error for `dialed` */
  open(dialed: Dialed): Socket {
    const socket = this.#secure ? this.#openSecure(this.#secure) : openPlain({ host: this.#host, port: this.#port });
    socket.setNoDelay(true);
    const timer = setTimeout(() => socket.destroy(timeoutError()), this.#timeout);
    const ready = this.#secure ? 'secureConnect' : 'connect';
    const settle = (error: Error | null) => {
      clearTimeout(timer);
      socket.off(ready, connected).off('error', settle).off('close', closed);
      if (!error) dialed(null, socket);
      else dialed(error, null);
    };
    const connected = () => {
      const refusal = this.#objection(socket);
      settle(refusal);
      if (refusal) socket.destroy();
    };
    const closed = () => settle(new Error('the connection was closed before it was there'));
    return socket.once(ready, connected).once('error', settle).once('close', closed);
  }

  #openSecure(secureContext: SecureContext): Socket {
    const servername = isIP(this.#host) ? '' : this.#host;
    const ALPNProtocols = [this.#transport.http === 2 ? 'h2' : 'http/1.1'];
    const { host, port } = { host: this.#host, port: this.#port };
    // Verified after the handshake, where a certificate can be told from every other failure.
    return openSecure({ host, port, servername, secureContext, ALPNProtocols, rejectUnauthorized: false });
  }

  /** What keeps a secured connection from being used. */
  #objection(socket: Socket): Error | null {
    const { tls, http } = this.#transport;
    if (!tls || !('authorized' in socket)) return null;
    const { authorized, authorizationError, alpnProtocol } = socket as Socket & {
      authorized: boolean;
      authorizationError: unknown;
      alpnProtocol: string | false | null;
    };
    if (tls.verify && !authorized) return new CertificateError(String(authorizationError));
    if (http === 2 && alpnProtocol !== 'h2') return new NegotiationError('the app does not offer HTTP/2');
    return null;
  }
}

function timeoutError(): Error {
  return Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });
}
