import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

/**
 * One GET on a connection of its own, which is closed after it: an app that accepts no more connections is not healthy.
 * Never rejects.
 * @param patience milliseconds until the whole answer must have come
 * @returns the HTTP status, or why there was none: `refused`, `reset`, `timeout`, `unfinished` when aborted, or the
 *   error's own code
 */
export function requestHealth(url: URL, patience: number, signal: AbortSignal): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const options = { agent: false, headers: { connection: 'close' } } as const;
  const readAnswer = (response: IncomingMessage) => {
    response.on('end', () => resolve(response.statusCode ?? 'invalid'));
    response.on('error', (error) => resolve(reasonOf(error)));
    response.resume();
  };
  // The certificates of apps under test are self-signed.
  const request =
    url.protocol === 'https:'
      ? overHttps(url, { ...options, rejectUnauthorized: false }, readAnswer)
      : overHttp(url, options, readAnswer);
  request.on('error', (error) => resolve(reasonOf(error)));
  const late = setTimeout(() => resolve('timeout'), patience).unref();
  const abandon = () => resolve('unfinished');
  signal.addEventListener('abort', abandon);
  request.end();
  return promise.finally(() => {
    clearTimeout(late);
    signal.removeEventListener('abort', abandon);
    request.destroy();
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'refused';
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return 'reset';
  return error.code ?? error.message;
}
