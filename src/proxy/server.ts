import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { boundAddress } from './address.ts';
import { Proxies } from './proxies.ts';
import { type Answer, plain, refusal, route } from './routes.ts';

/** A fault proxy server that runs in this process. */
export interface ProxyServer {
  /** Where its HTTP API answers. */
  readonly url: string;
  /** Closes the API and all proxies, and cuts their connections. May be called twice. */
  close(): Promise<void>;
}

/** Where and how a {@link ProxyServer} runs. */
export interface ProxyServerOptions {
  /** Address for the HTTP API. */
  readonly host: string;
  /** Port for the HTTP API; 0 is any free one. */
  readonly port: number;
  /** A number in [0, 1) for toxicity and jitter; `Math.random` unless given. */
  readonly random?: () => number;
}

/** Starts a fault proxy server that speaks Toxiproxy's HTTP API. @throws Error when the address can't be bound */
export async function startServer({ host, port, random = Math.random }: ProxyServerOptions): Promise<ProxyServer> {
  const proxies = new Proxies(random);
  let lastChange: Promise<unknown> = Promise.resolve();

  /** One change at a time, in the order of their arrival: a change may wait for a socket to open or close. */
  const inTurn = (work: () => Answer | Promise<Answer>): Promise<Answer> => {
    const answer = lastChange.then(work).catch(refusal);
    lastChange = answer;
    return answer;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const handler = route(request.method ?? '', request.url ?? '/');
    if (typeof handler !== 'function') send(response, handler);
    // A web page that the user has open could otherwise drive the proxy.
    else if (request.headers['user-agent']?.startsWith('Mozilla/')) {
      send(response, plain(403, 'User agent not allowed\n'));
    } else {
      const body = await text(request);
      send(response, await inTurn(() => handler(proxies, body)));
    }
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The client went away before it had sent its request: nobody is left to be told.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // A client may keep a connection for its next request as long as it likes: closing an idle one from here could
  // cross with that request and fail it.
  server.keepAliveTimeout = 0;
  server.listen(port, host);
  await once(server, 'listening');

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    await lastChange;
    await proxies.close();
  };
  return {
    url: `http://${boundAddress(server.address())}`,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  if (type !== undefined) response.setHeader('content-type', type);
  if (status >= 400 && type !== undefined) response.setHeader('x-content-type-options', 'nosniff');
  response.writeHead(status).end(body);
}
