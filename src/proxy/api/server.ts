// The HTTP API of the fault proxy, as a Toxiproxy answers it.
// Begin here, then routes.ts.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { boundAddress } from '../address.ts';
import { makeSeededDice, unseededDice } from '../dice.ts';
import { OpenFiles } from '../open-files.ts';
import { Proxies } from '../proxies.ts';
import { filesTrouble, type OnTrouble, oncePerSecond } from '../trouble.ts';
import { type ApiAnswer, plainAnswer, refusal } from './answer.ts';
import { type ParseError, readWithEscapes } from './escape-target.ts';
import { type ApiExchange, errorText } from './exchange.ts';
import { answerMalformed, answerTunnel, faultOf, refuseAndClose } from './malformed.ts';
import { makeRequestId } from './request-id.ts';
import { route } from './routes.ts';

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
  /** Makes toxicity and jitter replayable: a whole number in [0, 2^32). */
  readonly seed?: number;
  /** Proxies to begin with, as the body of POST /populate: they listen before the API does. */
  readonly config?: Buffer;
  /** Called with each request that a handler took, and once listening with `config` as one. */
  readonly onExchange?: (exchange: ApiExchange) => void;
  /** Called with what goes wrong although nobody asked for it; of troubles that are alike with one a second. */
  readonly onTrouble?: OnTrouble;
}

/** The proxies to begin with were refused; the message is the refusal. */
export class RefusedConfig extends Error {}

/** Headers may be as large together as Toxiproxy takes them, in bytes. */
const maxHeaderSize = 2 ** 20 + 4096;

/** A request that is not answered by then, in ms, because a toxic can't be interrupted, is answered with a 503. */
const answersWithin = 25_000;

/** The most that goes out with its length; what is longer goes out in pieces (in bytes, as Toxiproxy's). */
const longestWithLength = 2048;

/**
 * Starts a fault proxy server that speaks Toxiproxy's HTTP API.
 * @throws Error when the address can't be bound, RefusedConfig when `config` is refused; nothing listens then
 */
export async function startServer(options: ProxyServerOptions): Promise<ProxyServer> {
  const { host, port, seed, config, onExchange = () => {}, onTrouble = () => {} } = options;
  const tell = oncePerSecond(onTrouble);
  const dice = seed === undefined ? unseededDice : makeSeededDice(seed);
  const proxies = new Proxies({ dice, onTrouble: tell, openFiles: new OpenFiles() });
  const pending = new WeakMap<Duplex, ServerResponse>();
  const server = createServer({ maxHeaderSize, requireHostHeader: false }, (request, response) => {
    pending.set(request.socket, response);
    answer(proxies, request, response, onExchange).catch((error: unknown) => {
      // The client went away before it had sent its request: nobody is left to be told.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.on('clientError', (error: ParseError, socket) => {
    if (!readWithEscapes(server, error, socket, pending.get(socket))) answerMalformed(error, socket);
  });
  server.on('connect', answerTunnel);
  server.on('checkExpectation', (_, response: ServerResponse) => {
    response.writeHead(417, { Connection: 'close', 'Content-Length': 0 }).end();
  });
  // A client may keep a connection for its next request as long as it likes: closing an idle one from here could
  // cross with that request and fail it.
  server.keepAliveTimeout = 0;
  try {
    const populated = config && (await populate(proxies, config));
    server.listen(port, host);
    await once(server, 'listening');
    // A connection that could not be accepted; the API goes on.
    server.on('error', ({ message }) => tell(filesTrouble(message)));
    if (populated) onExchange(populated);
  } catch (error) {
    await proxies.close();
    throw error;
  }

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
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

type OnExchange = Required<ProxyServerOptions>['onExchange'];

async function populate(proxies: Proxies, config: Buffer): Promise<ApiExchange> {
  const [method, url] = ['POST', '/populate'];
  const handler = route(method, url);
  const reply = typeof handler === 'function' ? await handler(proxies, config).catch(refusal) : handler;
  if (reply.status !== 201) throw new RefusedConfig(errorText(reply));
  return { method, url, answer: reply };
}

async function answer(
  proxies: Proxies,
  request: IncomingMessage,
  response: ServerResponse,
  onExchange: OnExchange,
): Promise<void> {
  const body = await buffer(request);
  const { method = '', url = '/', headers } = request;
  // Toxiproxy leaves it to the client to close, as HTTP/1.1 means it, and does not say so.
  if (request.httpVersion !== '1.0' && response.shouldKeepAlive) response.removeHeader('Connection');
  const fault = faultOf(request);
  if (fault) {
    refuseAndClose(request.socket, fault);
    return;
  }
  if (method === 'OPTIONS' && url === '*') {
    send(response, { status: 200 });
    return;
  }
  const handler = route(method, url);
  if (typeof handler !== 'function') {
    send(response, handler);
    return;
  }
  response.setHeader('X-Toxiproxy-Request-Id', makeRequestId());
  // A web page that the user has open could otherwise drive the proxy.
  if (headers['user-agent']?.startsWith('Mozilla/')) send(response, plainAnswer(403, 'User agent not allowed\n'));
  else {
    const reply = await answerInTime(handler(proxies, body).catch(refusal));
    onExchange({ method, url, answer: reply });
    send(response, reply);
  }
}

/** The answer, or a 503 when it takes too long; the work goes on then. */
async function answerInTime(answered: Promise<ApiAnswer>): Promise<ApiAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ApiAnswer>((resolve) => {
    const body = '<html><head><title>Timeout</title></head><body><h1>Timeout</h1></body></html>';
    timer = setTimeout(() => resolve({ status: 503, type: 'text/html; charset=utf-8', body }), answersWithin);
  });
  const first = await Promise.race([answered, late]);
  clearTimeout(timer);
  return first;
}

function send(response: ServerResponse, answer: ApiAnswer): void {
  const { status, type, body, location } = answer;
  response.statusCode = status;
  if (type !== undefined) response.setHeader('Content-Type', type);
  if (location !== undefined) response.setHeader('Location', location);
  if (status >= 400 && type?.startsWith('text/plain')) {
    response.setHeader('X-Content-Type-Options', 'nosniff');
  }
  const length = Buffer.byteLength(body ?? '');
  if (length > longestWithLength) response.write(body);
  else if (status !== 204 && response.req.method !== 'HEAD') response.setHeader('Content-Length', length);
  if (length > longestWithLength) response.end();
  else response.end(body);
}
