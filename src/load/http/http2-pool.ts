import type { PreparedRequest } from '../requests/prepare.ts';
import type { AnswerReader } from './answer.ts';
import type { Ending } from './classify.ts';
import type { Dialer } from './dialer.ts';
import { Http2Connection, type Http2Owner } from './http2-connection.ts';
import { Http2Exchange } from './http2-exchange.ts';
import type { RequestPool } from './request-pool.ts';

/** HTTP/2 connections as needed: another is opened when all carry as many requests as the app allows at a time. */
export class Http2Pool implements RequestPool, Http2Owner {
  readonly #dialer: Dialer;
  #connections: Http2Connection[] = [];

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  send(request: PreparedRequest, ended: (ending: Ending) => void, reader?: AnswerReader): Http2Exchange {
    const exchange = new Http2Exchange(request, ended, reader);
    this.#place(exchange);
    return exchange;
  }

  close(): void {
    for (const connection of [...this.#connections]) connection.close();
  }

  retired(connection: Http2Connection): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
  }

  overflowed(exchanges: readonly Http2Exchange[]): void {
    for (const exchange of exchanges) this.#place(exchange);
  }

  #place(exchange: Http2Exchange): void {
    let connection = this.#connections.find(({ hasRoom }) => hasRoom);
    if (!connection) {
      connection = new Http2Connection(this.#dialer, this);
      this.#connections.push(connection);
    }
    connection.carry(exchange);
  }
}
