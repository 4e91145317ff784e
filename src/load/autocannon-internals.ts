import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Client, Request } from 'autocannon';

/** What autocannon's client has besides its documented face, as far as it is used here (version 9). */
export interface AutocannonInternals extends EventEmitter {
  readonly conn: Socket | undefined;
  readonly reqsMade: number;
  readonly parser: { reinitialize(type: 'RESPONSE'): void; finish(): unknown };
  readonly pipelinedRequests: { insertRequest(request: object): void };
  setRequest(request: Request): void;
  setRequests(requests: Request[]): void;
  destroy(): void;
  /** Called at the start, after an error, after the server's end, and after a time-out. */
  _connect(): void;
  /** Called on a new connection and after each answer. */
  _doRequest(): void;
  _destroyConnection(): void;
}

/**
 * The inside of a connection of autocannon.
 * @throws Error when this version of autocannon has no such inside
 */
export function internalsOf(client: Client): AutocannonInternals {
  const inside = client as unknown as AutocannonInternals;
  for (const method of ['_connect', '_doRequest', '_destroyConnection'] as const) {
    if (typeof inside[method] !== 'function') {
      throw new Error(
        `autocannon's client has no ${method}: this version of autocannon is not supported; install autocannon 9.0`,
      );
    }
  }
  return inside;
}
